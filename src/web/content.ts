/** Sends an answer's content in its framing, and never more or less than its head promised. */

import { chunkHead, lastChunk } from "../http/chunked.ts";
import { type BodyLength, CHUNKED } from "../http/framing.ts";
import type { Body } from "../http/message.ts";
import type { Outbox } from "./outbox.ts";

/**
 * Pulls the body to its end. Fails where the body fails or has not the promised length: then the
 * connection must break off, so that nobody takes the message for a complete one.
 * `desk.room` waits for a peer that cannot keep up.
 *
 * @internal
 */
export async function sendContent(
  body: Body,
  length: BodyLength,
  desk: { readonly outbox: Outbox; room(full: Promise<void>): Promise<void> },
): Promise<void> {
  const { outbox } = desk;
  let left = length >= 0 ? length : Number.POSITIVE_INFINITY;
  for (;;) {
    let part = body.read();
    if (part instanceof Promise) {
      // It may take its time: what we have goes out before.
      const full = outbox.flush();
      if (full !== undefined) {
        // Meanwhile it may fail; and where the peer is lost, nobody asks for it any more.
        part.catch(ignore);
        await desk.room(full);
      }
      part = await part;
    }
    if (part === undefined) break;
    if (part.length === 0) continue;
    if (part.length > left) throw new TypeError("Cannot send the content: it is longer than its Content-Length");
    left -= part.length;

    let full: Promise<void> | undefined;
    if (length === CHUNKED) {
      outbox.put(chunkHead(part.length));
      full = outbox.put(part);
      outbox.put("\r\n");
    } else {
      full = outbox.put(part);
    }
    if (full !== undefined) await desk.room(full);
    if (body.recycle !== undefined && outbox.isEmpty) body.recycle();
  }
  if (length >= 0 && left > 0) throw new TypeError("Cannot send the content: it is shorter than its Content-Length");
  if (length === CHUNKED) outbox.put(lastChunk(body.trailers));
}

const ignore = (): void => {};
