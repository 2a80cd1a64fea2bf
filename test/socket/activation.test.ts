import { deepEqual, equal, match, rejects } from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, renameSync, rmSync } from "node:fs";
import * as net from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { inheritedListeners } from "../../src/socket/activation.ts";
import { kernel } from "../../src/socket/kernel.ts";
import { SocketError } from "../../src/socket/socket.ts";

const folder = mkdtempSync(join(tmpdir(), "maitred-activation-"));
after(() => rmSync(folder, { recursive: true }));

type Env = Record<string, string | undefined>;

const NONE: [what: string, env: Env][] = [
  ["nothing was handed over", {}],
  ["they are for another process", { LISTEN_PID: "41", LISTEN_FDS: "1" }],
  ["they are for another process, and more than anybody has", { LISTEN_PID: "41", LISTEN_FDS: "999999" }],
  ["there are none", { LISTEN_PID: "42", LISTEN_FDS: "0" }],
];

for (const [what, env] of NONE) {
  test(`no listener where ${what}`, async () => deepEqual(await inheritedListeners(env, 42), []));
}

const SENSELESS: [env: Env, message: RegExp][] = [
  [{ LISTEN_FDS: "1" }, /LISTEN_PID="" is not a whole number/],
  [{ LISTEN_PID: "42" }, /LISTEN_FDS="" is not a whole number/],
  [{ LISTEN_PID: "me", LISTEN_FDS: "1" }, /LISTEN_PID="me" is not a whole number/],
  [{ LISTEN_PID: "42", LISTEN_FDS: "-1" }, /LISTEN_FDS="-1" is not a whole number/],
  [{ LISTEN_PID: "42", LISTEN_FDS: "0x1" }, /LISTEN_FDS="0x1" is not a whole number/],
  [{ LISTEN_PID: "42", LISTEN_FDS: "1025" }, /LISTEN_FDS="1025" is more than 1024 sockets/],
  [{ LISTEN_PID: "42", LISTEN_FDS: "1", LISTEN_FDNAMES: "a:b" }, /LISTEN_FDNAMES="a:b" is 2 names for 1 sockets/],
];

for (const [env, message] of SENSELESS) {
  test(`${JSON.stringify(env)} makes no sense`, () =>
    rejects(
      inheritedListeners(env, 42),
      (error: unknown) => error instanceof SocketError && error.code === "EINVAL" && message.test(error.message),
    ));
}

test("the variables are taken away, and others left alone", async () => {
  const env: Env = { LISTEN_PID: "41", LISTEN_FDS: "1", LISTEN_FDNAMES: "web", PATH: "/bin" };
  await inheritedListeners(env, 42);
  deepEqual(env, { PATH: "/bin" });
});

/** Says where it listens, then says back once what it hears on each. */
const CHILD = `
import { inheritedListeners } from ${JSON.stringify(join(process.cwd(), "src/socket/activation.ts"))};
process.env.LISTEN_PID ??= String(process.pid);
try {
  const listeners = await inheritedListeners();
  console.log(JSON.stringify({ addresses: listeners.map(({ address }) => address), left: process.env.LISTEN_FDS }));
  for (const listener of listeners) {
    const socket = await listener.accept();
    await socket.write(await socket.read());
    await socket.end();
    await socket.read();
    await listener.close();
  }
} catch (error) {
  console.log(error.code + ": " + error.message);
}
`;

/** Starts a child as systemd does: with open descriptors from 3 on. */
async function activated(
  descriptors: (number | "ignore")[],
  env: Env,
): Promise<{ line: string; ended: Promise<unknown> }> {
  const child = spawn(process.execPath, ["--input-type=module", "--eval", CHILD], {
    stdio: ["ignore", "pipe", "inherit", ...descriptors],
    env: { ...process.env, ...env },
  });
  const ended = once(child, "exit");
  const [line] = await once(child.stdout!.setEncoding("utf8"), "data");
  return { line, ended };
}

/** A listening socket of this process, as a descriptor. */
async function listening(at: net.ListenOptions): Promise<{ server: net.Server; fd: number }> {
  const server = net.createServer().listen(at);
  await once(server, "listening");
  return { server, fd: (server as unknown as { _handle: { fd: number } })._handle.fd };
}

test("a child listens on what its parent has opened: TCP and Unix-domain", async () => {
  const path = join(folder, "inherited.sock");
  const one = await listening({ host: "127.0.0.1", port: 0 });
  const two = await listening({ path });
  const { port } = one.server.address() as net.AddressInfo;
  const { line, ended } = await activated([one.fd, two.fd], { LISTEN_FDS: "2", LISTEN_FDNAMES: "web:local" });
  deepEqual(JSON.parse(line), { addresses: [{ host: "127.0.0.1", port }, { path }] });
  // From here on the child alone accepts. (libuv removes the path it has bound, but not what it is called now.)
  const renamed = join(folder, "renamed.sock");
  renameSync(path, renamed);
  one.server.close();
  two.server.close();
  for (const address of [{ host: "127.0.0.1", port }, { path: renamed }]) {
    const socket = await kernel.connect(address);
    await socket.write(Buffer.from("hello"));
    equal(String(await socket.read()), "hello");
    await socket.end();
  }
  await ended;
});

test("a descriptor that is not open is named", async () => {
  const { line, ended } = await activated([], { LISTEN_FDS: "1" });
  match(line, /^(EBADF|EINVAL): Cannot listen on the inherited descriptor 3: /);
  await ended;
});

test("a file is no socket", async () => {
  const { line, ended } = await activated(["ignore"], { LISTEN_FDS: "1" });
  match(line, /^EINVAL: Cannot listen on the inherited descriptor 3: /);
  await ended;
});
