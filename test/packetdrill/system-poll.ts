/** poll(): which of several descriptors are ready, now or before the time is up. */

import type { Arguments } from "./arguments.ts";
import { numberOf } from "./arguments.ts";
import { Failed } from "./problems.ts";
import type { Expression } from "./script.ts";
import { SYMBOLS } from "./symbols.ts";
import type { Attempt, System } from "./system.ts";

/** Told unasked. */
const ALWAYS = SYMBOLS.POLLERR! | SYMBOLS.POLLHUP! | SYMBOLS.POLLNVAL!;

/** `poll([{fd=4, events=POLLIN|POLLOUT, revents=POLLIN}], 1, 0) = 1` */
export function pollCall(system: System, args: Arguments): Attempt {
  const watched = args.inBrackets(0).map((entry) => {
    if (entry.kind !== "record") return args.refuse("a descriptor that is none");
    const field = (name: string): Expression => entry.fields.get(name) ?? { kind: "number", value: 0 };
    return { fd: numberOf(field("fd")), events: numberOf(field("events")), revents: numberOf(field("revents")) };
  });
  const timeout = args.number(2);
  const until = timeout < 0 ? Number.POSITIVE_INFINITY : system.machine.now() + timeout;
  return () => {
    const got = watched.map(({ fd, events }) => system.open(fd).socket.ready() & (events | ALWAYS));
    const count = got.filter((revents) => revents !== 0).length;
    if (count === 0 && system.machine.now() < until) return undefined;
    const wrong = got.findIndex((revents, i) => revents !== watched[i]!.revents);
    if (wrong === -1) return { value: count };
    const { fd, revents } = watched[wrong]!;
    throw new Failed(`poll() to tell of ${names(revents)} for ${fd}`, names(got[wrong]!));
  };
}

function names(events: number): string {
  const found = Object.keys(SYMBOLS).filter((name) => name.startsWith("POLL") && (SYMBOLS[name]! & events) !== 0);
  return found.join("|") || "nothing";
}
