/** The cable to the far side that a script plays: frames without an FCS, and an answer to whoever asks by ARP. */

import type { Link } from "../../src/link/link.ts";
import type { SentPacket } from "./machine.ts";

const ARP = 0x0806;
const IPV4 = 0x0800;
const REQUEST = 1;
const REPLY = 2;
/** The far side's: of those that nobody sells. */
const FAR = [0x02, 0, 0, 0, 0, 1];
const HEADER = 14;

export class ScriptLink implements Link {
  readonly mtu: number;
  readonly hasFcs = false;
  onFrame: ((frame: Uint8Array) => void) | undefined;
  readonly #now: () => number;
  readonly #own: number;
  readonly #sent: SentPacket[] = [];
  /** The machine's own, learnt from what it sends. */
  #near = [0xff, 0xff, 0xff, 0xff, 0xff, 0xff];

  /** `own` is the machine's address, for which the far side never answers. */
  constructor(mtu: number, own: number, now: () => number) {
    this.mtu = mtu;
    this.#own = own;
    this.#now = now;
  }

  send(frame: Uint8Array): boolean {
    const view = new DataView(frame.buffer, frame.byteOffset, frame.length);
    this.#near = [...frame.subarray(6, 12)];
    const type = view.getUint16(12);
    if (type === ARP) this.#answer(view);
    // The frame may be lent out again as soon as we are done with it.
    if (type === IPV4) this.#sent.push({ at: this.#now(), bytes: frame.slice(HEADER) });
    return true;
  }

  /** Everybody else's address is the far side's. */
  #answer(request: DataView): void {
    const wanted = request.getUint32(HEADER + 24);
    if (request.getUint16(HEADER + 6) !== REQUEST || wanted === this.#own) return;
    const reply = new Uint8Array(HEADER + 28);
    const view = new DataView(reply.buffer);
    const start = [0, 1, IPV4 >> 8, 0, 6, 4, 0, REPLY];
    reply.set([...this.#near, ...FAR, ARP >> 8, ARP & 255, ...start, ...FAR]);
    view.setUint32(HEADER + 14, wanted);
    reply.set(this.#near, HEADER + 18);
    view.setUint32(HEADER + 24, request.getUint32(HEADER + 14));
    this.onFrame?.(reply);
  }

  /** An IPv4 packet arrives at the machine. */
  deliver(packet: Uint8Array): void {
    this.onFrame?.(Uint8Array.from([...this.#near, ...FAR, IPV4 >> 8, IPV4 & 255, ...packet]));
  }

  take(): SentPacket | undefined {
    return this.#sent.shift();
  }

  close(): void {
    this.onFrame = undefined;
  }
}
