/** TCP on a machine: which segment belongs to whom (RFC 9293 §3.9, §3.10.7.1). */

import { TcpConnection } from "../tcp/connection.ts";
import { isOpening, type TcpSettings } from "../tcp/handshake.ts";
import { type FourTuple, InitialNumbers } from "../tcp/isn.ts";
import { resetFor } from "../tcp/reset.ts";
import { plus } from "../tcp/sequence.ts";
import { mayBeCookie, SynCookies } from "../tcp/syn-cookies.ts";
import { u16, u32 } from "../wire/big-endian.ts";
import { pseudoHeader } from "../wire/checksum.ts";
import { type Ipv4Packet, PROTOCOL } from "../wire/ipv4.ts";
import { parseTcp, parseTcpUnsent } from "../wire/tcp.ts";
import { ACK, type TcpSegment } from "../wire/tcp-segment.ts";
import { EphemeralPorts } from "./ephemeral.ts";
import type { Interface } from "./interface.ts";
import type { Ip } from "./ip.ts";
import type { Failure, ProtocolHandler } from "./protocol.ts";
import { TcpListeners } from "./tcp-listeners.ts";
import { TcpListening } from "./tcp-listening.ts";
import { TcpOutput } from "./tcp-output.ts";
import { TcpRest, TcpRests } from "./tcp-rest.ts";
import { type IsFree, sourceOf, type TcpSource } from "./tcp-source.ts";
import { TcpStream, type TcpWays } from "./tcp-stream.ts";
import { TcpTable } from "./tcp-table.ts";
import { type ConnectWishes, checkPort, type ListenWishes } from "./tcp-wishes.ts";

/** What all connections of a machine are like, unless it is said otherwise; see tcp/handshake.ts. */
export type TcpDefaults = Omit<TcpSettings, "isn" | "mss" | "burst" | "timestampOffset">;

/** The headers of IP and TCP, without options (RFC 9293 §3.7.1). */
const HEADERS = 40;
/** After so long a pair of ends may be used again although the old connection still waits, if timestamps keep them apart (RFC 6191). */
const REUSE = 1000;
/** Cookies are read for so long after the last one was given out. */
const COOKIE_LIFE = 120_000;
/** What belongs to no connection goes out like this. */
const UNMARKED = { ttl: 64, tos: 0 };

/**
 * Made by `Host`.
 *
 * @example
 * const host = new Host({ clock: new VirtualClock(), random: new Random(7) });
 * const listening = host.tcp.listen({ port: 80 });
 * host.tcp.listen({ port: 80 }); // "EADDRINUSE"
 */
export class Tcp implements ProtocolHandler, TcpWays {
  /** May be changed; holds for connections that begin later. */
  defaults: TcpDefaults = {};
  readonly #ip: Ip;
  readonly #output: TcpOutput;
  readonly #table: TcpTable;
  readonly #numbers: InitialNumbers;
  readonly #cookies: SynCookies;
  readonly #ephemeral: EphemeralPorts;
  readonly #listeners = new TcpListeners();
  readonly #rests: TcpRests;
  #dirty: TcpStream[] = [];

  constructor(ip: Ip) {
    const { random } = ip.machine;
    this.#ip = ip;
    this.#output = new TcpOutput(ip);
    this.#table = new TcpTable(random.u32());
    this.#rests = new TcpRests(this.#table, ip.machine.deadlines);
    this.#numbers = new InitialNumbers(random.bytes(16));
    this.#cookies = new SynCookies(random.bytes(16));
    this.#ephemeral = new EphemeralPorts(random);
  }

  get now(): number {
    return this.#ip.machine.clock.now();
  }

