/** What carries frames from one adapter to others: a cable, a switch's port, a TAP device, a stream. */

export interface Link {
  /** The largest payload of a frame, in bytes: an IP packet. The Ethernet header and the FCS are not counted. */
  readonly mtu: number;
  /** Whether frames end in an FCS of four bytes. Adapters of a TAP device never see one. */
  readonly hasFcs: boolean;
  /** Takes the frame, which is the link's from here on, whatever comes of it. False: there was no room, it is lost. */
  send(frame: Uint8Array): boolean;
  /** Who is given what comes, and owns it from there on; where nobody is, it is lost. */
  onFrame: ((frame: Uint8Array) => void) | undefined;
  /** Carries nothing any more. */
  close(): void;
}

/** As the adapter sees it, whose link it is: what it sends goes out. */
export type Direction = "out" | "in";
