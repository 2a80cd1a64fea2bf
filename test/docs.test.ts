/** What the documents say is so: links lead somewhere, commands exist, the table in prose is the table in code. */

import { deepEqual, equal } from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, globSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { test } from "node:test";

const pages = new Map(
  globSync(["*.md", "docs/**/*.md", "bench/*.md"]).map((file) => [file, readFileSync(file, "utf8")] as const),
);

/** What stands in the code blocks for a shell, a command a line, without the remarks behind them. */
const commands = [...pages].flatMap(([page, text]) =>
  [...text.matchAll(/^```sh\n(.*?)^```/gms)]
    .flatMap(([, block]) => block!.split("\n"))
    .map((line) => ({ page, command: line.replace(/(^|\s)#.*$/, "").trim() }))
    .filter(({ command }) => command !== ""),
);

test("every link within the repository leads somewhere", () => {
  const links = [...pages].flatMap(([page, text]) =>
    [...text.matchAll(/\]\((?!\w+:|#)([^)#\s]+)/g)].map(([, to]) => ({ page, to: to! })),
  );
  deepEqual(
    links.filter(({ page, to }) => !existsSync(join(dirname(page), to))),
    [],
  );
});

test("every npm script that is named exists", () => {
  const { scripts } = JSON.parse(readFileSync("package.json", "utf8"));
  const named = [...pages].flatMap(([page, text]) =>
    [...text.matchAll(/\bnpm (?:run (\w+)|(start|test)\b)/g)].map(([, run, own]) => ({ page, script: run ?? own! })),
  );
  deepEqual(
    named.filter(({ script }) => scripts[script] === undefined),
    [],
  );
});

test("every option of maitred in a document is one that its help knows", () => {
  const help = (command: string): string =>
    spawnSync(process.execPath, ["bin/maitred.js", "help", command], { encoding: "utf8" }).stdout;
  const known: Record<string, string> = { serve: help("serve"), echo: help("echo") };
  const unknown = commands.flatMap(({ page, command }) =>
    command.split("|").flatMap((part) => {
      const [, subcommand = "serve", words = ""] = /^\s*(?:npx )?maitred(?: (serve|echo)\b)?(.*)$/.exec(part) ?? [];
      const options = words.match(/(?<=\s)--?[a-z][\w-]*/g) ?? [];
      return options
        .filter((option) => !new RegExp(`(^|[\\s,])${option}\\b`, "m").test(known[subcommand]!))
        .map((option) => `${page}: maitred ${subcommand} ${option}`);
    }),
  );
  deepEqual(unknown, []);
  equal(
    commands.some(({ command }) => command.startsWith("maitred")),
    true,
  );
});

test("the architecture's table in prose is the one in code", () => {
  const rows = [...pages.get("docs/architecture.md")!.matchAll(/^\| `(.*?)` \| (.*) \|$/gm)].map(
    ([, row, may]) => `${row}: ${may!.replaceAll(" (the contract)", "").replace("–", "")}`,
  );
  const code = readFileSync("test/architecture.test.ts", "utf8");
  const table = /MAY_IMPORT.*?= \{(.*?)^\};/ms.exec(code)![1]!;
  deepEqual(
    rows,
    [...table.matchAll(/^ {2}"?([\w.]+)"?: \[(.*)\],$/gm)].map(([, row, may]) => `${row}: ${may!.replaceAll('"', "")}`),
  );
});
