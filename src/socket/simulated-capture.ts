/** A capture of a whole simulated network: each frame once, as its sender sends it, with what becomes of it on the way. */

import { Capture, type CaptureOptions } from "../link/capture.ts";
import type { Judged } from "../link/faults.ts";
import { copyFrame, giveFrame } from "../link/frames.ts";
import type { Link } from "../link/link.ts";
import { ipv4Address } from "../wire/ipv4-number.ts";
import type { Recorder } from "./simulated-gate.ts";

/**
 * Made by `simulate(…).capture`.
 *
 * @internal
 */
export class NetworkCapture {
  readonly #capture: Capture;
  /** About the frame that is just being sent. */
  readonly #remarks: string[] = [];

  constructor(options: CaptureOptions) {
    this.#capture = new Capture(options);
  }

  /** Something goes wrong with it. */
  heard(judged: Judged): void {
    const remark = remarkOf(judged);
    if (remark !== undefined) this.#remarks.push(remark);
  }

  name(address: number, name: string): void {
    this.#capture.name(ipv4Address(address), name);
  }

  /** For what is sent over a link; `name` is the interface's. */
  recorder(link: Link, name: string): Recorder {
    const remarks = this.#remarks;
    // What is sent into it is written down, and that is all.
    const notes = this.#capture.around(nowhere(link), { name, remark: () => remarks.join("; ") || undefined });
    return (frame, isLost, send) => {
      const copy = copyFrame(frame);
      remarks.length = 0;
      if (isLost) remarks.push("lost: partition");
      const isTaken = send(frame);
      if (!isTaken && remarks.length === 0) remarks.push("lost: no room");
      notes.send(copy);
      return isTaken;
    };
  }
}

const nowhere = ({ mtu, hasFcs }: Link): Link => ({
  mtu,
  hasFcs,
  onFrame: undefined,
  send(frame) {
    giveFrame(frame);
    return true;
  },
  close() {},
});

/** That a link has its length is nothing to remark. */
function remarkOf({ fault, verdict }: Judged): string | undefined {
  if (verdict === "drop") return `lost: ${fault}`;
  if (verdict === "duplicate") return "sent twice";
  if ("replace" in verdict) return fault === "corrupt" ? "damaged" : "changed";
  return fault === "delay" || fault === "rate" ? undefined : `late by ${verdict.later} ms`;
}
