/** Writes one answer, whole: its head, and its content in the framing that fits. */

import { Fields } from "../http/fields.ts";
import { UNTIL_CLOSE } from "../http/framing.ts";
import type { Request } from "../http/message.ts";
import { type Plan, planResponse } from "../http/writer.ts";
import { sendContent } from "./content.ts";
import type { Answer } from "./handler.ts";
import type { Outbox } from "./outbox.ts";

/** What an answer is written with. */
export interface Desk {
  readonly outbox: Outbox;
  /** The value of Date. */
  readonly date: string;
  /** Whether we wish the connection to stay open. */
  readonly mayStay: boolean;
  /** Waits for a peer that cannot keep up. */
  room(full: Promise<void> | undefined): Promise<void>;
  complain(message: string): void;
}

/** What of a request decides how its answer is written. */
export type Asked = Pick<Request, "method" | "minor" | "fields">;

/**
 * Says whether the connection stays open. Fails where the answer breaks off or the client is gone;
 * in any case the body is either read to its end or cancelled.
 *
 * @internal
 */
export async function reply(asked: Asked, answer: Answer, desk: Desk): Promise<boolean> {
  const { body } = answer;
  const { outbox } = desk;
  try {
    const plan = answer.raw === true ? RAW : planTruly(asked, answer, desk);
    outbox.put(plan.head);
    if (plan.length === 0 || body === undefined) cancel(answer);
    else if (body instanceof Uint8Array) await desk.room(outbox.put(body));
    else await sendContent(body, plan.length, desk);
    const full = outbox.flush();
    if (full !== undefined) await desk.room(full);
    return plan.staysOpen;
  } catch (error) {
    cancel(answer);
    throw error;
  }
}

/** An nph program writes its own head (RFC 3875 §5), and where it ends only the connection's end can tell. */
const RAW: Plan = { head: "", length: UNTIL_CLOSE, staysOpen: false };

/**
 * How to answer. An answer that cannot be written truly becomes an empty 500.
 *
 * @internal
 */
export function planTruly(asked: Asked, answer: Answer, desk: Desk): Plan {
  const { date, mayStay } = desk;
  try {
    return planResponse(asked, answer, { date, mayStay });
  } catch (error) {
    desk.complain(error instanceof Error ? error.message : String(error));
    return { ...planResponse(asked, { status: 500, fields: new Fields() }, { date, mayStay }), length: 0 };
  }
}

/**
 * Lets go of an answer that will not be written.
 *
 * @internal
 */
export function cancel(answer: Answer): void {
  if (answer.body !== undefined && !(answer.body instanceof Uint8Array)) answer.body.cancel();
}
