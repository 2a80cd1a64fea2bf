/** The command line: which commands there are, which options they have, what is said about them. */

import { readFileSync } from "node:fs";
import { styleText } from "node:util";
import { Command, CommanderError } from "commander";
import { cacheOptions } from "./cache-words.ts";
import { count, duration, hostAndPort, port, several } from "./flags.ts";
import { didYouMean } from "./nearest.ts";
import { flag, houseOptions, logOptions, tapOptions } from "./option.ts";
import { addPackets } from "./packet-words.ts";
import { addProxy } from "./proxy-words.ts";
import { Refusal } from "./refusal.ts";
import { addSteering } from "./steering-words.ts";

/**
 * Does what the words of a command line say. What each command needs is loaded when it is chosen: whoever
 * asks for help does not wait for a web server. Fails with a Refusal where the words are not understood.
 *
 * @example
 * await runCommand(["serve", "public", "--port", "0"]);
 */
export async function runCommand(words: readonly string[]): Promise<void> {
  try {
    await maitred().parseAsync(words, { from: "user" });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    // Help and version were asked for, and given.
    if (error.exitCode === 0) return;
    throw new Refusal(`Cannot understand the command: ${inOneLine(error.message)}`, { cause: error });
  }
}

function maitred(): Command {
  const root = new Command("maitred")
    .usage("[folder] [options]")
    .description("Serves a folder and its CGI programs over HTTP, from the socket up.")
    .version(version(), "-V, --version", "say which version this is")
    .helpOption("-h, --help", "say this")
    .helpCommand(false)
    .configureHelp({ styleTitle: (title) => styleText("bold", title) })
    .configureOutput({ outputError: () => {} })
    .exitOverride();
  addServe(root);
  addProxy(root);
  addSteering(root);
  addEcho(root);
  addPackets(root);
  addHelp(root);
  return root.addHelpText("after", ROOT_EXAMPLES);
}

const ROOT_EXAMPLES = `
Without a command it serves: all options of "maitred serve" may follow.

Examples:
  maitred                          this folder, at http://localhost:8080/
  maitred public --port 3000       another folder, at another port
  maitred help serve               all its options`;

function addServe(root: Command): void {
  const serve = root
    .command("serve", { isDefault: true })
    .argument("[what]", 'a folder, or a module that says "export default { fetch(request) { … } }"', ".")
    .summary("serve a folder, or a program of yours")
    .description("Serves a folder with its CGI programs (cgi-bin/), or a program of yours, over HTTP.")
    .helpOption("-h, --help", "say this")
    .optionsGroup("Where:")
    .addOption(flag("-p, --port <port>", "the port; 0: any that is free").argParser(port).default(8080))
    .addOption(flag("--host <host>", "the host name or address to listen on").default("localhost"))
    .addOption(flag("--lan", "listen on all addresses, so that others in the network may come").conflicts("host"))
    .addOption(flag("--unix <path>", "listen on a Unix-domain socket").conflicts(["port", "host", "lan"]));
  for (const option of tapOptions(["host", "lan", "unix"])) serve.addOption(option);
  serve
    .optionsGroup("Files:")
    .addOption(flag("--spa", "answer with /index.html where there is no such file"))
    .addOption(flag("--clean-urls", "/about serves about.html"))
    .addOption(flag("--listing", "list folders without index.html (the default)"))
    .addOption(flag("--no-listing", "do not"))
    .addOption(flag("--404 <page>", "the page for what is not there").default("404.html"))
    .addOption(flag("--dotfiles", "serve files whose name begins with a dot"))
    .optionsGroup("Answers:")
    .addOption(flag("--cors", "let pages of all origins read the answers"))
    .addOption(flag("--coi", "isolate pages from other origins, as SharedArrayBuffer asks for"))
    .addOption(flag("--header <line>", "add 'Name: value' to every answer; may come several times").argParser(several))
    .addOption(flag("--redirect <rule>", "/a=/b, /a/*=/b/*, /a=/b:308; may come several times").argParser(several))
    .optionsGroup("Programs:")
    .addOption(flag("--no-cgi", "do not run what lies in cgi-bin/"))
    .addOption(
      flag("--cgi-timeout <time>", "how long a program may be silent (default: 60s)").argParser(
        duration("--cgi-timeout"),
      ),
    )
    .addOption(
      flag("--cgi-limit <count>", "how many run at once; the others wait (default: 32)").argParser(
        count("--cgi-limit"),
      ),
    )
    .optionsGroup("Other servers:")
    .addOption(
      flag("--proxy <rule>", "/api=http://localhost:3000 passes that path on; may come several times").argParser(
        several,
      ),
    )
    .optionsGroup("Cache (of what programs and other servers say):");
  for (const option of cacheOptions(false)) serve.addOption(option);
  serve.optionsGroup("Limits (times in seconds, or 500ms, 2m, 1h):");
  for (const option of houseOptions()) serve.addOption(option);
  serve.optionsGroup("What it says:");
  for (const option of logOptions()) serve.addOption(option);
  serve.addHelpText("after", SERVE_EXAMPLES).action(async (what: string, flags) => {
    const { serveCommand } = await import("./serve.ts");
    await serveCommand(what, flags, namesOf(root));
  });
}

const SERVE_EXAMPLES = `
Examples:
  maitred serve public --lan --spa
  maitred serve app.ts --port 3000 --log json
  maitred serve --header 'Cache-Control: no-store' --redirect /old=/new`;

function addEcho(root: Command): void {
  const echo = root
    .command("echo")
    .summary("say back whatever is said, or talk to one who does")
    .description("Says back whatever is said (RFC 862), to many at once; or talks to one who does.")
    .helpOption("-h, --help", "say this")
    .addOption(flag("-p, --port <port>", "the port; 0: any that is free").argParser(port).default(7))
    .addOption(flag("--host <host>", "the host name or address to listen on").default("localhost"))
    .addOption(flag("--udp", "datagrams instead of connections"))
    .addOption(
      flag("--connect <host:port>", "send what comes in, print what comes back")
        .argParser(hostAndPort)
        .conflicts(["port", "host"]),
    );
  for (const option of tapOptions(["host"])) echo.addOption(option);
  echo
    .addOption(flag("-v, --verbose", "if something goes wrong, say where in the code"))
    .addHelpText("after", ECHO_EXAMPLES)
    .action(async (flags) => {
      const { echoCommand } = await import("./echo.ts");
      await echoCommand(flags);
    });
}

const ECHO_EXAMPLES = `
Examples:
  maitred echo --port 7007
  printf hello | maitred echo --connect localhost:7007`;

function addHelp(root: Command): void {
  root
    .command("help")
    .argument("[command]", "about this one")
    .summary("say what a command does")
    .description("Says what a command does, and which options it has.")
    .helpOption("-h, --help", "say this")
    .addHelpText("after", "\nExample:\n  maitred help serve")
    .action((name: string | undefined) => {
      if (name === undefined) return root.help();
      const command = root.commands.find((command) => command.name() === name);
      if (command !== undefined) return command.help();
      throw new Refusal(`Cannot help with "${name}": there is no such command${didYouMean(name, namesOf(root))}`);
    });
}

const namesOf = (root: Command): string[] => root.commands.map((command) => command.name());

/** The same place in a checkout and in the package: two folders up, from src/ or from dist/. */
const version = (): string => JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8")).version;

/** commander puts its hint on a second line, and its values into the quotes of a shell. */
const inOneLine = (message: string): string =>
  message
    .replace(/^error: /, "")
    .replace(/\.$/, "")
    .replace(/\s*\n\s*\(Did/, " (did")
    .replaceAll("'", '"');
