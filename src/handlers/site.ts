/** A whole site: the files of a folder, and the programs in every `cgi-bin` below it. */

import type { Request } from "../http/message.ts";
import type { Exchange, Handler } from "../web/handler.ts";
import type { CgiOptions } from "./cgi.ts";
import { type FilesOptions, files } from "./files.ts";
import { CGI_BIN, isForProgram } from "./script.ts";

export interface SiteOptions extends FilesOptions {
  /** How programs are run; false where none are: then nothing in a `cgi-bin` is served at all. */
  readonly cgi?: Omit<CgiOptions, "root" | "redirectTo" | "clock"> | false | undefined;
}

/**
 * A handler for files and programs under one root. The source of a program is never served, whatever path or symlink
 * leads there, and a `cgi-bin` is not listed.
 *
 * @example
 * const server = await serve(kernel, { host: "localhost", port: 0 }, site({ root: "examples/site" }));
 * await server.close();
 */
export function site({ cgi = {}, ...options }: SiteOptions): Handler {
  const serveFile = files({ ...options, except: [...(options.except ?? []), CGI_BIN] });
  if (cgi === false) return serveFile;

  let programs: Handler | undefined;
  // Most sites have no programs: what runs them is loaded when the first one is asked for.
  const load = async (): Promise<Handler> => {
    const module = await import("./cgi.ts");
    const { root, clock } = options;
    programs ??= module.cgi({ ...cgi, root, redirectTo: handle, ...(clock && { clock }) });
    return programs;
  };
  const handle = (request: Request, exchange: Exchange): ReturnType<Handler> => {
    if (!isForProgram(request.target)) return serveFile(request, exchange);
    if (programs !== undefined) return programs(request, exchange);
    return load().then((run) => run(request, exchange));
  };
  return handle;
}
