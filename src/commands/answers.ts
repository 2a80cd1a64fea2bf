/** Who answers: a folder, or a program of the user's, with what the options put around it; each is loaded if it is asked for. */

import { closeSync, openSync, type Stats, statSync } from "node:fs";
import { isForProgram } from "../handlers/script.ts";
import { site } from "../handlers/site.ts";
import type { Handler } from "../web/handler.ts";
import { type CacheFlags, wantsCache } from "./cache-flags.ts";
import { didYouMean } from "./nearest.ts";
import type { NetworkFlags } from "./network.ts";
import { Refusal } from "./refusal.ts";

export interface AnswerFlags extends CacheFlags, NetworkFlags {
  readonly spa?: boolean;
  readonly cleanUrls?: boolean;
  readonly listing?: boolean;
  readonly dotfiles?: boolean;
  /** The page for what is not there. */
  readonly "404"?: string;
  readonly cors?: boolean;
  readonly coi?: boolean;
  /** Each "Name: value". */
  readonly header?: readonly string[];
  /** Each "/a=/b". */
  readonly redirect?: readonly string[];
  /** Each "/path=http://host:port". */
  readonly proxy?: readonly string[];
  readonly cgi?: boolean;
  /** Milliseconds. */
  readonly cgiTimeout?: number;
  readonly cgiLimit?: number;
  readonly verbose?: boolean;
}

export interface Answers {
  readonly handler: Handler;
  /** Resolves when what goes on after the answers is done, too. */
  settled(): Promise<void>;
  /** What it does besides, for people. */
  readonly also?: string;
}

/**
 * The handler that the flags ask for. Fails with a Refusal where there is nothing to serve – perhaps it
 * was one of the `commands` that was meant – or where a header or a redirect cannot be read.
 *
 * @example
 * const { handler } = await answersFor("examples/site", { cors: true });
 */
export async function answersFor(what: string, flags: AnswerFlags, commands: readonly string[] = []): Promise<Answers> {
  const isFolder = look(what, commands).isDirectory();
  const isCached = wantsCache(flags);
  const { handler, settled } = isFolder ? folder(what, flags) : await program(what, flags);
  const answers = { handler: await dress(handler, flags), settled };
  return isCached ? remembering(answers, isFolder, flags) : answers;
}

function look(what: string, commands: readonly string[]): Stats {
  const refuse = (why: string, cause?: unknown) => new Refusal(`Cannot serve "${what}": ${why}`, { cause });
  try {
    const stats = statSync(what);
    if (stats.isDirectory() || (stats.isFile() && /\.m?[jt]s$/.test(what))) {
      closeSync(openSync(what, "r"));
      return stats;
    }
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === "EACCES") throw refuse("you may not read it", error);
    if (code !== "ENOENT" && code !== "ENOTDIR") throw refuse(message, error);
    throw refuse(`there is no such file or folder${didYouMean(what, commands)}`, error);
  }
  throw refuse("it is neither a folder nor a module (.js, .mjs, .ts, .mts)");
}

function folder(root: string, flags: AnswerFlags): Answers {
  const { spa, cleanUrls, listing, dotfiles, cgiTimeout, cgiLimit } = flags;
  const programs = {
    ...(cgiTimeout !== undefined && { timeout: cgiTimeout }),
    ...(cgiLimit !== undefined && { limit: cgiLimit }),
  };
  const cgi = flags.cgi === false ? false : programs;
  const handler = site({ root, spa, cleanUrls, listing, dotfiles, notFoundPage: flags["404"], cgi });
  return { handler, settled: async () => {} };
}

async function program(path: string, { verbose = false }: AnswerFlags): Promise<Answers> {
  const { loadApp } = await import("../handlers/app.ts");
  const { fetchHandler } = await import("../handlers/fetch.ts");
  const app = await loadApp(path).catch((error: Error) => {
    throw new Refusal(error.message, { cause: error });
  });
  const handler = fetchHandler(app, { verbose });
  return { handler, settled: handler.settled };
}

/** Redirects come before what is there, other servers before files, and the headers go on everything. */
async function dress(handler: Handler, flags: AnswerFlags): Promise<Handler> {
  const { redirect = [], header = [], proxy = [], cors = false, coi = false } = flags;
  let dressed = handler;
  try {
    if (proxy.length > 0) {
      const { withProxies } = await import("./proxied-paths.ts");
      dressed = await withProxies(dressed, proxy, flags);
    }
    if (redirect.length > 0) {
      const { parseRedirect, redirects } = await import("../handlers/redirect.ts");
      dressed = redirects(dressed, redirect.map(parseRedirect));
    }
    if (header.length > 0 || cors || coi) {
      const { parseHeader, withHeaders } = await import("../handlers/headers.ts");
      dressed = withHeaders(dressed, { header: header.map(parseHeader), cors, coi });
    }
    return dressed;
  } catch (error) {
    // They say in one line which rule is wrong, and why.
    throw error instanceof TypeError ? new Refusal(error.message, { cause: error }) : error;
  }
}

/** Remembers what programs and other servers say. Files are here already: to keep them twice would gain nothing. */
async function remembering({ handler, settled }: Answers, isFolder: boolean, flags: AnswerFlags): Promise<Answers> {
  const { cachedBy } = await import("./cached.ts");
  const cached = await cachedBy(handler, flags, { guesses: false });
  const closed = async (): Promise<void> => {
    await settled();
    await cached.close();
  };
  const { proxy = [] } = flags;
  let remembered = cached.handler;
  if (isFolder) {
    remembered = (request, exchange) => (isForProgram(request.target) ? cached.handler : handler)(request, exchange);
    if (proxy.length > 0) {
      const [{ mounts }, { proxiedPaths }] = await Promise.all([
        import("../handlers/mounts.ts"),
        import("./proxied-paths.ts"),
      ]);
      const list = proxiedPaths(proxy).map((path) => ({ path, handler: cached.handler }));
      remembered = mounts(remembered, list);
    }
  }
  return { handler: remembered, settled: closed, also: `, and ${cached.does}` };
}
