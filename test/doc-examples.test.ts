/**
 * Whatever `src` exports shows by an example how it is used, and the example is true.
 *
 * Each file's examples become a script that imports what they name; the compiler reads them all, and each is run.
 * Where a line ends in a value, `printDate(0); // "Thu, 01 Jan 1970 00:00:00 GMT"`, that is what must come out.
 */

import { deepEqual } from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { globSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { after, test } from "node:test";

interface Export {
  readonly file: string;
  readonly name: string;
  /** A function, a class, a value; a type has nothing that could run. */
  readonly isThing: boolean;
  readonly comment: string;
}

const ENDLESS = "it goes on until somebody ends it";
const ELSEWHERE = "it asks a maitred that runs elsewhere";

/** What the compiler alone checks, and why. */
const NOT_RUN: Record<string, string> = {
  "src/commands/cache.ts: cacheLs": ELSEWHERE,
  "src/commands/cache.ts: cacheStat": ELSEWHERE,
  "src/commands/capture.ts: captureCommand": ENDLESS,
  "src/commands/echo.ts: echoCommand": ENDLESS,
  "src/commands/explain.ts: explainCommand": ELSEWHERE,
  "src/commands/keep.ts: keepHouse": ENDLESS,
  "src/commands/print.ts: printCommand": "it prints",
  "src/commands/program.ts: runCommand": ENDLESS,
  "src/commands/proxy.ts: proxyCommand": ENDLESS,
  "src/commands/purge.ts: purgeCommand": ELSEWHERE,
  "src/commands/serve.ts: serveCommand": ENDLESS,
  "src/commands/signals.ts: askedToEnd": ENDLESS,
  "src/link/packet-socket.ts: openPacketSocket": ENDLESS,
  "src/link/tap.ts: openTap": "it takes a TAP device",
  "src/socket/tap.ts: tapNetwork": "it takes a TAP device",
};

const STAGE = new Set(Object.keys(await import("./stage.ts")));

const EXPORT =
  /(?:\/\*\*((?:(?!\*\/)[\s\S])*)\*\/\s*)?^export (?:async |abstract )*(function|class|const|let|interface|type)\*? (\w+)/gm;
const IMPORT = /^import (type )?\{([^}]*)\} from "([^"]+)";$/gm;
/** A name that stands for itself: not a property's, but after three dots it may. */
const IDENTIFIER = /(?:(?<=\.{3})|(?<![\w$.#"']))[A-Za-z_$][\w$]*/g;

const sources = new Map(globSync("src/**/*.ts").map((file) => [file, readFileSync(file, "utf8")]));
const exported = [...sources].flatMap(([file, text]) =>
  [...text.matchAll(EXPORT)].map(
    ([, comment = "", kind, name]): Export => ({
      file,
      name: name!,
      isThing: kind !== "interface" && kind !== "type",
      comment: comment.replace(/^ *\* ?/gm, ""),
    }),
  ),
);
const examples = exported.flatMap(({ file, name, comment }) =>
  comment
    .split(/^@example.*$/m)
    .slice(1)
    .map((code) => ({ file, name, code: code.trim() })),
);
const where = ({ file, name }: { file: string; name: string }): string => `${file}: ${name}`;

test("whatever is exported has a doc comment, or the first line of its file is about nothing else", () => {
  const things = exported.filter(({ isThing }) => isThing);
  const silent = things.filter(({ comment }) => comment.trim() === "");
  deepEqual(silent.filter(({ file }) => things.filter((one) => one.file === file).length > 1).map(where), []);
});

test("whatever is exported has an example, where it is not for this house alone", () => {
  const shown = new Set(examples.map(where));
  const silent = exported.filter((one) => one.isThing && !one.comment.includes("@internal") && !shown.has(where(one)));
  // A constant shows itself.
  deepEqual(silent.filter(({ name }) => name !== name.toUpperCase()).map(where), []);
});

test("what is not run is there", () => {
  deepEqual(
    Object.keys(NOT_RUN).filter((one) => !examples.map(where).includes(one)),
    [],
  );
});

const folder = mkdtempSync(join(tmpdir(), "maitred-examples-"));
symlinkSync(resolve("node_modules"), join(folder, "node_modules"));
after(() => rmSync(folder, { recursive: true, force: true }));

const scripts = Map.groupBy(examples, ({ file }) => file);
const scriptOf = (file: string): string => join(folder, file);
for (const [file, its] of scripts) {
  mkdirSync(dirname(scriptOf(file)), { recursive: true });
  writeFileSync(
    scriptOf(file),
    script(
      file,
      its.map(({ code }) => code),
    ),
  );
}

test("the compiler understands every example", () => {
  const compilerOptions = {
    allowImportingTsExtensions: true,
    rewriteRelativeImportExtensions: false,
    typeRoots: [resolve("node_modules/@types")],
    noUnusedLocals: false,
    noUnusedParameters: false,
  };
  const config = { extends: resolve("tsconfig.json"), compilerOptions, include: [folder] };
  writeFileSync(join(folder, "tsconfig.json"), JSON.stringify(config));
  // As the repository's: else the compiler would take the scripts for CommonJS.
  writeFileSync(join(folder, "package.json"), '{ "type": "module" }');
  const { stdout } = spawnSync(resolve("node_modules/.bin/tsc"), ["-p", folder], { encoding: "utf8" });
  deepEqual(stdout.split("\n").slice(0, 20), [""]);
});

for (const [file, its] of scripts) {
  for (const [i, example] of its.entries()) {
    if (NOT_RUN[where(example)] !== undefined) continue;
    test(`the example of ${example.name} in ${file} is true`, async (t) => {
      t.mock.method(console, "log", () => {});
      const module = await import(scriptOf(file));
      await module[`example${i}`]();
    });
  }
}

/** One function for each example, and the imports all of them need. */
function script(file: string, codes: readonly string[]): string {
  const imports = new Map<string, string>();
  const bodies = codes.map((code) =>
    code.replace(/^(?!(?:const|let|if|for|return|throw)\b)(\S.*);\s*\/\/ (.+)$/gm, checked),
  );
  for (const [name] of codes
    .join("\n")
    .replace(/\/\/ .*$/gm, "")
    .matchAll(IDENTIFIER)) {
    const line = importOf(name, file);
    if (line !== undefined) imports.set(name, line);
  }
  return [
    `import { same } from ${JSON.stringify(resolve("test/stage.ts"))};`,
    ...imports.values(),
    ...bodies.map(
      (body, i) => `export async function example${i}(): Promise<unknown> {\n${body}\nreturn undefined;\n}`,
    ),
    "",
  ].join("\n");
}

function checked(_: string, expression: string, comment: string): string {
  return `same(${expression}, ${JSON.stringify(comment)});`;
}

/** An example may name what its file exports or imports, what is on the stage, what any page knows, and what else is exported. */
function importOf(name: string, file: string): string | undefined {
  const from = (path: string, isThing: boolean): string =>
    `import { ${isThing ? "" : "type "}${name} } from ${JSON.stringify(path)};`;
  const fromOurs = (one: Export): string => from(resolve(one.file), one.isThing);
  const namesakes = exported.filter((one) => one.name === name);

  const own = namesakes.find((one) => one.file === file);
  if (own !== undefined) return fromOurs(own);
  for (const [, type, names, path] of sources.get(file)!.matchAll(IMPORT)) {
    const word = names!
      .split(",")
      .map((one) => one.trim())
      .find((one) => one === name || one === `type ${name}`);
    if (word === undefined) continue;
    // Whoever needs a thing for its type alone may find the thing itself on the stage.
    if ((type !== undefined || word !== name) && STAGE.has(name)) break;
    if (!path!.startsWith(".")) return from(path!, type === undefined && word === name);
    return fromOurs(namesakes.find((one) => one.file === join(dirname(file), path!))!);
  }
  if (STAGE.has(name)) return from(resolve("test/stage.ts"), true);
  if (name in globalThis) return undefined;
  return namesakes.length === 1 ? fromOurs(namesakes[0]!) : undefined;
}
