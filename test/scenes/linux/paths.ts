/** Ways that lead further, over cables that are narrower: we pass on for the kernel, and the kernel for us. */

import { deepEqual, equal, match, ok } from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { realClock } from "../../../src/base/clock.ts";
import { Random } from "../../../src/base/random.ts";
import { Host } from "../../../src/host/host.ts";
import type { UdpPort } from "../../../src/host/udp-port.ts";
import { Pair } from "../../../src/link/pair.ts";
import type { Network } from "../../../src/socket/socket.ts";
import { stackNetwork } from "../../../src/socket/stack.ts";
import { readIpv4 } from "../../../src/wire/ipv4-number.ts";
import { parsePrefix } from "../../../src/wire/prefix.ts";
import { attach, type Cable, cable, ip, openDevice, run, sysctl } from "./kernel.ts";
import { hear, sayAll, talk, theirs } from "./stream.ts";

const machine = (seed: number, isRouter = false): Host =>
  new Host({ clock: realClock, random: new Random(seed), isRouter });

/** Everywhere else one gets by way of this router. */
function route(host: Host, via: string): void {
  host.routes.add({ prefix: parsePrefix("0.0.0.0/0")!, via: readIpv4(via)!, interface: host.interfaces[1]! });
}

/** A machine in our network, 10.0.1.2: we are the router before it, and the cable to it takes 1000 bytes. */
async function behindUs(t: TestContext): Promise<Cable & { far: Host }> {
  const both = await cable(t, { isRouter: true });
  // A cable in between, of which neither end knows how narrow it is.
  const [narrow, wide] = [new Pair({ mtu: 1000, later: setImmediate }), new Pair({ later: setImmediate })];
  attach(both.host, narrow.a, "10.0.9.1/24");
  const middle = machine(8, true);
  attach(middle, narrow.b, "10.0.9.2/24");
  attach(middle, wide.a, "10.0.1.1/24");
  route(middle, "10.0.9.1");
  const far = machine(9);
  attach(far, wide.b, "10.0.1.2/24");
  route(far, "10.0.1.1");
  both.host.routes.add({
    prefix: parsePrefix("10.0.1.0/24")!,
    via: readIpv4("10.0.9.2")!,
    interface: both.host.interfaces[2]!,
  });
  ip("route add 10.0.0.0/16 via 10.0.0.2");
  both.leave.push(() => {
    middle.close();
    far.close();
  });
  return { ...both, far };
}

test("we pass on pings in fragments, and tell who allows none, or no more hops", async (t) => {
  const { host } = await behindUs(t);
  const ping = (...words: string[]): Promise<string> => run("ping", "-c", "1", "-W", "10", ...words, "10.0.1.2");
  match(await ping("-s", "1400", "-M", "dont"), / 0% packet loss/);
  match(await ping("-s", "972", "-M", "do"), / 0% packet loss/);
  const refused = (...words: string[]): Promise<string> => ping(...words).catch(({ message }) => message);
  match(await refused("-s", "1400", "-M", "do"), /From 10\.0\.0\.2 icmp_seq=1 Frag needed and DF set \(mtu = 1000\)/);
  // From here on the kernel knows.
  match(await refused("-s", "1400", "-M", "do"), /message too long, mtu[:=] ?1000/);
  match(await ping("-s", "1400"), / 0% packet loss/);
  match(await refused("-t", "1"), /From 10\.0\.0\.2 icmp_seq=1 Time to live exceeded/);
  // That is counted as an error in its header.
  equal(host.counters.ipInHdrErrors--, 1);
  match(await refused("-t", "2"), /From 10\.0\.9\.2 icmp_seq=1 Time to live exceeded/);
});

/** What passes both ways between these two networks, the listener being at this address. */
async function talkAcross(from: Network, to: Network, host: string): Promise<void> {
  const listener = await to.listen({ host, port: 0 });
  const [near, far] = await Promise.all([from.connect(listener.address), listener.accept()]);
  await talk({ we: near, they: far! }, 3_000_000);
  near.close();
  far!.close();
  await listener.close();
}

test("connections through us find out how narrow the path is, and lose nothing", async (t) => {
  const { host, far } = await behindUs(t);
  await talkAcross(theirs, stackNetwork(far), "10.0.1.2");
  await talkAcross(stackNetwork(far), theirs, "10.0.0.1");
  const { ipForwDatagrams, ipFragFails, ipFragCreates } = host.counters;
  // Both ways, segments of less than a thousand bytes; and a few that were too large.
  ok(ipForwDatagrams > 12_000 && ipFragFails > 0 && ipFragCreates === 0, `${ipForwDatagrams} ${ipFragFails}`);
});

/** A second machine of ours, 10.0.1.2, and the kernel is the router between the two. */
async function behindTheKernel(t: TestContext): Promise<Cable & { far: Host }> {
  const both = await cable(t);
  sysctl("net/ipv4/ip_forward", "1");
  route(both.host, "10.0.0.1");
  const far = machine(9);
  attach(far, await openDevice("tap1", "10.0.1.1/24"), "10.0.1.2/24");
  route(far, "10.0.1.1");
  both.leave.push(() => {
    far.close();
    ip("link del tap1");
  });
  return { ...both, far };
}

test("we find out that the kernel passes on smaller packets only, in the middle of what we say", async (t) => {
  const { host, ours, far } = await behindTheKernel(t);
  const listener = await stackNetwork(far).listen({ host: "10.0.1.2", port: 80 });
  const [near, there] = await Promise.all([ours.connect(listener.address), listener.accept()]);
  const said = sayAll(near, 5_000_000);
  const heard = await hear(there!, 1_000_000);
  equal(host.ip.mtuTo(readIpv4("10.0.1.2")!), 1500);
  ip("link set tap1 mtu 1000");
  equal(await hear(there!, 5_000_000, heard), 5_000_000);
  equal(host.ip.mtuTo(readIpv4("10.0.1.2")!), 1000);
  await Promise.all([said, there!.end()]);
  near.close();
  there!.close();
});

test("the kernel passes on our fragments, and cuts what is too large for it", async (t) => {
  const { host, far } = await behindTheKernel(t);
  ip("link set tap1 mtu 1000");
  const echo = far.udp.open({ port: 7 }) as UdpPort;
  echo.onChange = () => {
    for (let one = echo.receive(); one !== undefined; one = echo.receive()) echo.send(one.bytes, one.address, one.port);
  };
  const port = host.udp.open() as UdpPort;
  for (const size of [972, 973, 1472, 5000, 20_000]) {
    const bytes = new Random(size).bytes(size);
    const answered = new Promise<void>((resolve) => (port.onChange = resolve));
    equal(port.send(bytes, readIpv4("10.0.1.2")!, 7), undefined);
    await answered;
    deepEqual(port.receive()!.bytes, bytes);
  }
});
