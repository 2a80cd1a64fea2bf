/** TCP on a machine: which segment belongs to whom (RFC 9293 §3.9, §3.10.7.1). */

import { TcpConnection } from "../tcp/connection.ts";
import { isOpening, type TcpSettings } from "../tcp/handshake.ts";
import { type FourTuple, InitialNumbers } from "../tcp/isn.ts";
import { resetFor } from "../tcp/reset.ts";
import { isBefore, plus } from "../tcp/sequence.ts";
import { mayBeCookie, SynCookies } from "../tcp/syn-cookies.ts";
import { pseudoHeader } from "../wire/checksum.ts";
import { type Ipv4Packet, PROTOCOL } from "../wire/ipv4.ts";
import { parseTcp, putTcp, tcpHeaderLength } from "../wire/tcp.ts";
import { ACK, SYN, segmentOf, type TcpSegment } from "../wire/tcp-segment.ts";
import { EphemeralPorts } from "./ephemeral.ts";
import { HEADROOM, type Ip } from "./ip.ts";
import type { Failure, ProtocolHandler } from "./protocol.ts";
import { TcpListening } from "./tcp-listening.ts";
import { TcpRest } from "./tcp-rest.ts";
import { TcpStream } from "./tcp-stream.ts";
import { TcpTable } from "./tcp-table.ts";

export interface ListenWishes {
  /** Default 0: all addresses of the machine. */
  readonly address?: number;
  /** 0: one that is free. */
  readonly port: number;
  /** How many may wait to be accepted. Default 511. */
  readonly backlog?: number;
}

export interface ConnectWishes {
  readonly address: number;
  readonly port: number;
  /** Where to speak from; what is missing or 0 is chosen. */
  readonly from?: { readonly address?: number; readonly port?: number };
}

/** What all connections of a machine are like, unless it is said otherwise; see tcp/handshake.ts. */
export type TcpDefaults = Omit<TcpSettings, "isn" | "mss" | "timestampOffset">;

/** The headers of IP and TCP, without options (RFC 9293 §3.7.1). */
const HEADERS = 40;
/** After so long a pair of ends may be used again although the old connection still waits, if timestamps keep them apart (RFC 6191). */
const REUSE = 1000;
/** Beyond so many, the one that has waited longest is forgotten: memory is worth more than the last segment of the dead. */
const MOST_RESTS = 32_768;
/** Cookies are read for so long after the last one was given out. */
const COOKIE_LIFE = 120_000;
const TTL = 64;

/** @internal Made by `Host`. */
export class Tcp implements ProtocolHandler {
  /** May be changed; holds for connections that begin later. */
  defaults: TcpDefaults = {};
  readonly #ip: Ip;
  readonly #table: TcpTable;
  readonly #numbers: InitialNumbers;
  readonly #cookies: SynCookies;
  readonly #ephemeral: EphemeralPorts;
  readonly #listening = new Map<number, TcpListening[]>();
  /** In the order in which they came to rest. */
  readonly #rests = new Set<TcpRest>();
  #dirty: TcpStream[] = [];

