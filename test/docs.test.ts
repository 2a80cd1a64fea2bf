/** What the documents say is so: links lead somewhere, commands exist, the table in prose is the table in code. */

import { deepEqual, equal } from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { existsSync, globSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { newCounters } from "../src/cache/counters.ts";
import { refuse } from "../src/handlers/refusal-page.ts";
import { Fields } from "../src/http/fields.ts";
import type { ProxyErrorType } from "../src/http/proxy-status.ts";
import { clientSettings } from "../src/web/client-options.ts";

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

const helps = new Map<string, string>();

/** What a command says of itself; it is asked once. */
function helpOf(command: string): string {
  let help = helps.get(command);
  if (help === undefined) {
    help = spawnSync(process.execPath, ["bin/maitred.js", ...command.split(" "), "--help"], {
      encoding: "utf8",
    }).stdout;
    helps.set(command, help);
  }
  return help;
}

test("every link within the repository leads somewhere", () => {
  const links = [...pages].flatMap(([page, text]) =>
    [...text.matchAll(/\]\((?!\w+:|#)([^)#\s]+)/g)].map(([, to]) => ({ page, to: to! })),
  );
  deepEqual(
    links.filter(({ page, to }) => !existsSync(join(dirname(page), to))),
    [],
  );
});

test("every function that is named with its file is in it", () => {
  const named = [...pages].flatMap(([page, text]) =>
    [...text.matchAll(/\[`(?:\w+\.)?(#?\w+)`\]\(([^)]*\/src\/[^)]+\.ts)\)/g)].map(([, name, to]) => ({
      page,
      name: name!,
      to: to!,
    })),
  );
  deepEqual(
    named.filter(({ page, name, to }) => !new RegExp(`${name}\\b`).test(readFileSync(join(dirname(page), to), "utf8"))),
    [],
  );
  equal(named.length > 40, true);
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
  const names = ["serve", "proxy", "purge", "cache ls", "cache stat", "explain", "echo", "capture", "print"];
  const known = Object.fromEntries(names.map((name) => [name, helpOf(name)]));
  const unknown = commands.flatMap(({ page, command }) =>
    command.split("|").flatMap((part) => {
      const [, subcommand = "serve", words = ""] =
        /^\s*(?:npx )?maitred(?: (serve|proxy|purge|cache ls|cache stat|explain|echo|capture|print)\b)?(.*)$/.exec(
          part,
        ) ?? [];
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

const proxy = pages.get("docs/proxy.md")!;
const cache = pages.get("docs/cache.md")!;

/** In the order of the help, those in one of its groups, or all. */
const optionsOf = (help: string): string[] =>
  [...help.matchAll(/^ {2}(?:-\w, )?(--[\w-]+)/gm)].map(([, option]) => option!).filter((name) => name !== "--help");

const isIn = (page: string, option: string): boolean => new RegExp(`${option}(?![\\w-])`).test(page);

test("the pages about the proxy and its cache tell of each of its options", () => {
  const options = optionsOf(helpOf("proxy"));
  deepEqual(
    options.filter((option) => !isIn(proxy + cache, option)),
    [],
  );
  equal(options.length > 30, true);
});

test("the page about the cache has a row for each option about it, and no other", () => {
  const about = optionsOf(/^Cache:\n(.*?)\n\n/ms.exec(helpOf("proxy"))![1]!);
  const rows = [.../^## Options$(.*?)^## /ms.exec(cache)![1]!.matchAll(/^\| (`--.*?) \| /gm)];
  const named = rows.flatMap(([, first]) => [...first!.matchAll(/`(--[\w-]+)/g)].map(([, option]) => option!));
  deepEqual(named.sort(), about.sort());
  const ofServe = optionsOf(/^Cache .*?:\n(.*?)\n\n/ms.exec(helpOf("serve"))![1]!);
  deepEqual(ofServe.sort(), about.sort());
});

test("the page about the cache tells of each option to purge, watch and ask", () => {
  for (const command of ["purge", "cache ls", "cache stat", "explain"]) {
    const options = optionsOf(helpOf(command)).filter((option) => option !== "--verbose");
    deepEqual(
      options.filter((option) => !isIn(cache, option)),
      [],
      command,
    );
  }
});

test("the page about watching packets has a row for each option of both commands, and no other", () => {
  const page = pages.get("docs/capture.md")!;
  const rows = [...page.matchAll(/^\| (?:`-\w`, )?`(--[\w-]+)[^|]* \| (x?) ?\| (x?) ?\| /gm)];
  for (const [command, place] of [
    ["capture", 2],
    ["print", 3],
  ] as const) {
    const inProse = rows.filter((row) => row[place] === "x").map(([, option]) => option!);
    const options = optionsOf(helpOf(command)).filter((option) => option !== "--verbose");
    deepEqual(inProse.sort(), options.sort(), command);
  }
});

test("the figures in prose are those in code", async () => {
  const { metricsOf } = await import("../src/handlers/cache-metrics.ts");
  const store = { name: "memory", responses: 0, used: 0, budget: 0, evictions: 0 };
  const { text } = await metricsOf(async () => ({
    name: "maitred",
    uptime: 0,
    counters: newCounters(),
    stores: [store],
  }));
  const inCode = [...(await text()).matchAll(/^# HELP maitred_cache_(\w+) /gm)].map(([, name]) => name!);
  const [, table] = /^\| name \| what it counts \|$(.*?)\n\n/ms.exec(cache)!;
  const inProse = [...table!.matchAll(/`(\w+)(?:\{\w+\})?`(?=[^|]* \|[^|]* \|$)/gm)].map(([, name]) => name!);
  deepEqual(inProse.sort(), inCode.sort());
});

test("the proxy's limits in prose are those in code", () => {
  const rows = [...proxy.matchAll(/^\| `(\w+)`.*? \| (\d+)( s)? \| (?:`(--[\w-]+)`)? ?\|$/gm)];
  const inProse = rows.map(([, name, number, unit]) => [name, Number(number) * (unit === undefined ? 1 : 1000)]);
  const { clock: _, limits: __, ...inCode } = clientSettings({});
  deepEqual(Object.fromEntries(inProse), inCode);

  const defaults = helpOf("proxy").replace(/\s+/g, " ");
  for (const [, name, number, unit, option] of rows) {
    if (option === undefined) continue;
    const told = new RegExp(`${option} <[^(]*\\(default: ${number}${unit?.trim() ?? ""}\\)`);
    equal(told.test(defaults), true, `${name}: the help of ${option} says something else`);
  }
});

test("each failure in prose has its status in code", () => {
  const rows = [...proxy.matchAll(/^\| .* \| `(\w+)` \| (\d{3}) \|$/gm)].map(([, type, status]) => [
    type,
    Number(status),
  ]);
  const request = { fields: new Fields() };
  deepEqual(
    rows,
    rows.map(([type]) => [type, refuse(type as ProxyErrorType, "", request, "maitred").status]),
  );
  equal(rows.length > 10, true);
});
