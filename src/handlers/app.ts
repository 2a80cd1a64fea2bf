/** Loads the module that `handlers/fetch.ts` runs. */

import { existsSync } from "node:fs";
import { pathToFileURL } from "node:url";
import type { App } from "./fetch.ts";

/**
 * Imports a .ts, .mts, .js or .mjs module that says `export default { fetch(request) { … } }`.
 * The path is taken from the current folder. Fails with an Error of one line that names the
 * path and says why; its `cause` is what the module threw.
 *
 * @example
 * const app = await loadApp("examples/app.ts");
 * const answer = await app.fetch(new Request("http://localhost/"), { ip: "::1", waitUntil() {} });
 */
export async function loadApp(path: string): Promise<App> {
  if (!existsSync(path)) throw new Error(`Cannot load "${path}": there is no such file`);
  const module = await import(pathToFileURL(path).href).catch((error: unknown) => {
    throw new Error(`Cannot load "${path}": ${String(error).replace(/\s+/g, " ")}`, { cause: error });
  });
  const app: unknown = module.default;
  if (!isApp(app))
    throw new Error(`Cannot load "${path}": it does not say \`export default { fetch(request) { … } }\``);
  return app;
}

const isApp = (value: unknown): value is App =>
  typeof value === "object" && value !== null && "fetch" in value && typeof value.fetch === "function";
