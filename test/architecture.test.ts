/** The architecture, as a table: which folder may import which. Each row names only rows below it. */

import { deepEqual } from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
import { isBuiltin } from "node:module";
import { dirname, join } from "node:path/posix";
import { test } from "node:test";

const MAY_IMPORT: Record<string, string[]> = {
  "main.ts": ["commands"],
  commands: ["handlers", "stores", "web", "socket", "host", "link", "wire", "cache", "http", "base"],
  "index.ts": ["handlers", "stores", "web", "socket", "host", "link", "wire", "cache", "http", "base"],
  handlers: ["web", "socket", "wire", "cgi", "cache", "http", "base"],
  stores: ["cache", "http", "base"],
  web: ["socket", "http", "base"],
  // how bytes travel
  socket: ["host", "tcp", "link", "wire", "base"],
  host: ["tcp", "link", "wire", "base"],
  tcp: ["wire", "base"],
  link: ["wire", "base"],
  wire: ["base"],
  // what bytes mean
  cgi: ["http", "base"],
  cache: ["http", "base"],
  http: ["base"],
  base: [],
};

/** Above the door nobody knows who carries: of `socket` these rooms know the contract and no more. */
const KNOW_THE_CONTRACT_ONLY = ["web", "handlers"];

/** The rooms with a window: everything else computes. */
const MAY_TOUCH_THE_MACHINE = [
  "commands/*",
  // files
  "handlers/compress.ts",
  "handlers/file-body.ts",
  "handlers/file-state.ts",
  "handlers/listing.ts",
  "handlers/lookup.ts",
  "handlers/open-file.ts",
  "handlers/within.ts",
  // digests
  "handlers/authenticate.ts",
  // programs
  "handlers/app.ts",
  "handlers/cgi.ts",
  "handlers/child-process.ts",
  "handlers/pipe.ts",
  "handlers/posix-spawn.ts",
  "handlers/script.ts",
  "handlers/spool.ts",
  "handlers/start.ts",
  // what outlives the process
  "stores/disk*",
  "stores/record.ts",
  "stores/shared-connector.ts",
  "stores/shared-scripts.ts",
  // sockets
  "socket/activation.ts",
  "socket/kernel*",
  "socket/node-net*",
  "socket/tls.ts",
  "socket/tls-carrier.ts",
  "socket/tls-socket.ts",
  // frames
  "link/device.ts",
  "link/linux.ts",
  "link/packet-open.ts",
  "link/packet-socket.ts",
  "link/poll.ts",
  "link/tap*",
];

/** Libraries, and who talks to them. */
const LIBRARIES: Record<string, string[]> = {
  commander: ["commands/*"],
  ioredis: ["stores/shared-client.ts", "stores/shared-connector.ts"],
  koffi: ["handlers/posix-spawn.ts", "link/linux.ts"],
  mime: ["handlers/media-types.ts"],
  "prom-client": ["handlers/cache-metrics.ts"],
  "structured-headers": ["cache/structured.ts", "cache/targeted.ts"],
};

/** Cores are told what time it is and roll no dice; `Buffer` is Node's alone. Who may, and why. */
const CORES = ["web", "host", "tcp", "link", "wire", "cgi", "cache", "http", "base"];
const AMBIENT = /\b(Date\.now|performance\.now|Math\.random|setTimeout|setInterval|setImmediate|process\.|Buffer\b)/;
const MAY_USE_AMBIENT: Record<string, string> = {
  "base/clock.ts": "it is where time comes from",
  "base/bytes.ts": "it asks whether there is a Buffer, which is quicker",
};

/** A hall is fine for a hall, if it is known to be one. */
const HALLS: Record<string, string> = {
  "socket/kernel-socket.ts": "all that may happen to a connection of the system, and what Node makes of it",
  "tcp/connection.ts": "one state of one thing: what may come to a connection, and what the application may want of it",
  "web/connection.ts": "one state of one thing: all that may happen to a client's connection",
  "web/server-connection.ts": "the same for a server's connection",
};

