/** `maitred explain`: what a cache does with a request, and why. */

import type { Explanation } from "../cache/explanation.ts";
import { requestField } from "../handlers/request-field.ts";
import type { Address } from "../socket/socket.ts";
import { askAdminFor } from "./ask-admin.ts";
import { printExplanation } from "./printed.ts";
import { refusing } from "./refusal.ts";

/** What the options say. */
export interface ExplainFlags {
  readonly admin: Address;
  /** The server itself is asked, and not a cache. */
  readonly direct?: boolean;
  readonly method?: string;
  /** Each "Name: value". */
  readonly header?: readonly string[];
  readonly json?: boolean;
  /** For `direct`: certificates that are believed; or any. */
  readonly ca?: readonly string[];
  readonly insecure?: boolean;
}

/**
 * Says what the cache of a running maitred would do with the request; or what any would do with the server's answer. Fails with
 * a Refusal where nobody is there to say.
 *
 * @example
 * await explainCommand("http://localhost:8080/", { admin: { host: "localhost", port: 3129 } });
 */
export async function explainCommand(url: string, flags: ExplainFlags): Promise<void> {
  process.stdout.write(await explained(url, flags));
}

async function explained(url: string, flags: ExplainFlags): Promise<string> {
  const { admin, method = "GET", header = [], json = false } = flags;
  const fields = header.map((text) => refusing(() => requestField(text)));
  if (flags.direct === true) {
    const { explainDirectly, printDirectly } = await import("./explain-directly.ts");
    const explanation = await explainDirectly(url, { ...flags, method, fields });
    return json ? `${JSON.stringify(explanation)}\n` : printDirectly(explanation);
  }
  const parameters = new URLSearchParams({ url, method });
  for (const [name, value] of fields) parameters.append("field", `${name}: ${value}`);
  const explanation = await askAdminFor<Explanation>(admin, { target: `/explain?${parameters}` });
  return json ? `${JSON.stringify(explanation)}\n` : printExplanation(`${method} ${url}`, explanation);
}
