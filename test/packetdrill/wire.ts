/** Between the script and the machine: puts packets in, takes what comes out, and holds it against what was expected. */

import { Conversation } from "./conversation.ts";
import { aboutBytes, icmpNumbers } from "./icmp-names.ts";
import { type Datagram, decodeDatagram, encodeDatagram, type Segment } from "./ip-packets.ts";
import type { Machine, SentPacket } from "./machine.ts";
import { differs, type Strictness } from "./matching.ts";
import { printDatagram, printExpected, printSegment } from "./printed.ts";
import { Failed, NotSupported } from "./problems.ts";
import type { IpFacts, PacketAction, Ports, TcpPacket } from "./script.ts";

/** A packet that has come out, and when. */
interface Arrival {
  readonly at: number;
  readonly datagram: Datagram;
  readonly conversation: Conversation;
}

const ECN_BITS = { noecn: 0, ect1: 1, ect0: 2, ect01: 2, ce: 3 } as const;

export class Wire {
  readonly #machine: Machine;
  readonly #strictness: Strictness;
  readonly #conversations: Conversation[] = [];
  readonly #arrivals: Arrival[] = [];
  /** Whom a packet without ports is meant for; undefined: the next one that comes in begins one. */
  #current: Conversation | undefined;
  #localPort: number;
  #nextRemotePort = 40_000;

  constructor(machine: Machine, localPort: number, strictness: Strictness) {
    this.#machine = machine;
    this.#strictness = strictness;
    this.#localPort = localPort;
  }

  /** Somebody listens there: what comes in next is a new conversation. */
  listens(port: number): void {
    this.#localPort = port;
    this.#current = undefined;
  }

  /** What is said from now on is said in this conversation. */
  talks(localPort: number, remotePort: number): Conversation {
    this.#current = this.conversation(localPort, remotePort);
    return this.#current;
  }

  conversation(localPort: number, remotePort: number): Conversation {
    const known = this.#conversations.find((one) => one.localPort === localPort && one.remotePort === remotePort);
    if (known !== undefined) return known;
    const conversation = new Conversation(localPort, remotePort);
    this.#conversations.push(conversation);
    return conversation;
  }