/** What has no test of its own, and where it is tested instead. */
const TESTED_ELSEWHERE: Record<string, string> = {
  "cache/eviction/evictable.ts": "only types",
  "cache/explanation.ts": "only types",
  "cache/store.ts": "a contract: test/stores/contract.ts, run for each store",
  "commands/keep.ts": "test/commands/serve.test.ts and proxy.test.ts: it is what both commands have in common",
  "commands/option.ts": "test/commands/program.test.ts and proxy-words.test.ts, which meet every option",
  "socket/berkeley-datagram.ts": "test/socket/berkeley.test.ts, call by call",
  "socket/berkeley-stream.ts": "test/socket/berkeley.test.ts, call by call",
  "handlers/means.ts": "only types",
  "host/protocol.ts": "only types",
  "host/tcp-output.ts": "test/host/tcp.test.ts and tcp-segmentation.test.ts, on the cable",
  "link/device.ts": "test/link/packet-scenes.ts and tap-scenes.ts, which ask about devices of all kinds",
  "link/link.ts": "only types",
  "link/linux.ts": "test/link/tap.test.ts: calls of the system, each of which it needs",
  "link/packet-error.ts": "test/link/packet-socket.test.ts and packet-scenes.ts, which meet each of them",
  "link/packet-open.ts": "test/link/packet-socket.test.ts and packet-scenes.ts: only the kernel can say no",
  "link/poll.ts": "test/link/tap-scenes.ts, woken by a thread",
  "link/tap-error.ts": "test/link/tap.test.ts, which meets each of them",
  "link/tap-open.ts": "test/link/tap.test.ts: only the kernel can say no",
  "link/tap-wake.ts": "test/link/tap.test.ts and tap-scenes.ts, woken both ways",
  "handlers/start.ts": "a contract: test/handlers/start-contract.ts, run for each way to start a program",
  "socket/node-net-server.ts": "test/socket/node-net.test.ts, on each stage",
  "socket/node-net-socket.ts": "test/socket/node-net.test.ts, on each stage",
  "socket/simulated-host.ts": "test/socket/simulated.test.ts: it is what a simulation makes",
  "socket/simulated-lan.ts": "test/socket/simulated.test.ts: it is what a simulation makes",
  "socket/stack-datagrams.ts": "test/socket/stack.test.ts, in the contract of all carriers",
  "socket/stack-listener.ts": "test/socket/stack.test.ts, in the contract of all carriers",
  "socket/stack-socket.ts": "test/socket/stack.test.ts, in the contract of all carriers",
  "socket/socket.ts": "a contract: test/socket/contract.ts, run for each carrier",
  "socket/tls-carrier.ts": "test/socket/tls-socket.test.ts and tls.test.ts: nothing else is made of it",
  "http/message.ts": "types, and an error: test/http/reader.test.ts meets it in all its statuses",
  "stores/disk-body.ts": "test/stores/disk-store.test.ts and disk-damage.test.ts",
  "stores/disk-content.ts": "test/stores/disk-store.test.ts, in the contract of all stores",
  "stores/disk-entry.ts": "test/stores/disk-damage.test.ts, which damages each part of one",
  "stores/disk-filling.ts": "test/stores/disk-store.test.ts and disk-full.test.ts",
  "stores/disk-index.ts": "test/stores/disk-store.test.ts and disk-damage.test.ts",
  "stores/disk-keeper.ts": "test/stores/disk-store.test.ts and disk-full.test.ts",
  "stores/disk-ledger.ts": "test/stores/disk-damage.test.ts, disk-full.test.ts and disk-kill.test.ts",
  "stores/disk-open-index.ts": "test/stores/disk-damage.test.ts",
  "stores/disk-schema.ts": "test/stores/disk-store.test.ts: only SQLite can read it",
  "stores/disk-selection.ts": "test/stores/disk-store.test.ts, in the contract of all stores",
  "stores/shared-keeping.ts": "test/stores/shared-store.test.ts, in the contract of all stores",
  "stores/shared-link.ts": "test/stores/shared-store.test.ts and shared-client.test.ts",
  "stores/shared-scripts.ts": "test/stores/shared-store.test.ts: only a server can run them",
  "stores/shared-state.ts": "test/stores/shared-store.test.ts",
  "stores/filling-behind.ts": "test/stores/tiered-store.test.ts: what is too large for memory goes through it",
  "web/asking.ts": "only types",
  "web/connection.ts": "test/web/server.test.ts, as scenes",
  "web/exchange.ts": "test/web/server.test.ts, as scenes",
  "web/handler.ts": "only types",
  "web/incoming.ts": "test/web/server.test.ts, as scenes",
  "web/intake.ts": "test/web/server.test.ts, as scenes",
  "web/reply.ts": "test/web/server.test.ts, as scenes",
  "web/sending.ts": "test/web/server-connection.test.ts, as scenes",
  "web/upstream-faults.ts": "test/web/server-connection.test.ts, as scenes",
  "wire/print-checksum.ts": "test/wire/print.test.ts, which has one line of each that is wrong",
  "wire/print-icmp.ts": "test/wire/print.test.ts, line by line",
  "wire/print-tcp.ts": "test/wire/print.test.ts, line by line",
  "wire/pcapng-parse.ts": "test/wire/pcap-reader.test.ts: whatever it reads comes from there",
};

const files = globSync("**/*.ts", { cwd: "src" }).sort();
const sources = new Map(files.map((file) => [file, readFileSync(join("src", file), "utf8")]));
const code = new Map([...sources].map(([file, text]) => [file, withoutComments(text)]));

