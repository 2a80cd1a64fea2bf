/** What carries frames from one adapter to others: a cable, a switch's port, a TAP device, a stream. */

export interface Link {
  /** The largest payload of a frame, in bytes: an IP packet. The Ethernet header and the FCS are not counted. */
  readonly mtu: number;
  /** Whether frames end in an FCS of four bytes. Adapters of a TAP device never see one. */
  readonly hasFcs: boolean;
  /**
   * How many bytes of TCP payload it takes at once, and cuts into segments itself, as network adapters do; likewise it
   * may give frames that are longer than the MTU allows, and whose TCP checksum is the pseudo header's sum. Not there: it
   * does no such thing. Links around links do not.
   */
  readonly segmentation?: number;
  /**
   * Takes the frame, which is the link's from here on, whatever comes of it. False: there was no room, it is lost.
   * `segment`: the frame is TCP over IPv4, its payload is to be cut into segments of so many bytes, and its checksum is
   * left to the link. Only where there is `segmentation`.
   */
  send(frame: Uint8Array, segment?: number): boolean;
  /** Who is given what comes, and owns it from there on; where nobody is, it is lost. */
  onFrame: ((frame: Uint8Array) => void) | undefined;
  /** Carries nothing any more. */
  close(): void;
}

/** As the adapter sees it, whose link it is: what it sends goes out. */
export type Direction = "out" | "in";