  constructor(ip: Ip) {
    const { random } = ip.machine;
    this.#ip = ip;
    this.#table = new TcpTable(random.u32());
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

  listen({ address = 0, port, backlog = 511 }: ListenWishes): TcpListening | "EADDRINUSE" | "EADDRNOTAVAIL" {
    if (address !== 0 && !this.#ip.isLocal(address)) return "EADDRNOTAVAIL";
    const chosen = port === 0 ? this.#ephemeral.any((port) => !this.#isTaken(address, port)) : port;
    if (chosen === undefined || this.#isTaken(address, chosen)) return "EADDRINUSE";
    const listening = new TcpListening(this, address, chosen, backlog);
    const others = this.#listening.get(chosen);
    if (others === undefined) this.#listening.set(chosen, [listening]);
    else others.push(listening);
    return listening;
  }

  #isTaken(address: number, port: number): boolean {
    const others = this.#listening.get(port);
    return others?.some((other) => other.address === 0 || address === 0 || other.address === address) === true;
  }

  /** @internal */
  forgetListening(listening: TcpListening): void {
    const rest = this.#listening.get(listening.port)!.filter((other) => other !== listening);
    if (rest.length === 0) this.#listening.delete(listening.port);
    else this.#listening.set(listening.port, rest);
  }

  connect({ address, port, from = {} }: ConnectWishes): TcpStream | "ENETUNREACH" | "EADDRINUSE" | "EADDRNOTAVAIL" {
    const { address: wanted = 0, port: wantedPort = 0 } = from;
    if (wanted !== 0 && !this.#ip.isLocal(wanted)) return "EADDRNOTAVAIL";
    const source = wanted === 0 ? this.#ip.sourceFor(address) : wanted;
    if (source === undefined) return "ENETUNREACH";
    const isFree = (own: number): boolean => this.#isFree(source, own, address, port);
    const localPort = wantedPort === 0 ? this.#ephemeral.towards(source, address, port, isFree) : wantedPort;
    if (localPort === undefined) return "EADDRNOTAVAIL";
    if (!isFree(localPort)) return "EADDRINUSE";
    return this.#open(source, localPort, address, port);
  }

  #isFree(source: number, port: number, address: number, remotePort: number): boolean {
    const entry = this.#table.find(source, port, address, remotePort);
    return entry === undefined || (entry instanceof TcpRest && entry.timeWait.mayBeReused(this.now, REUSE));
  }

  #open(localAddress: number, localPort: number, remoteAddress: number, remotePort: number): TcpStream {
    const { now } = this;
    const rest = this.#table.find(localAddress, localPort, remoteAddress, remotePort) as TcpRest | undefined;
    const settings = this.#settings({ localAddress, localPort, remoteAddress, remotePort }, now);
    // Behind whatever the old one has sent.
    const isn =
      rest !== undefined && !isBefore(rest.timeWait.next, settings.isn)
        ? plus(rest.timeWait.next, 65_537)
        : settings.isn;
    if (rest !== undefined) this.#forget(rest);
    const connection = TcpConnection.open(localPort, remotePort, { ...settings, isn }, now);
    const stream = new TcpStream(this, connection, localAddress, remoteAddress);
    this.#table.add(stream);
    this.touch(stream);
    return stream;
  }

  #settings(tuple: FourTuple, now: number): TcpSettings {
    const through = this.#ip.pathTo(tuple.remoteAddress)?.interface;
    return {
      ...this.defaults,
      isn: this.#numbers.sequence(tuple, now),
      timestampOffset: this.#numbers.timestampOffset(tuple),
      mss: (through?.mtu ?? 576) - HEADERS,
    };
  }

  // ── what comes ──

  receive(payload: Uint8Array, packet: Ipv4Packet): void {
    const { counters } = this.#ip.machine;
    const { source, destination } = packet;
    counters.tcpInSegs += 1;
    const segment = parseTcp(payload, pseudoHeader(source, destination, PROTOCOL.tcp, payload.length));
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
    if (answer === "acknowledge") this.#send(rest.timeWait.acknowledgment(now), rest.localAddress, rest.remoteAddress);
    if (answer !== "open anew") return;
    this.#forget(rest);
    this.#receiveUnknown(segment, rest.localAddress, rest.remoteAddress);
  }

