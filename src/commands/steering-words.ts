/** The words of `maitred purge`, `maitred cache` and `maitred explain`: their options, and what is said about them. */

import type { Command, Option } from "commander";
import { isToken } from "../http/grammar.ts";
import { adminAddress, several } from "./flags.ts";
import { didYouMean } from "./nearest.ts";
import { flag } from "./option.ts";
import { Refusal } from "./refusal.ts";

/** Where the one listens whose cache it is. */
const where = (): Option =>
  flag("--admin <address>", "what its --admin opened: host:port or unix:/path")
    .argParser(adminAddress)
    .default({ host: "localhost", port: 3129 }, "localhost:3129")
    .helpGroup("Which maitred:");

const json = (): Option => flag("--json", "JSON, also on a terminal");

const verbose = (): Option => flag("-v, --verbose", "if something goes wrong, say where in the code");

/**
 * Adds the commands to those that there are.
 *
 * @example
 * addSteering(new Command("maitred"));
 */
export function addSteering(root: Command): void {
  addPurge(root);
  addCache(root);
  addExplain(root);
}

function addPurge(root: Command): void {
  const MANY = "may come several times";
  root
    .command("purge")
    .argument("[what...]", "URLs; with a * at the end all that begin so")
    .summary("take answers out of a running cache")
    .description("Takes answers out of the cache of a running maitred, or has them asked about before their next use.")
    .helpOption("-h, --help", "say this")
    .addOption(flag("--url <url>", `the answers to this URL; ${MANY}`).argParser(several))
    .addOption(flag("--prefix <prefix>", `to all URLs that begin so; ${MANY}`).argParser(several))
    .addOption(flag("--host-name <host>", `to all of this host; ${MANY}`).argParser(several))
    .addOption(
      flag("--tag <tag>", `that have this tag (Surrogate-Key, Cache-Tag, Cache-Groups); ${MANY}`).argParser(several),
    )
    .addOption(flag("--all", "all there are"))
    .addOption(flag("--soft", "keep them, and ask about them before their next use"))
    .addOption(where())
    .addOption(json())
    .addOption(verbose())
    .addHelpText("after", PURGE_EXAMPLES)
    .action(async (what: string[], flags) => {
      const { purgeCommand } = await import("./purge.ts");
      await purgeCommand(what, flags);
    });
}

const PURGE_EXAMPLES = `
Examples:
  maitred purge http://localhost:8080/menu
  maitred purge 'http://localhost:8080/images/*' --soft
  maitred purge --tag menu --admin unix:/run/maitred.sock
  maitred purge --all`;

function addCache(root: Command): void {
  const cache = root
    .command("cache")
    .summary("say what is in a running cache, and how it is doing")
    .description("Says what is in the cache of a running maitred, and how it is doing.")
    .helpOption("-h, --help", "say this")
    .helpCommand(false)
    .allowExcessArguments()
    .addHelpText("after", CACHE_EXAMPLES)
    .action(() => {
      const [word] = cache.args;
      if (word === undefined) return cache.help();
      const names = cache.commands.map((command) => command.name());
      throw new Refusal(`Cannot understand the command: there is no "cache ${word}"${didYouMean(word, names)}`);
    });
  cache
    .command("ls")
    .argument("[prefix]", "only what begins so: http://localhost:8080/")
    .summary("list what is in it")
    .description("Lists what is in it, a line each: JSON where it is not for a terminal.")
    .allowExcessArguments(false)
    .helpOption("-h, --help", "say this")
    .addOption(where())
    .addOption(json())
    .addOption(verbose())
    .action(async (prefix: string | undefined, flags) => {
      const { cacheLs } = await import("./cache.ts");
      await cacheLs(prefix, flags);
    });
  cache
    .command("stat")
    .summary("say how it is doing")
    .description("Says how it is doing: hits, misses, room. JSON where it is not for a terminal.")
    .allowExcessArguments(false)
    .helpOption("-h, --help", "say this")
    .addOption(where())
    .addOption(json())
    .addOption(verbose())
    .action(async (flags) => {
      const { cacheStat } = await import("./cache.ts");
      await cacheStat(flags);
    });
}

const CACHE_EXAMPLES = `
Examples:
  maitred cache stat
  maitred cache ls http://localhost:8080/images/
  maitred cache ls | jq -r .key`;

function addExplain(root: Command): void {
  root
    .command("explain")
    .argument("<url>", "what is asked for")
    .summary("say what a cache does with a request, and why")
    .description(
      "Says what the cache of a running maitred would do with a request, and why; or, directly, what any would do with a server's answer.",
    )
    .helpOption("-h, --help", "say this")
    .addOption(flag("-H, --header <line>", "a 'Name: value' of the request; may come several times").argParser(several))
    .addOption(flag("-X, --method <method>", "its method").argParser(method).default("GET"))
    .addOption(flag("--direct", "ask the server itself, and explain what a cache would do with its answer"))
    .addOption(
      flag("--ca <file>", "with --direct: certificates that are believed, in place of the usual ones").argParser(
        several,
      ),
    )
    .addOption(flag("--insecure", "with --direct: believe any certificate"))
    .addOption(where())
    .addOption(json())
    .addOption(verbose())
    .addHelpText("after", EXPLAIN_EXAMPLES)
    .action(async (url: string, flags) => {
      const { explainCommand } = await import("./explain.ts");
      await explainCommand(url, flags);
    });
}

function method(text: string): string {
  if (!isToken(text)) throw new Refusal(`Cannot use --method "${text}": it is not one word`);
  return text;
}

const EXPLAIN_EXAMPLES = `
Examples:
  maitred explain http://localhost:8080/menu
  maitred explain http://localhost:8080/menu -H 'Accept-Language: de' -H 'Cache-Control: no-cache'
  maitred explain --direct https://example.com/`;
