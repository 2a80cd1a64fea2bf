/** Keeps a house open: opens its doors, says where they are, and closes them in good order when somebody asks it to end. */

import { setTimeout as sleep } from "node:timers/promises";
import type { LogFormat } from "../handlers/access.ts";
import type { LogHandler } from "../handlers/log.ts";
import { type Address, printAddress } from "../socket/socket.ts";
import type { Handler } from "../web/handler.ts";
import type { ServerOptions } from "../web/options.ts";
import { serveListener } from "../web/server.ts";
import { announcement, urlsOf } from "./announce.ts";
import { type DoorFlags, openDoors } from "./doors.ts";
import { askedToEnd } from "./signals.ts";

/** What the options say; times in milliseconds. */
export interface KeepFlags extends DoorFlags, Limits {
  readonly log?: LogFormat | "none";
  readonly verbose?: boolean;
}

type Limits = Pick<
  ServerOptions,
  "maxConnections" | "headTimeout" | "bodyTimeout" | "idleTimeout" | "writeTimeout" | "grace"
>;

export interface House {
  readonly handler: Handler;
  /** What it does, for people: `serves "public"`. */
  readonly does: string;
  /** Is called when the last answer is out. Resolves when what goes on after the answers is done, too. */
  settled(): Promise<void>;
  /** What it is besides what the flags say. */
  readonly options?: ServerOptions;
}

/** For what goes on after the last answer, where nothing else is said; as long as for the answers themselves. */
const GRACE = 10_000;

/**
 * Serves until somebody asks it to end, and then until what is being answered is answered; then the process ends.
 * Fails with a Refusal where a door cannot be opened.
 *
 * @example
 * await keepHouse({ handler, does: "answers", settled: async () => {} }, { port: 0, host: "localhost" });
 */
export async function keepHouse({ handler, does, settled, options: own }: House, flags: KeepFlags): Promise<void> {
  const isForPeople = process.stdout.isTTY;
  const logged = await logOf(handler, flags.log ?? (isForPeople ? "pretty" : "none"));
  const options = { ...optionsOf(flags, logged), ...own };

  const listeners = await openDoors(flags);
  const servers = listeners.map((listener) => serveListener(listener, logged ?? handler, options));
  const addresses = listeners.flatMap((listener) => listener.addresses);
  process.stdout.write(announcement(does, urlsOf(addresses, "http"), isForPeople));

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

function optionsOf(flags: KeepFlags, logged: LogHandler | undefined): ServerOptions {
  const { maxConnections, headTimeout, bodyTimeout, idleTimeout, writeTimeout, grace } = flags;
  return {
    ...said({ maxConnections, headTimeout, bodyTimeout, idleTimeout, writeTimeout, grace }),
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

/**
 * Those of the options that were said: an undefined must not take the place of a default.
 *
 * @example
 * said({ grace: 5000, idleTimeout: undefined }); // { grace: 5000 }
 */
export function said<Options extends object>(options: Options): { [Key in keyof Options]?: NonNullable<Options[Key]> } {
  const entries = Object.entries(options).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries) as { [Key in keyof Options]?: NonNullable<Options[Key]> };
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
