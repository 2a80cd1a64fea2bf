/** The two signals that ask a program to end: the first politely, the second at once. */

import { constants } from "node:os";

const SIGNALS = ["SIGINT", "SIGTERM"] as const;

/**
 * Resolves when somebody asks the program to end. Whoever asks again, before it has, ends it there and then,
 * with the exit code that shells give to that signal.
 *
 * @example
 * const listener = await kernel.listen({ host: "localhost", port: 8080 });
 * await askedToEnd();
 * await listener.close();
 */
export function askedToEnd(): Promise<void> {
  return new Promise((resolve) => {
    let isAsked = false;
    for (const signal of SIGNALS) {
      process.on(signal, () => {
        if (isAsked) process.exit(128 + constants.signals[signal]);
        isAsked = true;
        resolve();
      });
    }
  });
}
