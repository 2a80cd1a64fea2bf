/** http-cache-tests, the suite behind https://cache-tests.fyi, as its npm package has it: its server, its client, its judgement. */

import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { devNull } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { versionOf } from "../peers/npm.ts";
import { CLIENT_CPU, pinned } from "../server.ts";
import type { Finding, Kind } from "./finding.ts";

const folder = join(import.meta.dirname, "../npm/node_modules/http-cache-tests");

/** Undefined where it can neither be found nor installed. */
export const suiteVersion = (): string | undefined => versionOf("http-cache-tests");

/** A test, as far as we need it. */
interface Test {
  readonly id: string;
  readonly name: string;
  /** Default "required". */
  readonly kind?: Kind;
  readonly depends_on?: readonly string[];
  readonly browser_only?: boolean;
}

/** True, or what kind of thing went wrong, and what. */
type Outcome = true | readonly [kind: string, why: string];

/** Its server, which answers as each test tells it. */
export class TestServer {
  readonly port: number;
  readonly #child: ChildProcess;

  private constructor(port: number, child: ChildProcess) {
    this.port = port;
    this.#child = child;
  }

  static async start(): Promise<TestServer> {
    const [program, ...words] = pinned(CLIENT_CPU, [process.execPath, join(import.meta.dirname, "test-server.js")]);
    const child = spawn(program!, words, {
      cwd: folder,
      stdio: ["ignore", "pipe", "inherit"],
      env: { ...process.env, npm_config_protocol: "http", npm_config_port: "0", npm_config_pidfile: devNull },
    });
    const [said] = await once(child.stdout!, "data");
    child.stdout!.resume();
    return new TestServer(Number(/:(\d+)\//.exec(String(said))?.[1]), child);
  }

  async stop(): Promise<void> {
    const exit = once(this.#child, "exit");
    this.#child.kill();
    await exit;
  }
}

/** All of the tests that are meant for a shared cache, through the one at this port. */
export async function runSuite(port: number): Promise<Finding[]> {
  const client = [process.execPath, "--no-warnings", join(import.meta.dirname, "test-client.js")];
  const [program, ...words] = pinned(CLIENT_CPU, client);
  const { stdout } = await promisify(execFile)(program!, words, {
    cwd: folder,
    env: { ...process.env, npm_config_base: `http://127.0.0.1:${port}`, npm_config_id: "", npm_package_config_id: "" },
    maxBuffer: 2 ** 24,
  });
  const outcomes: Record<string, Outcome> = JSON.parse(stdout.slice(stdout.indexOf("{\n")));
  const { default: groups } = await import(join(folder, "tests/index.mjs"));
  const tests: Test[] = groups.flatMap(({ tests }: { tests: Test[] }) => tests);
  return judge(
    tests.filter((test) => test.browser_only !== true),
    outcomes,
  );
}

/** As its own display does: what depends on something that fails counts as failed, whatever came out. */
function judge(tests: readonly Test[], outcomes: Record<string, Outcome>): Finding[] {
  const byId = new Map(tests.map((test) => [test.id, test]));
  const complaint = ({ id, depends_on = [] }: Test): string | undefined => {
    const outcome = outcomes[id];
    if (outcome === undefined) return "it was not run";
    const missing = depends_on.find((other) => complaint(byId.get(other)!) !== undefined);
    if (missing !== undefined) return `it depends on ${missing}`;
    return outcome === true ? undefined : `${outcome[0] === "Setup" ? "setup: " : ""}${outcome[1]}`;
  };
  return tests.map((test) => ({ id: test.id, name: test.name, kind: test.kind ?? "required", wrong: complaint(test) }));
}
