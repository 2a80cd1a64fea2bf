import { deepEqual } from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { test } from "node:test";

const SIGNALS = new URL("../../src/commands/signals.ts", import.meta.url).href;

/** A program that takes long to end, and says when it begins to. */
const SLOW = `
import { askedToEnd } from ${JSON.stringify(SIGNALS)};
const work = setInterval(() => {}, 1000);
askedToEnd().then(() => {
  console.log("ending");
  if (process.argv[1] === "quick") clearInterval(work);
});
console.log("ready");
`;

async function end(how: "quick" | "slow", ...signals: NodeJS.Signals[]) {
  const child = spawn(process.execPath, ["--input-type=module", "--eval", SLOW, how], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const left = once(child, "exit");
  let heard = "";
  for await (const words of child.stdout.setEncoding("utf8")) {
    heard += words;
    const signal = signals[heard.split("\n").length - 2];
    if (signal !== undefined) child.kill(signal);
  }
  return { heard, code: (await left)[0] };
}

test("the first signal asks, and the program ends when it is ready to", async () => {
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    deepEqual(await end("quick", signal), { heard: "ready\nending\n", code: 0 });
  }
});

test("the second signal ends it there and then, with the code of that signal", async () => {
  deepEqual(await end("slow", "SIGINT", "SIGINT"), { heard: "ready\nending\n", code: 130 });
  deepEqual(await end("slow", "SIGINT", "SIGTERM"), { heard: "ready\nending\n", code: 143 });
});
