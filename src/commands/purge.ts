/** `maitred purge`: takes answers out of the cache of a running maitred, or has them asked about before their next use. */

import type { Address } from "../socket/socket.ts";
import { askAdminFor } from "./ask-admin.ts";
import { Refusal } from "./refusal.ts";

/** What the options say. */
export interface PurgeFlags {
  readonly admin: Address;
  readonly url?: readonly string[];
  readonly prefix?: readonly string[];
  readonly hostName?: readonly string[];
  readonly tag?: readonly string[];
  readonly all?: boolean;
  readonly soft?: boolean;
  readonly json?: boolean;
}

/**
 * Purges what is said, and says how many that were. Fails with a Refusal where nothing is said, or nobody is there to do it.
 *
 * @example
 * await purgeCommand(["http://localhost:8080/menu"], { admin: { host: "localhost", port: 3129 } });
 */
export async function purgeCommand(what: readonly string[], flags: PurgeFlags): Promise<void> {
  const orders = ordersOf(what, flags);
  let purged = 0;
  for (const order of orders) {
    purged += (await askAdminFor<{ purged: number }>(flags.admin, { target: "/purge", order })).purged;
  }
  const isForPeople = process.stdout.isTTY && flags.json !== true;
  const how = flags.soft === true ? "to be asked about" : "purged";
  const words =
    purged === 0 ? "Nothing like that was there" : `${purged} ${purged === 1 ? "answer" : "answers"} ${how}`;
  process.stdout.write(isForPeople ? `${words}\n` : `${JSON.stringify({ purged })}\n`);
}

/**
 * The orders that are to be given. What ends with a star is a prefix.
 *
 * @example
 * ordersOf(["http://localhost/img/*"], { tag: ["menu"], soft: true });
 * // [{ prefix: "http://localhost/img/", soft: true }, { tag: "menu", soft: true }]
 */
export function ordersOf(
  what: readonly string[],
  flags: Omit<PurgeFlags, "admin">,
): readonly Record<string, unknown>[] {
  const { url = [], prefix = [], hostName = [], tag = [], all = false, soft = false } = flags;
  const orders = [
    ...what.map(asUrl),
    ...url.map((text) => ({ url: text })),
    ...prefix.map((text) => ({ prefix: text })),
    ...hostName.map((text) => ({ host: text })),
    ...tag.map((text) => ({ tag: text })),
    ...(all ? [{ everything: true }] : []),
  ];
  if (orders.length === 0) {
    throw new Refusal(
      "Cannot purge: it does not say what (a URL, a URL with * behind it, --tag, --host-name or --all)",
    );
  }
  return orders.map((order) => (soft ? { ...order, soft } : order));
}

function asUrl(text: string): { url: string } | { prefix: string } {
  if (!/^https?:\/\/[^/*]/i.test(text)) {
    throw new Refusal(
      `Cannot purge "${text}": it is not an http or https URL (--tag, --host-name and --all need none)`,
    );
  }
  return text.endsWith("*") ? { prefix: text.slice(0, -1) } : { url: text };
}
