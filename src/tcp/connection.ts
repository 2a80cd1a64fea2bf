/** One connection (RFC 9293): segments, time and the application's wishes come in; segments go out. Knows neither addresses nor sockets. */

import { ACK, RST, SYN, type TcpSegment, URG } from "../wire/tcp-segment.ts";
import { judge } from "./acceptance.ts";
import { Challenges } from "./challenges.ts";
import { Cubic } from "./cubic.ts";
import { type Agreement, agree, scaleFor, type TcpSettings } from "./handshake.ts";
import { KeepAlive, type KeepAliveOptions } from "./keep-alive.ts";
import { NewReno } from "./newreno.ts";
import { Opening } from "./opening.ts";
import { Outgoing } from "./outgoing.ts";
import { LARGEST_CAPACITY } from "./receive-window.ts";
import { Receiver } from "./receiver.ts";
import { lengthOf } from "./reset.ts";
import { Sender, soonest } from "./sender.ts";
import { distance, isBefore, isUpTo, plus } from "./sequence.ts";
import { next, type TcpHappening, type TcpState } from "./states.ts";
import { TimeWait } from "./time-wait.ts";
import { Timestamps } from "./timestamps.ts";

/** Why a connection ended before its time, by the names of POSIX. */
export type TcpFailure = "ECONNREFUSED" | "ECONNRESET" | "ETIMEDOUT" | "EHOSTUNREACH" | "ENETUNREACH" | "ECONNABORTED";

/** RFC 9293 MUST-23: a SYN is repeated for three minutes at least. */
const CONNECT_TIMEOUT = 180_000;
/** Who only knocks gets less: Linux repeats its SYN,ACK for about as long. */
const ACCEPT_TIMEOUT = 63_000;
/** R2 of RFC 9293 §3.8.3, as §3.9.1.1 has it: five minutes. */
const USER_TIMEOUT = 300_000;
/** R1: after so many repetitions (SHLD-10) IP had better look for another way. */
const DOUBTFUL = 3;
/** Who has closed, and whose peer has acknowledged it, waits so long for the peer's FIN, as Linux does. */
const ORPHAN_TIMEOUT = 60_000;

/** The headers of IP and TCP, without options. */
const HEADERS = 40;
/** Timestamps take twelve bytes of each segment, padding included. */
const TIMESTAMPS_LENGTH = 12;

const NO_BYTES = new Uint8Array(0);

/**
 * From the first SYN to the end of TIME-WAIT.
 *
 * @example
 * const client = TcpConnection.open(40_000, 80, { isn: 7, mss: 1460 }, 0);
 * const [syn] = client.take(0);
 * const server = TcpConnection.accept(syn!, { isn: 9, mss: 1460 }, 1);
 * for (const segment of server.take(1)) client.receive(segment, 2);
 * client.state; // "ESTABLISHED"
 */
export class TcpConnection {
  /** The ports: ours and the peer's. */
  readonly from: number;
  readonly to: number;
  state: TcpState = "CLOSED";
  /** Why it ended, if not in good order. */
  failure: TcpFailure | undefined;
  /** Something has happened that the application may want to know: connected, readable, acknowledged, ended, failed. */
  hasNews = false;
  /**
   * What is wrong and may pass: the network says so, or nobody answers for long (RFC 9293 MUST-47, SHLD-9, SHLD-25). If
   * the peer is never heard of again, it was the reason (MUST-56).
   */
  trouble: TcpFailure | undefined;
  /** What we send gets lost on the way: IP is to be told (MUST-20), by who takes this back. */
  hasDoubts = false;
  readonly sender: Sender;
  /** Undefined until the peer's SYN has come. */
  receiver: Receiver | undefined;
  /** What is left to be done in TIME-WAIT. */
  timeWait: TimeWait | undefined;
  readonly #settings: TcpSettings;
  readonly #scale: number;
  readonly #timestamps: Timestamps;
  readonly #challenges = new Challenges();
  readonly #isPassive: boolean;
  #agreement: Agreement | undefined;
  #userTimeout: number;
  #keepAlive: KeepAlive | undefined;
  /** The application has closed it: nobody reads, and if bytes were unread, the peer must learn it. */
  #isAbandoned = false;
  #mustReset = false;
  #giveUpAt: number | undefined;
  /** As long as our SYN is not answered. */
  #opening: Opening | undefined;
  readonly #outgoing: Outgoing;
  /** While segments are taken. */
  #now = 0;

