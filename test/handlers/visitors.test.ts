import { equal, throws } from "node:assert/strict";
import { test } from "node:test";
import { parseVisitors, type VisitorOptions, visitors } from "../../src/handlers/visitors.ts";
import { Fields } from "../../src/http/fields.ts";
import type { Address } from "../../src/socket/socket.ts";
import type { Answer } from "../../src/web/handler.ts";
import { exchange, request, textOf } from "./exchange.ts";

const INSIDE: Answer = { status: 204, fields: new Fields() };

const door = (options?: VisitorOptions) => {
  const handler = visitors(() => INSIDE, options);
  return (remote: string | Address): Answer =>
    handler(
      request("GET http://example.com/"),
      exchange({ remote: typeof remote === "string" ? { host: remote, port: 50000 } : remote }),
    ) as Answer;
};

const REMOTES: [from: string | undefined, remote: string, isInside: boolean][] = [
  [undefined, "127.0.0.1", true],
  [undefined, "::1", true],
  [undefined, "::ffff:127.0.0.1", true],
  [undefined, "192.168.1.7", true],
  [undefined, "::ffff:10.0.0.1", true],
  [undefined, "fe80::1%eth0", true],
  [undefined, "fd00::1", true],
  [undefined, "100.64.0.1", true],
  [undefined, "203.0.113.7", false],
  [undefined, "::ffff:203.0.113.7", false],
  [undefined, "2001:db8::1", false],
  // Who is behind another's relay is not one of ours.
  [undefined, "2002:a00:1::1", false],
  [undefined, "nonsense", false],
  ["203.0.113.0/24", "203.0.113.7", true],
  ["203.0.113.0/24", "127.0.0.1", false],
  ["203.0.113.0/24 ::1", "::1", true],
  ["", "127.0.0.1", false],
];

for (const [from, remote, isInside] of REMOTES) {
  test(`${remote} ${isInside ? "comes in" : "stays outside"} where ${from ?? "neighbours"} may`, () => {
    const ask = door(from === undefined ? {} : { from: from.split(" ").filter(Boolean).map(parseVisitors) });
    // The second time it is remembered.
    for (let i = 0; i < 2; i++) equal(ask(remote).status, isInside ? 204 : 403);
  });
}

test("who comes by a Unix-domain socket is inside", () => equal(door({ from: [] })({ path: "/run/x" }).status, 204));

test("who stays outside is told why", async () => {
  equal(await textOf(door()("203.0.113.7")), "403 Forbidden: 203.0.113.7 is not among those who may come in\n");
});

test("the refusal may be another", () => {
  const refuse = (_request: unknown, _exchange: unknown, why: string): Answer => ({
    status: 404,
    reason: why,
    fields: new Fields(),
  });
  const { status, reason } = door({ refuse })("203.0.113.7");
  equal(`${status} ${reason}`, "404 203.0.113.7 is not among those who may come in");
});

test("a crowd from everywhere is judged no worse", () => {
  const ask = door();
  for (let i = 0; i < 3000; i++) equal(ask(`203.0.${i >> 8}.${i & 255}`).status, 403);
  for (let i = 0; i < 3000; i++) equal(ask(`10.0.${i >> 8}.${i & 255}`).status, 204);
  equal(ask("203.0.0.7").status, 403);
});

test("a network that cannot be read is refused in one line", () => {
  throws(() => parseVisitors("10.0.0/8"), {
    name: "TypeError",
    message: 'Cannot let "10.0.0/8" in: "10.0.0" is not an IP address',
  });
});