  #addressed(local: Ports | undefined): Conversation {
    if (local !== undefined) return this.conversation(local.source, local.destination);
    this.#current ??= this.conversation(this.#localPort, this.#nextRemotePort++);
    return this.#current;
  }

  /** What the script says comes in. */
  inject({ ip, packet }: PacketAction): void {
    const reversed = packet.kind !== "icmp" && packet.ports ? swapped(packet.ports) : undefined;
    const conversation = this.#addressed(reversed);
    const ports = { from: conversation.remotePort, to: conversation.localPort };
    if (packet.kind === "tcp") {
      this.#in(ip, conversation.inward({ ...written(packet), ...ports }));
    } else if (packet.kind === "udp") {
      this.#in(ip, { kind: "udp", ...ports, data: new Uint8Array(packet.length) });
    } else {
      const { type, code } = icmpNumbers(packet);
      const rest = ((packet.id ?? 0) << 16) | (packet.mtu ?? 0);
      const data =
        packet.about === undefined ? new Uint8Array(0) : aboutBytes(this.#machine, conversation, packet.about);
      this.#in(ip, { kind: "icmp", type, code, rest: rest >>> 0, data });
    }
  }

  #in({ ecn, tos, ttl }: IpFacts, payload: Datagram["payload"]): void {
    const { address, remote } = this.#machine;
    const bits = tos ?? (ecn === undefined ? 0 : ECN_BITS[ecn]);
    this.#machine.inject(encodeDatagram({ source: remote, destination: address, tos: bits, ttl: ttl ?? 255, payload }));
  }

  /**
   * Takes the packet that was expected, which may have come in several segments one behind the other, and says when each
   * of them came. Undefined: not all of it is there yet.
   */
  match({ ip, packet }: PacketAction, mayBeSeveral: boolean): number[] | undefined {
    this.#collect();
    const conversation = this.#addressed(packet.kind === "icmp" ? undefined : packet.ports);
    const mine = this.#arrivals.filter(({ datagram, ...one }) => {
      // ICMP knows no ports, and is sent to whoever the conversation is with.
      return one.conversation === conversation || (packet.kind === "icmp" && datagram.payload.kind === "icmp");
    });
    const [first] = mine;
    if (first === undefined) return undefined;
    const pieces = mayBeSeveral && packet.kind === "tcp" ? together(mine, packet.sequence.length) : [first];
    if (pieces === undefined) return undefined;
    for (const piece of pieces) this.#arrivals.splice(this.#arrivals.indexOf(piece), 1);
    const got = packet.kind === "tcp" ? joined(pieces, packet) : first.datagram;
    const what = differs({ ip, packet }, got, conversation, this.#strictness);
    if (what !== undefined) throw new Failed(printExpected(packet), `${printDatagram(got)} (${what})`);
    return pieces.map(({ at }) => at);
  }

  /** What nobody has expected, as a script would write it. */
  leftovers(): { at: number; text: string }[] {
    this.#collect();
    return this.#arrivals.map(({ at, datagram, conversation }) => {
      const { payload } = datagram;
      return {
        at,
        text: payload.kind === "tcp" ? printSegment(conversation.outward(payload)) : printDatagram(datagram),
      };
    });
  }

  #collect(): void {
    for (let sent = this.#machine.take(); sent !== undefined; sent = this.#machine.take()) {
      this.#arrivals.push(this.#arrival(sent));
    }
  }

  #arrival({ at, bytes }: SentPacket): Arrival {
    const datagram = decodeDatagram(bytes);
    if (typeof datagram === "string") throw new Failed("packets that are whole", datagram);
    const { payload } = datagram;
    if (payload.kind === "icmp") return { at, datagram, conversation: this.#addressed(undefined) };
    return { at, datagram, conversation: this.conversation(payload.from, payload.to) };
  }
}

const swapped = ({ source, destination }: Ports): Ports => ({ source: destination, destination: source });

function written({ flags, sequence, ack, window, urgent, options }: TcpPacket): Omit<Segment, "from" | "to"> {
  if (options === undefined)
    throw new NotSupported("not supported: a packet that goes in with options that may be any");
  const data = new Uint8Array(sequence.length);
  return { kind: "tcp", flags, seq: sequence.start, ack: ack ?? 0, window: window ?? 0, urgent, options, data };
}

/** As many segments as it takes for so much data, if each goes on where the one before it ended. */
function together(arrivals: readonly Arrival[], length: number): Arrival[] | undefined {
  const pieces: Arrival[] = [];
  let total = 0;
  for (const arrival of arrivals) {
    const { payload } = arrival.datagram;
    const before = pieces.at(-1)?.datagram.payload;
    if (before !== undefined && !goesOn(before, payload)) return pieces;
    pieces.push(arrival);
    total += payload.data.length;
    if (total >= length || payload.data.length === 0) return pieces;
  }
  return undefined;
}

function goesOn(before: Datagram["payload"], payload: Datagram["payload"]): boolean {
  if (before.kind !== "tcp" || payload.kind !== "tcp") return false;
  return payload.seq === (before.seq + before.data.length) >>> 0 && payload.ack === before.ack;
}

/** One datagram with the data of all, and the flags of the last, in the script's numbers. */
function joined(pieces: readonly Arrival[], { flags, sequence, options }: TcpPacket): Datagram {
  const [{ datagram, conversation }] = pieces as [Arrival];
  if (datagram.payload.kind !== "tcp") return datagram;
  const stamp = options?.find((option) => option.kind === "TS")?.value;
  const segments = pieces.map((piece) => piece.datagram.payload as Segment);
  const first = conversation.outward(datagram.payload, {
    seq: flags.includes("S") ? sequence.start : undefined,
    stamp,
  });
  const data = Buffer.concat(segments.map((segment) => segment.data));
  return { ...datagram, payload: { ...first, flags: segments.at(-1)!.flags, data } };
}
