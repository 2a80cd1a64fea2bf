/** What has passed an end of a link, counted: whatever an adapter gave it or was given, and what was lost and why. */

export interface LinkCounters {
  /** Frames taken to be carried, and their bytes. */
  sent: number;
  sentBytes: number;
  /** Frames given to who is here, and their bytes. */
  received: number;
  receivedBytes: number;
  /** Frames that were to be sent and were not: the queue was full. */
  dropped: number;
  /** Frames, whichever way they went, that were longer than the link's MTU allows. */
  tooLong: number;
  /** Frames that came, or were to be sent, while this end was closed or nobody was here to take them. */
  lost: number;
}

/**
 * Nothing has passed yet.
 *
 * @example
 * newLinkCounters().sent; // 0
 */
export const newLinkCounters = (): LinkCounters => ({
  sent: 0,
  sentBytes: 0,
  received: 0,
  receivedBytes: 0,
  dropped: 0,
  tooLong: 0,
  lost: 0,
});
