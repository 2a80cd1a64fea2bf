import { equal, ok, rejects } from "node:assert/strict";
import { type SpawnSyncReturns, spawnSync } from "node:child_process";
import { platform } from "node:os";
import { test } from "node:test";
import { openTap } from "../../src/link/tap.ts";
import { inNamespace, inNamespaceWith, noNamespace } from "./namespace.ts";

test("against the kernel: ping, order, load, down and up, removal, closing", { skip: noNamespace }, async () => {
  const said = await inNamespace("--test-reporter=tap", "test/link/tap-scenes.ts");
  ok(/^# fail 0$/m.test(said) && !/^# (pass|tests) 0$/m.test(said), said);
});

test("a name that no device can have is the caller's mistake", async () => {
  const names = ["", "sixteen-letters!", "ä".repeat(8), "a b", "a/b", "a:b", "a\0", ".", ".."];
  for (const name of names) {
    await rejects(openTap({ name }), {
      name: "RangeError",
      message: `Cannot open TAP device "${name}": a name has 1 to 15 bytes, none of them a space, "/" or ":"`,
    });
  }
});

// ── where there can be none ──

/** A program that tries to open one and says what came of it. */
const TRY = `
import { openTap } from "./src/link/tap.ts";
await openTap({ name: "tap0" }).then((tap) => tap.close(), ({ name, code, message }) => console.log(name, code, message));
`;
const tryIt = ["--input-type=module", "--eval", TRY];

/** A sentence of a module that is loaded before it. */
const first = (module: string): string => `--import=data:text/javascript,${encodeURIComponent(module)}`;

const saidBy = ({ stdout, stderr }: SpawnSyncReturns<string>): string => stdout + stderr;
const nodeSays = (...words: string[]): string =>
  saidBy(spawnSync(process.execPath, [...words, ...tryIt], { encoding: "utf8" }));

test("only Linux has them", () => {
  const elsewhere = `import os from "os"; import { syncBuiltinESMExports } from "module";
    os.platform = () => "darwin"; syncBuiltinESMExports();`;
  equal(nodeSays(first(elsewhere)), 'TapError ENOSYS Cannot open TAP device "tap0": only Linux has them\n');
});

test("without koffi there is none", { skip: platform() !== "linux" && "only Linux has them" }, () => {
  const without = `import { registerHooks } from "module"; registerHooks({ resolve(name, context, next) {
    if (name === "koffi") throw new Error("there is no " + name);
    return next(name, context);
  } });`;
  equal(
    nodeSays(first(without)),
    'TapError ENOSYS Cannot open TAP device "tap0": it takes the optional package "koffi", which is not installed\n',
  );
});

test("without /dev/net/tun there is none", { skip: noNamespace }, async () => {
  const hidden = 'mount -t tmpfs nothing /dev/net && exec "$@"';
  equal(
    await inNamespaceWith(["--mount"], "sh", "-c", hidden, "sh", process.execPath, ...tryIt),
    'TapError ENOENT Cannot open TAP device "tap0": there is no /dev/net/tun (load it: modprobe tun)\n',
  );
});

/** Root without the one right that matters. */
const unprivileged = ["setpriv", "--bounding-set=-net_admin", "--inh-caps=-net_admin"];

test("whose it is needs no rights", { skip: noNamespace }, async () => {
  const make = 'ip tuntap add dev tap0 mode tap user 0 && exec "$@"';
  equal(await inNamespaceWith([], "sh", "-c", make, "sh", ...unprivileged, process.execPath, ...tryIt), "");
});

test("who may make none is told how to get one", { skip: noNamespace }, async () => {
  equal(
    await inNamespaceWith([], ...unprivileged, process.execPath, ...tryIt),
    'TapError EPERM Cannot open TAP device "tap0": it is not yours (as root: ip tuntap add dev tap0 mode tap user YOU)\n',
  );
});
