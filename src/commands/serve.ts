/** `maitred serve`: opens the door for a folder, or for a program of the user's. */

import { setTimeout as sleep } from "node:timers/promises";
import type { LogFormat } from "../handlers/access.ts";
import type { LogHandler } from "../handlers/log.ts";
import { type Address, printAddress } from "../socket/socket.ts";
import type { Handler } from "../web/handler.ts";
import type { ServerOptions } from "../web/options.ts";
import { serveListener } from "../web/server.ts";
import { announcement, urlsOf } from "./announce.ts";
import { type AnswerFlags, answersFor } from "./answers.ts";
import { type DoorFlags, openDoors } from "./doors.ts";
import { askedToEnd } from "./signals.ts";

/** What the options say; times in milliseconds. */
export interface ServeFlags extends DoorFlags, AnswerFlags, Limits {
  readonly log?: LogFormat | "none";
}

type Limits = Pick<
  ServerOptions,
  "maxConnections" | "headTimeout" | "bodyTimeout" | "idleTimeout" | "writeTimeout" | "grace"
>;

/** For what goes on after the last answer, where nothing else is said; as long as for the answers themselves. */
const GRACE = 10_000;

/**
 * Serves until somebody asks it to end, and then until what is being answered is answered. Fails with a
 * Refusal where it cannot even begin; then one of the `commands` may have been meant by what is no folder.
 *
 * @example
 * await serveCommand("public", { port: 0, host: "localhost" }, ["serve", "echo"]);
 */
export async function serveCommand(what: string, flags: ServeFlags, commands: readonly string[]): Promise<void> {
  const isForPeople = process.stdout.isTTY;
  const { handler, settled } = await answersFor(what, flags, commands);
  const logged = await logOf(handler, flags.log ?? (isForPeople ? "pretty" : "none"));
  const options = optionsOf(flags, logged);

  const listeners = await openDoors(flags);
  const servers = listeners.map((listener) => serveListener(listener, logged ?? handler, options));
  const addresses = listeners.flatMap((listener) => listener.addresses);
  process.stdout.write(announcement(`"${what}"`, urlsOf(addresses, "http"), isForPeople));

  await askedToEnd();
  await Promise.all(servers.map((server) => server.close()));
  await Promise.race([settled(), sleep(flags.grace ?? GRACE)]);
  logged?.flush();
  // Programs of the user's may have timers and connections of their own.
  process.exit();
}

async function logOf(handler: Handler, format: LogFormat | "none"): Promise<LogHandler | undefined> {
  if (format === "none") return undefined;
  const { log } = await import("../handlers/log.ts");
  const { stdout } = process;
  return log(handler, {
    format,
    write: (lines) => void stdout.write(lines),
    colours: stdout.isTTY && stdout.hasColors(),
  });
}

function optionsOf(flags: ServeFlags, logged: LogHandler | undefined): ServerOptions {
  const { maxConnections, headTimeout, bodyTimeout, idleTimeout, writeTimeout, grace } = flags;
  const limits = { maxConnections, headTimeout, bodyTimeout, idleTimeout, writeTimeout, grace };
  return {
    // What was not said must not be there: undefined would take the place of a default.
    ...(Object.fromEntries(Object.entries(limits).filter(([, value]) => value !== undefined)) as Limits),
    complain: (message, remote, error) => complain(message, remote, flags.verbose === true ? error : undefined),
    onRefusal: (status, remote) =>
      logged?.record({
        date: Date.now(),
        duration: 0,
        remote,
        request: undefined,
        status,
        bytes: undefined,
        isComplete: true,
      }),
  };
}

/** To the error log. Who made the complaint necessary may have had a say in its words: no control letters in them. */
function complain(message: string, remote: Address, error: unknown): void {
  const words = message.replace(
    /[\x00-\x08\x0b-\x1f\x7f-\x9f]/g,
    (letter) => `\\x${letter.charCodeAt(0).toString(16)}`,
  );
  console.error(`${printAddress(remote) || "unix:"}: ${words}`);
  if (error instanceof Error) console.error(error.stack);
}