  private constructor(from: number, to: number, settings: TcpSettings, isPassive: boolean) {
    this.from = from;
    this.to = to;
    this.#settings = settings;
    this.#isPassive = isPassive;
    this.#scale = scaleFor(settings.largestReceiveBuffer ?? LARGEST_CAPACITY);
    this.#timestamps = new Timestamps(settings.timestampOffset ?? 0);
    this.#outgoing = new Outgoing(from, to, this.#timestamps);
    this.#userTimeout = settings.userTimeout ?? USER_TIMEOUT;
    const Control = settings.congestion === "newreno" ? NewReno : Cubic;
    this.sender = new Sender(plus(settings.isn, 1), new Control(settings.mss), settings.mss);
    this.sender.burst = settings.burst ?? 0;
  }

  /** Active open: the SYN is the first to be taken. */
  static open(from: number, to: number, settings: TcpSettings, now: number): TcpConnection {
    const connection = new TcpConnection(from, to, settings, false);
    connection.#happens("open");
    connection.#giveUpAt = now + (settings.connectTimeout ?? CONNECT_TIMEOUT);
    connection.#opening = new Opening(now);
    return connection;
  }

  /** Passive open, by the SYN that a listener has got. */
  static accept(syn: TcpSegment, settings: TcpSettings, now: number): TcpConnection {
    const connection = new TcpConnection(syn.to, syn.from, settings, true);
    connection.state = "LISTEN";
    connection.#happens("SYN");
    connection.#meet(syn, now);
    connection.#giveUpAt = now + ACCEPT_TIMEOUT;
    connection.#opening = new Opening(now);
    return connection;
  }

  /** The same for a peer that a SYN cookie vouches for: its SYN was not kept, `ack` is what it says now. */
  static resume(syn: TcpSegment, ack: TcpSegment, settings: TcpSettings, now: number): TcpConnection {
    const connection = TcpConnection.accept(syn, settings, now);
    connection.#opening = new Opening(undefined);
    connection.receive(ack, now);
    return connection;
  }

