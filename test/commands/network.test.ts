import { equal, ok, rejects } from "node:assert/strict";
import { test } from "node:test";
import { closeNetwork, hostFor, type NetworkFlags, networkOf } from "../../src/commands/network.ts";
import { kernel } from "../../src/socket/kernel.ts";
import { inNamespace, noNamespace } from "../link/namespace.ts";
import { Maitred } from "./maitred.ts";

test("without a word about it, the network is the kernel's", async () => {
  equal(await networkOf({}), kernel);
  await closeNetwork({});
});

for (const [flags, message] of [
  [{ address: "10.0.0.2/24" }, "Cannot use --address without --tap: it is the address of the machine there"],
  [{ gateway: "10.0.0.1" }, "Cannot use --gateway without --tap: it is the address of the machine there"],
  [
    { capture: "x.pcapng" },
    "Cannot use --capture without --tap: maitred capture hears what passes the kernel's interfaces",
  ],
  [{ tap: "tap0" }, "Cannot use --tap without --address: the machine there needs one of its own, like 10.0.0.2/24"],
  [
    { tap: "a name that is too long", address: "10.0.0.2/24" },
    'Cannot open TAP device "a name that is too long": a name has 1 to 15 bytes, none of them a space, "/" or ":"',
  ],
  [
    { tap: "tap0", address: "10.0.0.2/24", gateway: "nowhere" },
    'Cannot use the gateway "nowhere": it is not like "10.0.0.1"',
  ],
] as readonly (readonly [NetworkFlags, string])[]) {
  test(`refused: ${JSON.stringify(flags)}`, () => rejects(networkOf(flags), { name: "Refusal", message }));
}

test("at a TAP device one listens on what the machine there is called", () => {
  equal(hostFor({ host: "localhost" }), "localhost");
  equal(hostFor({ host: "localhost", tap: "tap0", address: "10.0.0.2/24" }), "10.0.0.2");
});

for (const [words, why] of [
  [["serve", "--tap", "tap0", "--lan"], 'option "--tap <device>" cannot be used with option "--lan"'],
  [["proxy", "--tap", "tap0", "--unix", "x"], 'option "--tap <device>" cannot be used with option "--unix <path>"'],
  [["echo", "--tap", "tap0", "--host", "a"], 'option "--tap <device>" cannot be used with option "--host <host>"'],
] as const) {
  test(`maitred ${words.join(" ")} makes no sense`, async () => {
    await using run = new Maitred(words);
    const { code, stderr } = await run.ended;
    equal(code, 2);
    equal(stderr, `Cannot understand the command: ${why}\n`);
  });
}

test("serve, proxy and echo speak through a TAP device", { skip: noNamespace }, async () => {
  const said = await inNamespace("--test-reporter=tap", "test/commands/tap-scenes.ts");
  ok(/^# fail 0$/m.test(said) && !/^# (pass|tests) 0$/m.test(said), said);
});
