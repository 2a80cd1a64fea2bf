import { deepEqual, equal, match, rejects } from "node:assert/strict";
import { once } from "node:events";
import * as http from "node:http";
import type { AddressInfo } from "node:net";
import { after, describe, test } from "node:test";
import { runCommand } from "../../src/commands/program.ts";
import { administered } from "../handlers/administered.ts";
import { openedFor, printed } from "./admin-door.ts";
import { maitred } from "./maitred.ts";

const cache = administered();
const admin = printed(await openedFor(cache));

const origin = http.createServer((_, response) => {
  response.writeHead(200, { "Cache-Control": "max-age=60", "Content-Length": 5 }).end("hello");
});
origin.listen(0, "127.0.0.1");
await once(origin, "listening");
after(() => origin.close().closeAllConnections());
const url = `http://127.0.0.1:${(origin.address() as AddressInfo).port}/menu`;

describe("as a program", { concurrency: 2 }, () => {
  test("it asks the cache, with the fields that are said, and prints its words", async () => {
    const words = ["-H", "Accept-Language: de", "--header", "X: a&b=c", "-X", "HEAD"];
    const { code, stdout } = await maitred("explain", "http://a/menu?x=1&y", ...words, "--admin", admin).ended;
    deepEqual([code, stdout], [0, "HEAD http://a/menu?x=1&y\n  a miss\nNothing is stored under http://a/menu?x=1&y\n"]);
    const { method, fields } = cache.asked.find(({ target }) => target === "http://a/menu?x=1&y")!;
    deepEqual([method, fields.print()], ["HEAD", "Accept-Language: de\r\nX: a&b=c\r\n"]);
  });

  test("--json is the data", async () => {
    const { stdout } = await maitred("explain", "http://a/", "--json", "--admin", admin).ended;
    deepEqual(JSON.parse(stdout).account, { hit: false, fwd: "uri-miss", because: [] });
  });

  test("--direct asks the server itself", async () => {
    const { code, stdout } = await maitred("explain", "--direct", url).ended;
    equal(code, 0);
    match(stdout, /was answered with 200, 5 B\n {2}kept: may be stored: max-age \(§5\.2\.2\.1\)\n/);
    equal(JSON.parse((await maitred("explain", "--direct", "--json", url).ended).stdout).lifetime, 60);
  });
});

const REFUSED: [words: string[], message: string][] = [
  [["http://a/", "-H", "x"], 'Cannot ask with the field "x": it is not written "Name: value"'],
  [["http://a/", "-X", "a b"], 'Cannot use --method "a b": it is not one word'],
  [["menu", "--admin", admin], 'Cannot explain "menu": it is not an http or https URL'],
  [["--direct", "menu"], 'Cannot ask "menu": it is not an http or https URL'],
  [["--direct", "http://127.0.0.1:1/"], "Cannot reach 127.0.0.1:1: nobody listens there"],
];

for (const [words, message] of REFUSED) {
  test(message, () => rejects(runCommand(["explain", ...words]), { name: "Refusal", message }));
}