  #happens(happening: TcpHappening): void {
    const before = this.state;
    this.state = next(before, happening);
    if (this.state !== before) this.hasNews = true;
  }

  // ── what comes ──

  receive(segment: TcpSegment, now: number): void {
    switch (this.state) {
      case "CLOSED":
      case "LISTEN":
        return;
      case "SYN-SENT":
        this.#receiveInSynSent(segment, now);
        return;
      case "TIME-WAIT":
        if (this.timeWait!.receive(segment, now) === "acknowledge") this.receiver!.acks.urgent();
        return;
      default:
        this.#keepAlive?.heard(now);
        this.#receiveSynchronized(segment, now);
    }
  }

  /** RFC 9293 §3.10.7.3, in its order. */
  #receiveInSynSent(segment: TcpSegment, now: number): void {
    const { flags, ack } = segment;
    const hasAck = (flags & ACK) !== 0;
    if (hasAck && ack !== this.sender.next) {
      if ((flags & RST) === 0) this.#outgoing.refuse(ack);
      return;
    }
    if ((flags & RST) !== 0) {
      if (hasAck) this.#fail("ECONNREFUSED");
      return;
    }
    if ((flags & SYN) === 0) return;
    this.#meet(segment, now);
    if (!hasAck) {
      // Both have opened at once.
      this.#happens("SYN");
      this.#opening!.at = now;
      return;
    }
    this.#happens("SYN,ACK");
    this.#establish(segment, 0, now);
    this.receiver!.acks.urgent();
  }

  /** The peer's SYN: the receiver begins, and we agree on the options. */
  #meet(syn: TcpSegment, now: number): void {
    const agreement = agree(this.#settings, this.#scale, syn);
    const { receiveBuffer, largestReceiveBuffer = LARGEST_CAPACITY } = this.#settings;
    const largest = Math.min(largestReceiveBuffer, 65_535 * 2 ** agreement.receiveScale);
    this.#agreement = agreement;
    this.receiver = new Receiver(plus(syn.seq, 1), receiveBuffer, largest);
    this.receiver.acks.most = this.#settings.mss;
    this.receiver.offer(65_535);
    this.#outgoing.begin(agreement, this.receiver);
    if (agreement.hasTimestamps) this.#timestamps.begin(syn.timestamp!, now);
    this.sender.loss.hasReports = agreement.hasSack;
    this.sender.resize(this.#payloadFor(agreement.mss));
  }

  #payloadFor(mss: number): number {
    return mss - (this.#agreement!.hasTimestamps ? TIMESTAMPS_LENGTH : 0);
  }

  /** Our SYN is acknowledged. */
  #establish(segment: TcpSegment, scale: number, now: number): void {
    const roundTrip = this.#opening!.roundTrip(now);
    if (roundTrip !== undefined) this.sender.rto.sample(roundTrip);
    else if (this.#opening!.wasRepeated) this.sender.rto.startAnew();
    this.#opening = this.#giveUpAt = undefined;
    this.sender.window.update(segment.seq, segment.ack, segment.window << scale);
    this.#outgoing.lastAckSent = this.receiver!.next;
  }

  /** RFC 9293 §3.10.7.4. */
  #receiveSynchronized(segment: TcpSegment, now: number): void {
    const receiver = this.receiver!;
    const { seq, flags } = segment;
    const length = lengthOf(segment);
    if (this.state === "SYN-RECEIVED" && (flags & SYN) !== 0 && plus(seq, 1) === receiver.next) {
      // Ours was lost – or, when both open at once, theirs carries the acknowledgment of ours.
      if ((flags & ACK) === 0) this.#opening!.ask(now);
      else if (segment.ack === this.sender.next) {
        // Both have come in one go: what would have answered the first is not said any more.
        if (this.#opening!.isDue(now)) receiver.acks.urgent();
        this.#receiveAck(segment, now);
      }
      if (this.#timestamps.isOn && segment.timestamp !== undefined) this.#timestamps.begin(segment.timestamp, now);
      return;
    }
    const verdict = judge(segment, length, receiver, this.#timestamps, now);
    // Its urgent pointer counts even where there is no room for what it carries (MUST-66).
    if (verdict === "take" || verdict === "heed its ACK") this.#hearUrgent(segment);
    if (verdict === "take") this.#take(segment, length, now);
    else if (verdict === "reset") this.#receiveReset();
    else if (verdict !== "drop") {
      if (verdict === "answer") receiver.refused(segment);
      if (verdict === "heed its ACK" && this.#receiveAck(segment, now)) this.#settle(now);
      this.#answer(verdict === "challenge" ? 0 : length, now);
    }
  }

  /** Steps five to eight. */
  #take(segment: TcpSegment, length: number, now: number): void {
    if (!this.#receiveAck(segment, now)) return;
    this.#timestamps.note(segment, this.#outgoing.lastAckSent, now);
    if (length > 0) this.#receiveData(segment, now);
    this.#settle(now);
  }

  /** It is told where we are: a duplicate wants an ACK, and whoever attacks learns nothing by one (RFC 5961). */
  #answer(length: number, now: number): void {
    if (length > 0 || this.#challenges.mayAnswer(now)) this.receiver!.acks.urgent();
  }

  #receiveReset(): void {
    const isRefusal = this.state === "SYN-RECEIVED" && !this.#isPassive;
    // Also where both have said their end (§3.10.7.4 would be silent there): nobody knows whether ours was heard (MUST-12).
    this.#fail(isRefusal ? "ECONNREFUSED" : "ECONNRESET");
  }

  /** Says whether to go on with the segment. */
  #receiveAck(segment: TcpSegment, now: number): boolean {
    const { sender } = this;
    const { ack } = segment;
    const isAhead = isBefore(sender.furthest, ack);
    // That of a SYN is never scaled (RFC 7323 §2.2), also when both have opened at once.
    const scale = (segment.flags & SYN) === 0 ? this.#agreement!.sendScale : 0;
    if (this.state === "SYN-RECEIVED") {
      if (isAhead || isBefore(ack, sender.unacknowledged)) {
        this.#outgoing.refuse(ack);
        return false;
      }
      this.#happens("ACK of SYN");
      this.#establish(segment, scale, now);
      if (sender.isEnded) this.#happens("close");
    }
    // What we never sent, or what is older than any window (RFC 5961 §5.2).
    if (isAhead || distance(ack, sender.unacknowledged) > sender.window.largest) {
      this.#answer(0, now);
      return false;
    }
    if (isUpTo(sender.unacknowledged, ack)) {
      const before = sender.unacknowledged;
      sender.acknowledge(segment, segment.window << scale, this.#timestamps.echoedAt(segment, now), now);
      if (before !== ack) this.hasNews = true;
      this.#outgoing.acknowledged(ack);
      if (sender.isFinished) this.#happens("ACK of FIN");
      this.trouble = undefined;
    }
    return true;
  }

  #receiveData(segment: TcpSegment, now: number): void {
    const receiver = this.receiver!;
    // “Ignore the segment text”: behind a FIN there is nothing (§3.10.7.4, step 7).
    if (receiver.isEnded) return;
    const before = receiver.next;
    receiver.accept(segment, now);
    if (receiver.next === before) return;
    this.hasNews = true;
    // Nobody will ever read it: the peer is to learn so, once it has got all that we had to say (RFC 9293 SHLD-3).
    if (this.#isAbandoned && segment.payload.length > 0) this.#mustReset = true;
    if (receiver.isEnded && !this.#mustReset) this.#happens("FIN");
  }

  /** The application hears of urgent data, and of more of it (RFC 9293 MUST-32); behind a FIN there can be none. */
  #hearUrgent(segment: TcpSegment): void {
    const receiver = this.receiver!;
    if ((segment.flags & URG) === 0 || receiver.isEnded) return;
    if (receiver.hearUrgent(segment)) this.hasNews = true;
  }

  /** Where has that brought us? */
  #settle(now: number): void {
    if (this.state === "CLOSED") {
      this.#close();
      return;
    }
    if (this.#mustReset && this.sender.buffer.length === 0) {
      this.reset();
      return;
    }
    if (this.state === "TIME-WAIT") this.#beginTimeWait(now);
    else if (this.state === "FIN-WAIT-2" && this.#isAbandoned) this.#giveUpAt ??= now + ORPHAN_TIMEOUT;
  }

  #beginTimeWait(now: number): void {
    if (this.timeWait !== undefined) return;
    const { next: mine } = this.sender;
    this.timeWait = new TimeWait(this.from, this.to, mine, this.receiver!.next, this.#timestamps, now);
    this.#giveUpAt = this.#keepAlive = undefined;
  }

  /** Whether a segment with that number is under way: whoever quotes another has made it up (RFC 5927 §4.1). */
  hasUnderWay(seq: number): boolean {
    if (this.state === "CLOSED") return false;
    if (this.#isHandshaking) return plus(seq, 1) === this.sender.next;
    return isUpTo(this.sender.unacknowledged, seq) && isBefore(seq, this.sender.furthest);
  }

  /** The network says that a segment of ours did not arrive, and never will if it is `isHard` (RFC 9293 §3.9.2.2). */
  unreachable(failure: TcpFailure, isHard: boolean): void {
    // Whoever has not answered yet will not; a connection that stands outlives it.
    if (this.state === "SYN-SENT" && isHard) this.#fail(failure);
    else this.#worry(failure);
  }

  #worry(trouble: TcpFailure): void {
    if (this.trouble === trouble) return;
    this.trouble = trouble;
    this.hasNews = true;
  }

  /** Several times in a row nobody has answered in time. */
  #doubt(): void {
    this.hasDoubts = true;
    this.#worry(this.trouble ?? "ETIMEDOUT");
  }

  /** The path takes packets of so many bytes only (RFC 1191). */
  narrow(mtu: number): void {
    if (this.#agreement === undefined) return;
    const payload = this.#payloadFor(Math.min(mtu - HEADERS, this.#agreement.mss));
    if (payload < this.sender.mss) this.sender.resize(payload);
  }

  // ── what the application wants ──

  /** Whether one may still write. */
  get isWritable(): boolean {
    return this.state === "ESTABLISHED" || this.state === "CLOSE-WAIT";
  }

  /**
   * Taken by reference; must not be changed until it is acknowledged. `isUrgent`: RFC 9293 §3.8.5. False where nothing can
   * be said any more (§3.10.2).
   */
  write(bytes: Uint8Array, isUrgent = false): boolean {
    if (this.sender.isEnded || this.state === "CLOSED") return false;
    this.sender.write(bytes);
    if (isUrgent) this.#outgoing.urge(plus(this.sender.unacknowledged, this.sender.buffer.length));
    return true;
  }

  /** What has come in order, piece by piece. */
  read(now: number): Uint8Array | undefined {
    return this.receiver?.read(now);
  }

  /** A FIN goes behind what is written. */
  end(): void {
    if (this.state === "SYN-SENT") {
      this.#close();
      return;
    }
    if (this.sender.isEnded) return;
    this.sender.end();
    // The RFC would have us queue it until the connection stands (§3.10.4).
    if (this.state !== "SYN-RECEIVED") this.#happens("close");
  }

  /** Ends it, and reads no more: what is written still goes. If something lies unread, the peer gets a reset then. */
  close(now: number): void {
    if (this.#isAbandoned) return;
    this.#isAbandoned = this.sender.isOrphan = true;
    this.#mustReset = this.receiver?.stopReading() === true;
    this.end();
    if (this.receiver !== undefined) this.#settle(now);
  }

  /** Leaves at once; the peer is told, if it knows us (RFC 9293 §3.10.5). */
  reset(): void {
    const isKnown = this.state !== "CLOSED" && this.state !== "SYN-SENT" && this.state !== "TIME-WAIT";
    if (isKnown) this.#outgoing.putReset(this.sender.next);
    this.#fail("ECONNABORTED");
  }

  set noDelay(isOn: boolean) {
    this.sender.noDelay = isOn;
  }

  /** Milliseconds without an answer, after which the connection fails (RFC 5482). */
  set userTimeout(ms: number) {
    this.#userTimeout = ms;
  }

  keepAlive(options: KeepAliveOptions | undefined, now: number): void {
    this.#keepAlive = options && new KeepAlive(options, now);
  }

  #fail(failure: TcpFailure): void {
    this.failure = failure;
    // What had come before a peer's reset can still be read, as from Linux: a server that wants no more of an upload has
    // mostly said why. (RFC 9293 §3.10.7.4 would flush it.)
    if (failure === "ECONNABORTED") this.receiver?.stopReading();
    this.#happens("reset");
    this.#close();
  }

  #close(): void {
    this.state = "CLOSED";
    this.hasNews = true;
    this.#opening = this.#giveUpAt = this.#keepAlive = this.timeWait = undefined;
  }

  // ── time ──

  /** When to tick next. */
  get wakeAt(): number | undefined {
    if (this.state === "CLOSED") return undefined;
    if (this.timeWait !== undefined) return this.timeWait.wakeAt;
    let at = soonest(soonest(this.#opening?.at, this.#giveUpAt), this.receiver?.acks.at);
    if (this.#isHandshaking) return at;
    at = soonest(at, this.#keepAlive?.at);
    const { unansweredSince } = this.sender;
    if (unansweredSince !== undefined) at = soonest(at, unansweredSince + this.#userTimeout);
    return soonest(at, this.sender.wakeAt);
  }

  get #isHandshaking(): boolean {
    return this.state === "SYN-SENT" || this.state === "SYN-RECEIVED";
  }

  tick(now: number): void {
    if (this.state === "CLOSED") return;
    if (this.timeWait !== undefined) {
      if (this.timeWait.wakeAt <= now) this.#close();
      return;
    }
    const { unansweredSince } = this.sender;
    const isTooLong = unansweredSince !== undefined && unansweredSince + this.#userTimeout <= now;
    if (isTooLong || (this.#giveUpAt !== undefined && this.#giveUpAt <= now)) {
      this.#giveUp();
      return;
    }
    this.receiver?.acks.tick(now);
    if (!this.#isHandshaking) this.#tickSender(now);
    if (this.#keepAlive !== undefined && this.#keepAlive.at <= now && !this.#isHandshaking)
      this.#askForLife(this.#keepAlive, now);
  }

  #tickSender(now: number): void {
    const { loss } = this.sender;
    const before = loss.timeouts;
    this.sender.tick(now);
    if (loss.timeouts > before && loss.timeouts >= DOUBTFUL) this.#doubt();
  }

  #giveUp(): void {
    const isOrphan = this.#isAbandoned && this.state === "FIN-WAIT-2";
    if (isOrphan) {
      this.#close();
      return;
    }
    const trouble = this.trouble ?? "ETIMEDOUT";
    this.reset();
    this.failure = trouble;
  }

  #askForLife(keepAlive: KeepAlive, now: number): void {
    // What is under way asks by itself (RFC 9293 MUST-26), and the user time-out is its judge.
    if (this.sender.isBusy) {
      keepAlive.heard(now);
      return;
    }
    if (keepAlive.ask(now) === "give up") {
      this.#giveUp();
      return;
    }
    // A number that was acknowledged long ago: the peer must answer (RFC 9293 §3.8.4).
    this.#outgoing.put(plus(this.sender.next, -1), ACK, NO_BYTES, now);
  }

  // ── what goes out ──

  /** The segments that are to go out now, in this order. */
  take(now: number): readonly TcpSegment[] {
    this.#now = now;
    if (this.#isHandshaking) this.#sendSyn(now);
    else if (this.state !== "CLOSED") this.#sendRest(now);
    return this.#outgoing.take();
  }

  #sendSyn(now: number): void {
    const opening = this.#opening!;
    if (opening.isDue(now)) {
      opening.sent(now);
      this.#outgoing.putSyn(this.#settings, this.#scale, now);
      // Somebody who knocks under many names cannot make us doubt.
      if (!this.#isPassive && opening.repetitions >= DOUBTFUL) this.#doubt();
    } else if (this.receiver?.acks.isDue === true) this.#sendAck(now);
  }

  #sendRest(now: number): void {
    const { acks, hasReports } = this.receiver!;
    // Data would take the ACK along, and leave the reports behind.
    if (acks.isDue && hasReports && this.#agreement!.hasSack) this.#sendAck(now);
    if (this.timeWait === undefined) this.sender.send(now, this.#sendSegment);
    if (acks.isDue) this.#sendAck(now);
  }

  /** Stable, so that no turn makes a function. */
  readonly #sendSegment = (seq: number, flags: number, payload: Uint8Array): void => {
    this.#outgoing.put(seq, flags, payload, this.#now);
  };

  #sendAck(now: number): void {
    this.#outgoing.put(this.sender.next, ACK, NO_BYTES, now);
  }
}
