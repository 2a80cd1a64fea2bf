/** What others may import; whatever is not named here is nobody's but the house's own. */

export { type Alarm, type Clock, realClock, VirtualClock } from "./base/clock.ts";
export { Random } from "./base/random.ts";
export type { Account, Telling } from "./cache/account.ts";
export type { CacheCounters } from "./cache/counters.ts";
export type { PolicyName } from "./cache/eviction/policies.ts";
export type { Explanation, StoredExplanation } from "./cache/explanation.ts";
export type { KeyRules } from "./cache/key.ts";
export { MemoryStore, type MemoryStoreOptions } from "./cache/memory-store.ts";
export type { Reason } from "./cache/reasons.ts";
export { parseUriPattern, type Rules, type UriPattern } from "./cache/rules.ts";
export type { Said, Selecting } from "./cache/said.ts";
export type { Content, Filling, Place, Purging, Selection, Soon, Store, Stored, StoreState } from "./cache/store.ts";
export { TextbookCache } from "./cache/textbook-cache.ts";
export type { Access, LogFormat } from "./handlers/access.ts";
export { type Administered, type AdminOptions, admin } from "./handlers/admin.ts";
export { loadApp } from "./handlers/app.ts";
export { askHealth } from "./handlers/ask-health.ts";
export { type AuthenticateOptions, authenticate, parseCredentials } from "./handlers/authenticate.ts";
export { type Policy, parsePolicy } from "./handlers/balance.ts";
export { Balancer, type BalancerOptions } from "./handlers/balancer.ts";
export { type Caching, type CachingOptions, caching } from "./handlers/caching.ts";
export { type CgiOptions, cgi } from "./handlers/cgi.ts";
export { type ConcurrencyOptions, concurrency } from "./handlers/concurrency.ts";
export { type Pattern, type PortRange, parsePattern } from "./handlers/destination-pattern.ts";
export { type DestinationOptions, type Destinations, destinations, prepared } from "./handlers/destinations.ts";
export { type App, type Context, type FetchHandler, type FetchOptions, fetchHandler } from "./handlers/fetch.ts";
export { type FilesOptions, files } from "./handlers/files.ts";
export { type ForwardOptions, forwardProxy } from "./handlers/forward.ts";
export { type Header, type HeaderOptions, parseHeader, withHeaders } from "./handlers/headers.ts";
export { type HealthOptions, watchHealth } from "./handlers/health.ts";
export { type LogHandler, type LogOptions, log } from "./handlers/log.ts";
export { type Mount, mounts } from "./handlers/mounts.ts";
export type { RangeMiss } from "./handlers/range-miss.ts";
export { parseRedirect, type Redirect, redirects } from "./handlers/redirect.ts";
export { type ReverseOptions, reverseProxy } from "./handlers/reverse.ts";
export { type Routes, route } from "./handlers/route.ts";
export { type SiteOptions, site } from "./handlers/site.ts";
export { type TextbookOptions, textbookProxy } from "./handlers/textbook.ts";
export { type TunnelOptions, tunnel } from "./handlers/tunnel.ts";
export { parseUpstream, type Upstream } from "./handlers/upstream.ts";
export { parseVisitors, type VisitorOptions, visitors } from "./handlers/visitors.ts";
export { printCounters } from "./host/counters.ts";
export { type AttachOptions, Host, type HostOptions } from "./host/host.ts";
export { printRoute } from "./host/routes.ts";
export { Fields } from "./http/fields.ts";
export type { ForwardedStyle } from "./http/forwarded.ts";
export type { Limits } from "./http/limits.ts";
export { type Body, ProtocolError, type Request, type Response } from "./http/message.ts";
export { PreparedResponse } from "./http/prepared.ts";
export { type ByteStream, FramedStream, type FramedStreamOptions } from "./link/framed-stream.ts";
export type { Link } from "./link/link.ts";
export { type FramePort, portLink } from "./link/message-port.ts";
export { inheritedListeners } from "./socket/activation.ts";
export {
  AF_INET,
  AF_INET6,
  AF_UNIX,
  type Berkeley,
  type BerkeleyOptions,
  berkeley,
  INADDR_ANY,
  SHUT_RD,
  SHUT_RDWR,
  SHUT_WR,
  SOCK_DGRAM,
  SOCK_STREAM,
} from "./socket/berkeley.ts";
export { kernel } from "./socket/kernel.ts";
export { type NodeNet, type NodeNetOptions, nodeNet } from "./socket/node-net.ts";
export { SecureRandom } from "./socket/secure-random.ts";
export {
  type Between,
  type SimulatedHostOptions,
  type SimulateOptions,
  type Simulation,
  simulate,
} from "./socket/simulated.ts";
export type { CableWishes } from "./socket/simulated-cable.ts";
export type { SimulatedHost } from "./socket/simulated-host.ts";
export type { LanWishes, SimulatedLan } from "./socket/simulated-lan.ts";
export {
  type Address,
  type ConnectOptions,
  type Datagram,
  type Datagrams,
  type InternetAddress,
  type Listener,
  type ListenOptions,
  type Network,
  printAddress,
  type Secure,
  type Socket,
  SocketError,
  type SocketErrorCode,
  TlsError,
  type UnixAddress,
} from "./socket/socket.ts";
export { type StackOptions, stackNetwork } from "./socket/stack.ts";
export { type TapNetwork, type TapNetworkOptions, tapNetwork } from "./socket/tap.ts";
export { type TlsClientOptions, tlsClient } from "./socket/tls.ts";
export type { DiskOptions } from "./stores/disk-store.ts";
export { keepInStep } from "./stores/in-step.ts";
export { openDiskStore, openSharedStore } from "./stores/open-store.ts";
export type { SharedStoreOptions } from "./stores/shared-store.ts";
export { TieredStore } from "./stores/tiered-store.ts";
export { Client } from "./web/client.ts";
export type { ClientOptions } from "./web/client-options.ts";
export { type Dial, type DialOptions, dialer } from "./web/dial.ts";
export type { Answer, Exchange, Handler } from "./web/handler.ts";
export type { ServerOptions } from "./web/options.ts";
export { type Origin, originAt } from "./web/origin.ts";
export { statusPage } from "./web/page.ts";
export { type Server, serve, serveListener } from "./web/server.ts";
export { UpstreamError } from "./web/upstream-error.ts";
