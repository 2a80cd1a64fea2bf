import { equal, match, rejects } from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { Command } from "commander";
import { runCommand } from "../../src/commands/program.ts";
import { addProxy } from "../../src/commands/proxy-words.ts";
import { Refusal } from "../../src/commands/refusal.ts";

const folder = await mkdtemp(join(tmpdir(), "maitred-words-"));
after(() => rm(folder, { recursive: true }));
const notes = join(folder, "notes.txt");
writeFileSync(notes, "no certificate");

const TO = ["--to", "3000"];
const REFUSED: [words: string[], message: string | RegExp][] = [
  [["--to", "ftp://a"], 'Cannot use the upstream "ftp://a": its scheme is neither http nor https'],
  [["--to", ""], 'Cannot use the upstream "": it names no host'],
  [["--to", "http://a:0"], 'Cannot use the upstream "http://a:0": its port is not a number from 1 to 65535'],
  [
    ["--to", "http://a,weight=0"],
    'Cannot use the upstream "http://a,weight=0": its weight is not a whole number from 1 to 10000',
  ],
  [["--to", "http://me:secret@a"], 'Cannot use the upstream "http://…@a": it holds a user name'],
  [["--allow", "http://a/"], 'Cannot read the pattern "http://a/": a pattern is a host, not a URL'],
  [["--deny", "10.0.0.0/40"], 'Cannot read the pattern "10.0.0.0/40": behind the "/" there is no number from 0 to 32'],
  [["--deny", "a*"], 'Cannot read the pattern "a*": a "*" may stand alone, or at the front as in *.example.com'],
  [["--from", "home"], 'Cannot let "home" in: "home" is not an IP address'],
  [[...TO, "--trust", "home"], 'Cannot let "home" in: "home" is not an IP address'],
  [["--auth", "mia"], "Cannot use the credentials: they are not written user:password"],
  [["--auth", ":secret"], 'Cannot use the credentials: there is no user before the ":"'],
  [["--connect-port", "70000"], 'Cannot use --connect-port "70000": it is neither a port nor two like 8000-8099'],
  [["--concurrency", "0"], 'Cannot use --concurrency "0": it is not a whole number above 0'],
  [["--connections", "many"], 'Cannot use --connections "many": it is not a whole number above 0'],
  [["--name", "two words"], 'Cannot use --name "two words": it is not one word of letters, digits and -._~'],
  [["--profile", "csap"], 'Cannot use --profile "csap": it is none of csapp (did you mean "csapp"?)'],
  [["--forwarded", "all"], 'Cannot use --forwarded "all": it is none of x-forwarded, forwarded, both, none'],
  [[...TO, "--host-field", "x"], 'Cannot use --host-field "x": it is none of client, upstream'],
  [["--connect-timeout", "soon"], 'Cannot use --connect-timeout "soon": it is not a time like 10, 1.5s, 500ms or 2m'],
  [["--tunnel-timeout", "-1"], 'Cannot use --tunnel-timeout "-1": it is not a time like 10, 1.5s, 500ms or 2m'],
  [
    [...TO, "--balance", "random"],
    'Cannot balance by "random": it is none of round-robin, least-connections, hash:path, hash:client, hash:header:NAME',
  ],
  [[...TO, "--balance", "hash:header:a b"], 'Cannot balance by "hash:header:a b": "a b" is not the name of a header'],
  [[...TO, "--health", "health"], 'Cannot check the health of upstreams: "health" is not a path'],
  [
    [...TO, "--health", "/", "--health-interval", "0"],
    "Cannot check the health of upstreams: interval is 0, which is not above 0",
  ],
  [["--ca", `${folder}/none.pem`], `Cannot use --ca "${folder}/none.pem": there is no such file`],
  [["--ca", notes], `Cannot use --ca "${notes}": there is no certificate in it (PEM)`],
  [["--ca", folder], `Cannot use --ca "${folder}": it is a folder`],
  ...["--allow", "--deny"].map((flag): [string[], string] => [
    [...TO, flag, "a"],
    `Cannot use ${flag} with --to: the servers are those that --to names, and no others`,
  ]),
  [
    [...TO, "--connect-port", "8443"],
    "Cannot use --connect-port with --to: the servers are those that --to names, and no others",
  ],
  [
    [...TO, "--profile", "csapp"],
    "Cannot use --profile with --to: the servers are those that --to names, and no others",
  ],
  ...["--balance hash:path", "--tries 3", "--health /", "--host-field client", "--trust ::1"].map(
    (words): [string[], string] => [
      words.split(" "),
      `Cannot use ${words.split(" ")[0]} without --to: it is about the servers that --to names`,
    ],
  ),
  [
    [...TO, "--health-interval", "1"],
    "Cannot use --health-interval without --health: it is what is asked for so often",
  ],
  [
    ["--profile", "csapp", "--connect-port", "22"],
    "Cannot use --connect-port with --profile: the textbook's proxy knows GET of http URLs only",
  ],
  [["--ttl", "/*=1h"], "Cannot use --ttl without --cache: it is about the cache"],
  [["--no-cache", "/*"], "Cannot use --no-cache without --cache: it is about the cache"],
  [["--admin"], "Cannot use --admin without --cache: it is about the cache"],
  [["--cache", "--ttl", "/*"], 'Cannot use --ttl "/*": it is not written pattern=time, like /static/*=1h'],
  [["--cache", "--cache-key", "x"], /^Cannot use --cache-key "x": it is none of -scheme, -host/],
  [["--memory", "much"], /^Cannot use --memory "much": it is not a size/],
  [
    ["--disk-size", "1G", "--cache"],
    "Cannot use --disk-size without --disk: it is how much may be kept in that folder",
  ],
  [["--shared", "localhost"], 'Cannot use the shared store "localhost": it is not like redis://host:6379'],
  [
    ["--profile", "csapp", "--cache"],
    "Cannot use --cache with --profile: the textbook's proxy has a cache by rules of its own",
  ],
  [
    ["--profile", "csapp", "--memory", "1M"],
    "Cannot use --memory with --profile: the textbook's proxy has a cache by rules of its own",
  ],
  [
    ["--lan", "--host", "x"],
    'Cannot understand the command: option "--lan" cannot be used with option "--host <host>"',
  ],
  [
    ["--unix", "x", "--port", "1"],
    'Cannot understand the command: option "--unix <path>" cannot be used with option "-p, --port <port>"',
  ],
  [["3128"], 'Cannot understand the command: too many arguments for "proxy". Expected 0 arguments but got 1: 3128'],
  [["--alow", "a"], 'Cannot understand the command: unknown option "--alow" (did you mean --allow?)'],
];

for (const [words, message] of REFUSED) {
  test(`maitred proxy ${words.join(" ").replaceAll(folder, "…")} is refused`, () =>
    rejects(runCommand(["proxy", ...words]), (error) => {
      if (typeof message === "string") equal((error as Error).message, message);
      else match((error as Error).message, message);
      return error instanceof Refusal;
    }));
}

test("the help names every option, and shows how it is used", () => {
  let help = "";
  const root = new Command("maitred").configureOutput({ writeOut: (text) => void (help += text) });
  addProxy(root);
  const proxy = root.commands[0]!;
  proxy.outputHelp();
  for (const { long } of proxy.options) match(help, new RegExp(`^ .*${long}\\b`, "m"));
  match(help, /maitred proxy --to http:/);
});