/** Whatever a file names to import: from, for its effect, on demand, or as a type. */
const IMPORTS = /\b(?:from|import|require)\s*\(?\s*(["'`])([^"'`\n]+)\1/g;

const imports = [...code].flatMap(([from, text]) =>
  [...text.matchAll(IMPORTS)].map(([, , to]) => ({ from, to: to!.startsWith(".") ? join(dirname(from), to!) : to! })),
);
const inside = imports.filter(({ to }) => sources.has(to));
const outside = imports.filter(({ to }) => !sources.has(to));

const folder = (file: string): string => file.split("/")[0]!;
const isIn = (file: string, list: readonly string[]): boolean =>
  list.some((entry) => (entry.endsWith("*") ? file.startsWith(entry.slice(0, -1)) : file === entry));
const arrow = ({ from, to }: { from: string; to: string }): string => `${from} → ${to}`;

test("each folder has a row, and each row a folder", () => {
  deepEqual(Object.keys(MAY_IMPORT).sort(), [...new Set(files.map(folder))].sort());
});

test("each row names only rows below it", () => {
  const rows = Object.keys(MAY_IMPORT);
  deepEqual(
    rows.filter((row, i) => MAY_IMPORT[row]!.some((below) => rows.indexOf(below) <= i)),
    [],
  );
});

test("imports follow the table", () => {
  deepEqual(
    inside
      .filter(({ from, to }) => folder(from) !== folder(to) && !MAY_IMPORT[folder(from)]?.includes(folder(to)))
      .map(arrow),
    [],
  );
});

test("above the socket, nobody knows a carrier", () => {
  deepEqual(
    inside
      .filter(({ from }) => KNOW_THE_CONTRACT_ONLY.includes(folder(from)))
      .filter(({ to }) => folder(to) === "socket" && to !== "socket/socket.ts")
      .map(arrow),
    [],
  );
});

test("the cores do no I/O", () => {
  deepEqual(
    outside.filter(({ from, to }) => to.startsWith("node:") && !isIn(from, MAY_TOUCH_THE_MACHINE)).map(arrow),
    [],
  );
});

test("whoever may touch the machine does", () => {
  const touching = outside.filter(({ to }) => to.startsWith("node:")).map(({ from }) => from);
  deepEqual(
    MAY_TOUCH_THE_MACHINE.filter((entry) => !touching.some((file) => isIn(file, [entry]))),
    [],
  );
});

test("the cores are told the time", () => {
  deepEqual(
    [...code]
      .filter(([file]) => CORES.includes(folder(file)) && MAY_USE_AMBIENT[file] === undefined)
      .flatMap(([file, text]) => text.match(AMBIENT)?.[0].replace(/^/, `${file}: `) ?? []),
    [],
  );
});

test("Node's own modules are named as such, and libraries are imported where their listing says", () => {
  deepEqual(
    outside
      .filter(({ to }) => !(to.startsWith("node:") && isBuiltin(to)))
      .filter(({ from, to }) => !isIn(from, LIBRARIES[to] ?? []))
      .map(arrow),
    [],
  );
});

test("what a package needs to run is what its sources import", () => {
  const { dependencies, optionalDependencies } = JSON.parse(readFileSync("package.json", "utf8"));
  deepEqual(
    Object.keys({ ...dependencies, ...optionalDependencies }).sort(),
    [...new Set(outside.map(({ to }) => to).filter((to) => !to.startsWith("node:")))].sort(),
  );
});

test("nobody uses HTTP but our own", () => {
  deepEqual(outside.filter(({ to }) => ["node:http", "node:https", "node:http2"].includes(to)).map(arrow), []);
});

test("no imports go round in a circle", () => {
  const circles: string[] = [];
  const done = new Set<string>();
  const visit = (file: string, way: readonly string[]): void => {
    if (way.includes(file)) circles.push([...way.slice(way.indexOf(file)), file].join(" → "));
    if (way.includes(file) || done.has(file)) return;
    for (const { from, to } of inside) if (from === file) visit(to, [...way, file]);
    done.add(file);
  };
  for (const file of files) visit(file, []);
  deepEqual(circles, []);
});

test("only index.ts passes on what others export", () => {
  deepEqual(
    [...code].filter(([file, text]) => file !== "index.ts" && /^export\b[^;]*?\bfrom\s*["']/m.test(text)).map(first),
    [],
  );
});

test("every export has a name", () => {
  deepEqual([...code].filter(([, text]) => /^export default\b|\bas default\b/m.test(text)).map(first), []);
});

test("every file's first line says what it is for", () => {
  deepEqual([...sources].filter(([, text]) => !/^(#!.*\n)?\/\*\*( |\n \* )\S/.test(text)).map(first), []);
});

test("every file has its test, or a reason why not", () => {
  const tests = globSync("**/*.test.ts", { cwd: "test" });
  const untested = files.filter((file) => !tests.includes(file.replace(/\.ts$/, ".test.ts")));
  deepEqual(untested, Object.keys(TESTED_ELSEWHERE).sort());
});

test("long files are known", () => {
  const long = [...sources].filter(([, text]) => text.split("\n").length - 1 > 300).map(first);
  deepEqual(long, Object.keys(HALLS).sort());
});

function first([file]: readonly [string, ...unknown[]]): string {
  return file;
}

/** Examples in comments import what the file itself does not. */
function withoutComments(text: string): string {
  return text.replace(/^\s*\/\*[\s\S]*?\*\//gm, "").replace(/^\s*\/\/.*$/gm, "");
}
