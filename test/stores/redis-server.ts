/** A real Redis or Valkey, in a folder of its own, on a port that was free: for the tests that need one. */

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { type AddressInfo, createServer } from "node:net";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { setTimeout as later } from "node:timers/promises";
import { Redis } from "ioredis";

const FOLDERS = [...(process.env.PATH ?? "").split(delimiter), "/usr/local/bin", "/usr/bin", "/usr/sbin"];

/** The program; undefined where this machine has none. */
export const PROGRAM = ["redis-server", "valkey-server"]
  .flatMap((name) => FOLDERS.map((folder) => join(folder, name)))
  .find((path) => existsSync(path));

/** For `test` and `describe`. */
export const needsRedis = { skip: PROGRAM === undefined && "neither redis-server nor valkey-server here" };

/** Ends the server when we are gone, however we went: then its input ends. */
const KEEPER = `"$0" "$@" & echo $!; cat > /dev/null; kill -9 $! 2> /dev/null; wait`;

export class RedisServer {
  readonly folder: string;
  readonly port: number;
  readonly #words: readonly string[];
  #keeper: ChildProcess | undefined;
  #pid = 0;
  #client: Redis | undefined;

  /** Starts one, with such words on its command line: "--maxmemory", "4mb". */
  static async start(...words: string[]): Promise<RedisServer> {
    for (let tries = 0; ; tries++) {
      const folder = await mkdtemp(join(tmpdir(), "maitred-redis-"));
      const server = new RedisServer(folder, await freePort(), words);
      try {
        await server.run();
        return server;
      } catch (error) {
        await server[Symbol.asyncDispose]();
        // Somebody else has taken the port meanwhile.
        if (tries > 2 || !/already in use/.test(`${error}`)) throw error;
      }
    }
  }

  constructor(folder: string, port: number, words: readonly string[]) {
    this.folder = folder;
    this.port = port;
    this.#words = words;
  }

  get url(): string {
    return `redis://127.0.0.1:${this.port}`;
  }

  get path(): string {
    return join(this.folder, "socket");
  }

  /** Again, where it has been killed; with what it had saved. */
  async run(): Promise<void> {
    const always = ["--bind", "127.0.0.1", "--port", `${this.port}`, "--unixsocket", this.path, "--dir", this.folder];
    const log = join(this.folder, "log");
    await rm(log, { force: true });
    const quiet = ["--save", "", "--appendfsync", "no", "--logfile", log];
    this.#keeper = spawn("/bin/sh", ["-c", KEEPER, PROGRAM!, ...always, ...quiet, ...this.#words], {
      stdio: ["pipe", "pipe", "inherit"],
    });
    const [pid] = await once(this.#keeper.stdout!, "data");
    this.#pid = Number(`${pid}`);
    for (let tries = 0; ; tries++) {
      const said = existsSync(log) ? await readFile(log, "utf8") : "";
      if (said.includes("Ready to accept connections")) return;
      if (tries > 2000 || /# (?:Fatal|Failed)/.test(said)) throw new Error(`redis-server does not start: ${said}`);
      await later(5);
    }
  }

  /** As whoever runs it would. */
  ask(command: string, ...words: (string | number)[]): Promise<unknown> {
    this.#client ??= new Redis({ path: this.path, maxRetriesPerRequest: 3 }).on("error", () => {});
    return this.#client.call(command, ...words);
  }

  signal(name: NodeJS.Signals): void {
    process.kill(this.#pid, name);
  }

  async kill(): Promise<void> {
    this.#client?.disconnect();
    this.#client = undefined;
    const keeper = this.#keeper;
    this.#keeper = undefined;
    if (keeper === undefined || keeper.exitCode !== null) return;
    keeper.stdin!.end();
    await once(keeper, "exit");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill();
    await rm(this.folder, { recursive: true, force: true });
  }
}

/** Redis cannot be told to take any that is free. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}
