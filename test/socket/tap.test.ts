import { ok, rejects } from "node:assert/strict";
import { test } from "node:test";
import { tapNetwork } from "../../src/socket/tap.ts";
import { inNamespace, noNamespace } from "../link/namespace.ts";

test("the contract of all carriers, with the kernel at the other end", { skip: noNamespace }, async () => {
  const said = await inNamespace("--test-reporter=tap", "test/socket/tap-scenes.ts");
  ok(/^# fail 0$/m.test(said) && !/^# (pass|tests) 0$/m.test(said), said);
});

test("an address or a gateway that is none is the caller's mistake, and leaves nothing open", async () => {
  await rejects(tapNetwork({ device: "tap0", address: "10.0.0.2/24", gateway: "10.0.0" }), {
    name: "RangeError",
    message: 'Cannot use the gateway "10.0.0": it is not like "10.0.0.1"',
  });
  await rejects(tapNetwork({ device: "no such device", address: "10.0.0.2/24" }), RangeError);
});
