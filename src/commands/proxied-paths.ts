/** `--proxy /api=http://localhost:3000`: paths that other servers answer, in the same house as the files. */

import { ownName } from "../handlers/circle.ts";
import { type Mount, mounts } from "../handlers/mounts.ts";
import { parsePath, printPath } from "../http/path.ts";
import type { Handler } from "../web/handler.ts";
import { gatewayTo } from "./gateway.ts";
import { said } from "./keep.ts";
import type { NetworkFlags } from "./network.ts";
import { Refusal } from "./refusal.ts";

/**
 * A handler that passes the paths of these rules on, and gives all others to `rest`. A path that comes several times
 * has several servers. Fails with a Refusal where a rule cannot be read.
 *
 * @example
 * const joined = await withProxies(handler, ["/api=http://localhost:3000"]);
 */
export async function withProxies(
  rest: Handler,
  rules: readonly string[],
  { tap, address, gateway, capture }: NetworkFlags = {},
): Promise<Handler> {
  const upstreams = new Map<string, string[]>();
  for (const rule of rules) {
    const { path, to } = parseRule(rule);
    upstreams.set(path, [...(upstreams.get(path) ?? []), to]);
  }
  const list: Mount[] = [];
  const name = ownName();
  for (const [path, to] of upstreams) {
    const { handler } = await gatewayTo(to, { name, ...said({ tap, address, gateway, capture }) }, { prefix: path });
    list.push({ path, handler });
  }
  return mounts(rest, list);
}

/**
 * The paths that these rules pass on, as a mount has them. Fails with a Refusal where a rule cannot be read.
 *
 * @example
 * proxiedPaths(["/api/=http://localhost:3000", "/=3001"]); // ["/api", ""]
 */
export const proxiedPaths = (rules: readonly string[]): readonly string[] => [
  ...new Set(rules.map((rule) => parseRule(rule).path)),
];

function parseRule(rule: string): { path: string; to: string } {
  const refuse = (why: string) => new Refusal(`Cannot use --proxy "${rule}": ${why}`);
  const equals = rule.indexOf("=");
  if (equals < 0) throw refuse("it is not written /path=http://host:port");
  const [path, to] = [rule.slice(0, equals), rule.slice(equals + 1)];
  if (!/^\/[^?#]*$/.test(path)) throw refuse(`"${path}" is not a path`);
  if (to === "") throw refuse("it does not say where to");
  const { segments } = parsePath(path);
  const plain = printPath(segments, false);
  return { path: plain === "/" ? "" : plain, to };
}
