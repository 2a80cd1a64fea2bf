import { equal, match } from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { test } from "node:test";

test("the journey's packets are those that the document follows", () => {
  const said = execFileSync(process.execPath, ["examples/journey.ts"], { encoding: "utf8" });
  const [packets, answer] = said.split("\n\n");
  const document = readFileSync("docs/journey-of-a-request.md", "utf8");
  equal(/^```\n( 1 .*?)\n```$/ms.exec(document)?.[1], packets);
  match(answer!, /^HTTP\/1\.1 200 OK\r\n/);
});