  /** All connections, those in TIME-WAIT not counted. */
  get streams(): readonly TcpStream[] {
    return [...this.#table].filter((entry) => entry instanceof TcpStream);
  }

  // ── what the application wants ──

  listen(wishes: ListenWishes): TcpListening | "EADDRINUSE" | "EADDRNOTAVAIL" {
    const { address = 0, backlog = 511 } = wishes;
    const port = checkPort(wishes.port, "listen on");
    const listeners = this.#listeners;
    if (address !== 0 && !this.#ip.isLocal(address)) return "EADDRNOTAVAIL";
    const chosen = port === 0 ? this.#ephemeral.any((port) => !listeners.isTaken(address, port)) : port;
    if (chosen === undefined || listeners.isTaken(address, chosen)) return "EADDRINUSE";
    const listening = new TcpListening((one) => listeners.remove(one), address, chosen, backlog, wishes);
    listeners.add(listening);
    return listening;
  }

  connect(wishes: ConnectWishes): TcpStream | "ENETUNREACH" | "EADDRINUSE" | "EADDRNOTAVAIL" {
    const source = sourceOf(wishes, this.#ip, this.#ephemeral, this.#isFree);
    return typeof source === "string" ? source : this.#open(source, wishes);
  }

  readonly #isFree: IsFree = (localAddress, localPort, remoteAddress, remotePort) => {
    const entry = this.#table.find(localAddress, localPort, remoteAddress, remotePort);
    return entry === undefined || (entry instanceof TcpRest && entry.timeWait.mayBeReused(this.now, REUSE));
  };

  #open({ address: localAddress, port: localPort }: TcpSource, wishes: ConnectWishes): TcpStream {
    const { now } = this;
    const { address: remoteAddress, port: remotePort } = wishes;
    const rest = this.#table.find(localAddress, localPort, remoteAddress, remotePort) as TcpRest | undefined;
    const settings = this.#settings({ localAddress, localPort, remoteAddress, remotePort }, now, rest);
    const connection = TcpConnection.open(localPort, remotePort, settings, now);
    const stream = new TcpStream(this, connection, localAddress, remoteAddress, wishes);
    if (rest !== undefined) this.#rests.forget(rest);
    this.#table.add(stream);
    this.touch(stream);
    return stream;
  }

  /** `rest`: what is left of the connection whose place it takes. */
  #settings(tuple: FourTuple, now: number, rest?: TcpRest): TcpSettings {
    const through = this.#ip.pathTo(tuple.remoteAddress)?.interface;
    const numbers = this.#numbers;
    return {
      ...this.defaults,
      isn: rest === undefined ? numbers.sequence(tuple, now) : numbers.sequenceBehind(rest.timeWait.next, tuple, now),
      timestampOffset: numbers.timestampOffset(tuple),
      mss: (through?.mtu ?? 576) - HEADERS,
      burst: through?.adapter.segmentation ?? 0,
    };
  }

  // ── what comes ──

  receive(payload: Uint8Array, packet: Ipv4Packet, through: Interface): void {
    const { counters } = this.#ip.machine;
    const { source, destination } = packet;
    counters.tcpInSegs += 1;
    const parse = through.adapter.segmentation > 0 ? parseTcpUnsent : parseTcp;
    const segment = parse(payload, pseudoHeader(source, destination, PROTOCOL.tcp, payload.length));
    if (segment === undefined) {
      counters.tcpInErrs += 1;
      return;
    }
    const entry = this.#table.find(destination, segment.to, source, segment.from);
    if (entry instanceof TcpStream) {
      entry.receive(segment, this.now);
      this.#mark(entry);
    } else if (entry instanceof TcpRest) this.#receiveAtRest(entry, segment);
    else this.#receiveUnknown(segment, destination, source);
  }

