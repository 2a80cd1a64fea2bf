import { deepEqual, equal, rejects } from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { test } from "node:test";
import { Answer, refused } from "../../src/socket/waiting.ts";

function counted() {
  const log: string[] = [];
  return { log, begin: () => void log.push("begin"), end: () => void log.push("end") };
}

test("a call is counted from its beginning to its answer", async () => {
  const waiting = counted();
  const answer = new Answer<number>(waiting);
  deepEqual(waiting.log, ["begin"]);
  answer.resolve(7);
  deepEqual(waiting.log, ["begin", "end"]);
  equal(await answer.promise, 7);
});

test("an answer may be an error, whether somebody listens or not", async () => {
  const waiting = counted();
  new Answer(waiting).reject(new Error("unheard"));
  void refused(new Error("unheard, too"));
  await new Promise(setImmediate);
  const answer = new Answer(waiting);
  answer.reject(new Error("heard"));
  await rejects(answer.promise, { message: "heard" });
  deepEqual(waiting.log, ["begin", "end", "begin", "end"]);
});

test("as long as somebody waits the process does not end, and not longer", () => {
  const waiting = new URL("../../src/socket/waiting.ts", import.meta.url).href;
  const run = (script: string) => {
    const code = `import { Awake } from ${JSON.stringify(waiting)};\nconst awake = new Awake();\n${script}`;
    return spawnSync(process.execPath, ["--input-type=module", "-e", code], { encoding: "utf8" });
  };
  // A timer that keeps nobody awake.
  const later = "setTimeout(() => { console.log('awake'); awake.end(); }, 50).unref();";
  equal(run(`awake.begin(); awake.begin(); awake.end(); ${later}`).stdout, "awake\n");
  equal(run(`awake.begin(); awake.end(); ${later}`).stdout, "");
});