  #receiveUnknown(segment: TcpSegment, local: number, remote: number): void {
    const { now } = this;
    const tuple = { localAddress: local, localPort: segment.to, remoteAddress: remote, remotePort: segment.from };
    const listening = this.#listeningAt(local, segment.to);
    if (listening !== undefined && !listening.isFull) {
      if (isOpening(segment)) {
        this.#knock(listening, tuple, segment, now);
        return;
      }
      const isExpected = mayBeCookie(segment) && now < listening.cookiesUntil;
      const syn = isExpected ? this.#cookies.read(tuple, segment, now) : undefined;
      if (syn !== undefined) {
        this.#resume(listening, tuple, syn, segment, now);
        return;
      }
    }
    const reset = resetFor(segment);
    if (reset !== undefined) this.#send(reset, local, remote);
  }

  /** One that listens at this very address comes before one that listens at all. */
  #listeningAt(address: number, port: number): TcpListening | undefined {
    const all = this.#listening.get(port);
    return all?.find((one) => one.address === address) ?? all?.find((one) => one.address === 0);
  }

  #knock(listening: TcpListening, tuple: FourTuple, syn: TcpSegment, now: number): void {
    const settings = this.#settings(tuple, now);
    if (listening.isFlooded) {
      listening.cookiesUntil = now + COOKIE_LIFE;
      this.#sendCookie(tuple, syn, settings, now);
      return;
    }
    const stream = new TcpStream(
      this,
      TcpConnection.accept(syn, settings, now),
      tuple.localAddress,
      tuple.remoteAddress,
    );
    listening.knocked(stream);
    this.#table.add(stream);
    this.#mark(stream);
  }

  #sendCookie(tuple: FourTuple, syn: TcpSegment, settings: TcpSettings, now: number): void {
    const hasTimestamps = syn.timestamp !== undefined && settings.hasTimestamps !== false;
    const value = (Math.floor(now) + settings.timestampOffset!) >>> 0;
    this.#ip.machine.counters.tcpSynCookiesSent += 1;
    const answer = segmentOf({
      from: tuple.localPort,
      to: tuple.remotePort,
      seq: this.#cookies.make(tuple, syn, now),
      ack: plus(syn.seq, 1),
      flags: SYN | ACK,
      window: 65_535,
      mss: settings.mss,
      // Without timestamps there is nowhere to remember the other options.
      windowScale: hasTimestamps && syn.windowScale !== undefined ? TcpConnection.scaleOf(settings) : undefined,
      isSackPermitted: hasTimestamps && syn.isSackPermitted,
      timestamp: hasTimestamps ? this.#cookies.timestamp(value, syn) : undefined,
      echo: hasTimestamps ? syn.timestamp : undefined,
    });
    this.#send(answer, tuple.localAddress, tuple.remoteAddress);
  }

  /** A cookie has come back: the connection begins as if it had been here all the time. */
  #resume(listening: TcpListening, tuple: FourTuple, syn: TcpSegment, ack: TcpSegment, now: number): void {
    const settings = { ...this.#settings(tuple, now), isn: plus(ack.ack, -1) };
    this.#ip.machine.counters.tcpSynCookiesReceived += 1;
    const connection = TcpConnection.resume(syn, ack, settings, now);
    const stream = new TcpStream(this, connection, tuple.localAddress, tuple.remoteAddress);
    listening.knocked(stream);
    this.#table.add(stream);
    this.#mark(stream);
  }

  /** Only who knows the four-tuple, and a number that is under way, is believed (RFC 5927 §4.1). */
  failed(failure: Failure, payload: Uint8Array, packet: Ipv4Packet): boolean {
    const from = (payload[0]! << 8) | payload[1]!;
    const to = (payload[2]! << 8) | payload[3]!;
    const seq = ((payload[4]! << 24) | (payload[5]! << 16) | (payload[6]! << 8) | payload[7]!) >>> 0;
    const entry = this.#table.find(packet.source, from, packet.destination, to);
    if (!(entry instanceof TcpStream)) return false;
    const { connection } = entry;
    if (!connection.hasUnderWay(seq)) return false;
    if (failure.mtu > 0) connection.narrow(failure.mtu);
    else if (failure.code !== "EMSGSIZE") {
      connection.unreachable(
        failure.code === "EPROTO" ? "ECONNREFUSED" : failure.code,
        failure.isHard || failure.from === packet.source,
      );
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
    if (timeWait === undefined) return;
    const rest = new TcpRest(stream.localAddress, stream.remoteAddress, timeWait, this.#forget);
    this.#table.add(rest);
    this.#rests.add(rest);
    machine.deadlines.update(rest);
    if (this.#rests.size <= MOST_RESTS) return;
    const [oldest] = this.#rests;
    this.#forget(oldest!);
  }

  readonly #forget = (rest: TcpRest): void => {
    this.#rests.delete(rest);
    this.#table.remove(rest);
    this.#ip.machine.deadlines.remove(rest);
  };

  #sendOf(stream: TcpStream, segment: TcpSegment): void {
    const error = this.#send(segment, stream.localAddress, stream.remoteAddress);
    // The path has become narrower than we knew: by a route, or by what another connection has learnt.
    if (error === "EMSGSIZE") {
      stream.connection.narrow(this.#ip.mtuTo(stream.remoteAddress));
      this.#mark(stream);
    } else if (error !== undefined) stream.connection.unreachable(error, true);
  }

  #send(segment: TcpSegment, source: number, destination: number) {
    const length = tcpHeaderLength(segment) + segment.payload.length;
    const frame = this.#ip.take(length, destination);
    this.#ip.machine.counters.tcpOutSegs += 1;
    putTcp(frame, HEADROOM, segment, pseudoHeader(source, destination, PROTOCOL.tcp, length));
    return this.#ip.send(frame, length, PROTOCOL.tcp, source, destination, TTL, 0, true);
  }
}