  #receiveAtRest(rest: TcpRest, segment: TcpSegment): void {
    const { now } = this;
    const answer = rest.timeWait.receive(segment, now);
    if (answer === "nothing") return;
    const listening = answer === "open anew" ? this.#listeners.at(rest.localAddress, segment.to) : undefined;
    // Where nobody lets it in, the old connection stays what it was.
    if (listening === undefined || listening.isFull) this.#output.send(rest.timeWait.acknowledgment(now), rest);
    else this.#knock(listening, tupleOf(segment, rest.localAddress, rest.remoteAddress), segment, now, rest);
  }

  #receiveUnknown(segment: TcpSegment, local: number, remote: number): void {
    const listening = this.#listeners.at(local, segment.to);
    if (listening !== undefined && this.#isForListener(listening, segment, local, remote)) return;
    const reset = resetFor(segment);
    if (reset !== undefined) this.#output.send(reset, { ...UNMARKED, localAddress: local, remoteAddress: remote });
  }

  /** RFC 9293 §3.10.7.2. False: it acknowledges what nobody here has said. */
  #isForListener(listening: TcpListening, segment: TcpSegment, local: number, remote: number): boolean {
    const { now } = this;
    const tuple = tupleOf(segment, local, remote);
    if (isOpening(segment)) {
      if (listening.isFull) this.#ip.machine.counters.tcpListenDrops += 1;
      else this.#knock(listening, tuple, segment, now);
      return true;
    }
    // “This should not be reached. Drop the segment.”
    if ((segment.flags & ACK) === 0) return true;
    const isExpected = mayBeCookie(segment) && now < listening.cookiesUntil;
    const syn = isExpected ? this.#cookies.read(tuple, segment, now) : undefined;
    if (syn === undefined) return false;
    // It will say something, and be heard then.
    if (listening.isFull) this.#ip.machine.counters.tcpListenDrops += 1;
    else this.#resume(listening, tuple, syn, segment, now);
    return true;
  }

  /** `rest`: what is left of an old connection between these two ends. */
  #knock(listening: TcpListening, tuple: FourTuple, syn: TcpSegment, now: number, rest?: TcpRest): void {
    const settings = this.#settings(tuple, now, rest);
    if (rest !== undefined) this.#rests.forget(rest);
    if (listening.isFlooded) {
      listening.cookiesUntil = now + COOKIE_LIFE;
      this.#ip.machine.counters.tcpSynCookiesSent += 1;
      const cookie = this.#cookies.answer(tuple, syn, settings, now);
      const { ttl, tos } = listening;
      this.#output.send(cookie, { ...tuple, ttl, tos });
    } else this.#begin(listening, tuple, TcpConnection.accept(syn, settings, now));
  }

  /** A cookie has come back: the connection begins as if it had been here all the time. */
  #resume(listening: TcpListening, tuple: FourTuple, syn: TcpSegment, ack: TcpSegment, now: number): void {
    const settings = { ...this.#settings(tuple, now), isn: plus(ack.ack, -1) };
    this.#ip.machine.counters.tcpSynCookiesReceived += 1;
    this.#begin(listening, tuple, TcpConnection.resume(syn, ack, settings, now));
  }

  #begin(listening: TcpListening, { localAddress, remoteAddress }: FourTuple, connection: TcpConnection): void {
    const stream = new TcpStream(this, connection, localAddress, remoteAddress, listening);
    listening.knocked(stream);
    this.#table.add(stream);
    this.#mark(stream);
  }

  /** Only who knows the four-tuple, and a number that is under way, is believed (RFC 5927 §4.1). */
  failed(failure: Failure, payload: Uint8Array, packet: Ipv4Packet): boolean {
    const entry = this.#table.find(packet.source, u16(payload, 0), packet.destination, u16(payload, 2));
    if (!(entry instanceof TcpStream)) return false;
    const { connection } = entry;
    if (!connection.hasUnderWay(u32(payload, 4))) return false;
    if (failure.mtu > 0) connection.narrow(failure.mtu);
    else if (failure.code !== "EMSGSIZE") {
      const unspoken = failure.isHard ? "ECONNREFUSED" : "EHOSTUNREACH";
      const code = failure.code === "EPROTO" ? unspoken : failure.code;
      // What this machine has found out itself, nobody has made up.
      connection.unreachable(code, failure.isHard || failure.from === packet.source);
    }
    this.#mark(entry);
    return true;
  }

  // ── what goes out ──

  /** Something was asked of it: it is looked after at once, or when the machine has finished what it is doing. */
  touch(stream: TcpStream): void {
    const { work } = this.#ip.machine;
    work.begin();
    this.#mark(stream);
    work.end();
  }

  #mark(stream: TcpStream): void {
    if (stream.isDirty) return;
    stream.isDirty = true;
    this.#dirty.push(stream);
  }

  /** All that came has been handled: what follows from it goes out, and whoever waits is told. */
  flush(): void {
    const { now } = this;
    // Who is told may ask for more: it is appended, and comes to its turn.
    for (let i = 0; i < this.#dirty.length; i++) this.#settle(this.#dirty[i]!, now);
    if (this.#dirty.length > 0) this.#dirty = [];
  }

  #settle(stream: TcpStream, now: number): void {
    const { connection, listening } = stream;
    stream.isDirty = false;
    for (const segment of connection.take(now)) this.#sendOf(stream, segment);
    if (connection.hasDoubts) {
      connection.hasDoubts = false;
      this.#ip.doubt(stream.remoteAddress);
    }
    if (connection.state === "CLOSED" || connection.timeWait !== undefined) this.#leave(stream);
    else this.#ip.machine.deadlines.update(stream);
    if (!connection.hasNews) return;
    connection.hasNews = false;
    if (listening !== undefined && connection.state !== "SYN-RECEIVED") listening.settled(stream);
    stream.onChange?.();
  }

  /** It needs no place in the table any more; or, in TIME-WAIT, a small one. */
  #leave(stream: TcpStream): void {
    const { machine } = this.#ip;
    const { timeWait } = stream.connection;
    machine.deadlines.remove(stream);
    if (this.#table.find(stream.localAddress, stream.localPort, stream.remoteAddress, stream.remotePort) !== stream)
      return;
    this.#table.remove(stream);
    if (timeWait !== undefined) this.#rests.add(stream, timeWait);
  }

  #sendOf(stream: TcpStream, segment: TcpSegment): void {
    const { mss } = stream.connection.sender;
    const isLong = segment.payload.length > mss;
    const error = isLong ? this.#output.sendLong(segment, stream, mss) : this.#output.send(segment, stream);
    // The path has become narrower than we knew: by a route, or by what another connection has learnt.
    if (error === "EMSGSIZE") {
      stream.connection.narrow(this.#ip.mtuTo(stream.remoteAddress));
      this.#mark(stream);
    } else if (error !== undefined) stream.connection.unreachable(error, true);
  }
}

function tupleOf(segment: TcpSegment, localAddress: number, remoteAddress: number): FourTuple {
  return { localAddress, localPort: segment.to, remoteAddress, remotePort: segment.from };
}
