import { equal, ok } from "node:assert/strict";
import { type SpawnSyncReturns, spawnSync } from "node:child_process";
import { platform } from "node:os";
import { test } from "node:test";
import { inNamespace, inNamespaceWith, noNamespace } from "./namespace.ts";

test("against the kernel: ping, directions, tags, tunnels, load, down and up, removal", {
  skip: noNamespace,
}, async () => {
  const said = await inNamespace("--test-reporter=tap", "test/link/packet-scenes.ts");
  ok(/^# fail 0$/m.test(said) && !/^# (pass|tests) 0$/m.test(said), said);
});

// ── where there can be none ──

/** A program that tries to open one and says what came of it. */
const TRY = `
import { openPacketSocket } from "./src/link/packet-socket.ts";
const say = ({ name, code, message }) => console.log(name, code, message);
await openPacketSocket({ name: "lo" }).then((socket) => socket.close(), say);
`;
const tryIt = ["--input-type=module", "--eval", TRY];

/** A sentence of a module that is loaded before it. */
const first = (module: string): string => `--import=data:text/javascript,${encodeURIComponent(module)}`;

const saidBy = ({ stdout, stderr }: SpawnSyncReturns<string>): string => stdout + stderr;
const nodeSays = (...words: string[]): string =>
  saidBy(spawnSync(process.execPath, [...words, ...tryIt], { encoding: "utf8" }));

test("only Linux has packet sockets", () => {
  const elsewhere = `import os from "os"; import { syncBuiltinESMExports } from "module";
    os.platform = () => "darwin"; syncBuiltinESMExports();`;
  equal(
    nodeSays(first(elsewhere)),
    'PacketError ENOSYS Cannot capture on "lo" by a packet socket: only Linux has them\n',
  );
});

test("without koffi there is none", { skip: platform() !== "linux" && "only Linux has them" }, () => {
  const without = `import { registerHooks } from "module"; registerHooks({ resolve(name, context, next) {
    if (name === "koffi") throw new Error("there is no " + name);
    return next(name, context);
  } });`;
  equal(
    nodeSays(first(without)),
    'PacketError ENOSYS Cannot capture on "lo" by a packet socket: it takes the optional package "koffi", which is not installed\n',
  );
});

/** Root without the one right that matters. */
const unprivileged = ["setpriv", "--bounding-set=-net_raw", "--inh-caps=-net_raw"];

test("who may not hear everybody is told which right that takes", { skip: noNamespace }, async () => {
  const up = 'ip link set lo up && exec "$@"';
  equal(
    await inNamespaceWith([], "sh", "-c", up, "sh", ...unprivileged, process.execPath, ...tryIt),
    'PacketError EPERM Cannot capture on "lo": it takes the right CAP_NET_RAW, which root has (sudo)\n',
  );
});
