import { deepEqual, ok } from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { test } from "node:test";
import { inNamespace, inNamespaceWith, noNamespace } from "../link/namespace.ts";

test("ping, curl, files, pipes, signals, refusals", { skip: noNamespace }, async () => {
  const said = await inNamespace("--test-reporter=tap", "test/commands/capture-scenes.ts");
  ok(/^# fail 0$/m.test(said) && !/^# (pass|tests) 0$/m.test(said), said);
});

test("without the right to it, it is refused in one line", { skip: noNamespace }, async () => {
  const unprivileged = ["setpriv", "--bounding-set=-net_raw", "--inh-caps=-net_raw"];
  const script = 'ip link set lo up; "$@"; echo $?';
  deepEqual(
    await inNamespaceWith(
      [],
      "sh",
      "-c",
      script,
      "sh",
      ...unprivileged,
      process.execPath,
      "src/main.ts",
      "capture",
      "lo",
    ),
    'Cannot capture on "lo": it takes the right CAP_NET_RAW, which root has (sudo)\n2\n',
  );
});

test("only Linux has packet sockets", () => {
  const elsewhere = `import os from "os"; import { syncBuiltinESMExports } from "module";
    os.platform = () => "darwin"; syncBuiltinESMExports();`;
  const first = `--import=data:text/javascript,${encodeURIComponent(elsewhere)}`;
  const { status, stderr } = spawnSync(process.execPath, [first, "src/main.ts", "capture", "lo"], { encoding: "utf8" });
  deepEqual([status, stderr], [2, 'Cannot capture on "lo" by a packet socket: only Linux has them\n']);
});
