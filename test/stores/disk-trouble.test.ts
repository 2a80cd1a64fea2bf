import { deepEqual, equal } from "node:assert/strict";
import { test } from "node:test";
import { VirtualClock } from "../../src/base/clock.ts";
import { Trouble, wordsOf } from "../../src/stores/disk-trouble.ts";

const coded = (code: string): Error => Object.assign(new Error(`${code}: so it is`), { code });
const sqlite = (errcode: number): Error => Object.assign(new Error("so it is"), { code: "ERR_SQLITE_ERROR", errcode });

test("after trouble there is a pause, and one line in ten minutes", async () => {
  const clock = new VirtualClock();
  const complaints: string[] = [];
  const trouble = new Trouble("/cache", clock, (message) => complaints.push(message));
  equal(trouble.isOver(), true);
  for (let minute = 0; minute < 11; minute++) {
    trouble.comes(coded("ENOSPC"));
    equal(trouble.isOver(), false);
    await clock.advance(9_999);
    equal(trouble.isOver(), false);
    await clock.advance(1);
    equal(trouble.isOver(), true);
    equal(trouble.text, "there is no space left (ENOSPC)");
    await clock.advance(50_000);
  }
  const next = "responses pass through, and in 10 seconds it is tried again";
  const line = `Cannot store responses in "/cache": there is no space left (ENOSPC); ${next}`;
  deepEqual(complaints, [line, line]);
  trouble.passed();
  equal(trouble.text, undefined);
  equal(trouble.full, undefined);
});

const CASES: [error: Error, words: string, full: string | undefined][] = [
  [coded("ENOSPC"), "there is no space left (ENOSPC)", "disk"],
  [coded("EDQUOT"), "the quota is used up (EDQUOT)", "quota"],
  [coded("EROFS"), "the file system is read-only (EROFS)", undefined],
  [coded("ENOTEMPTY"), "ENOTEMPTY: so it is", undefined],
  [sqlite(13), "so it is", "disk"],
  [sqlite(13 + 256), "so it is", "disk"],
  [sqlite(10), "so it is", undefined],
  [new Error("so it is"), "so it is", undefined],
];

for (const [error, words, full] of CASES) {
  test(`${error.message}: ${words}, ${full ?? "not full"}`, () => {
    equal(wordsOf(error), words);
    const trouble = new Trouble("/cache", new VirtualClock(), () => {});
    trouble.comes(error);
    equal(trouble.full, full);
  });
}
