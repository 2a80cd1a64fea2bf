/** The words of `maitred proxy`: its options, and what is said about them. */

import type { Command } from "commander";
import { cacheOptions } from "./cache-words.ts";
import { count, duration, oneOf, port, portRange, proxyName, several, severalOf } from "./flags.ts";
import { flag, houseOptions, limit, logOptions, tapOptions } from "./option.ts";

/**
 * Adds the command to those that there are.
 *
 * @example
 * addProxy(new Command("maitred"));
 */
export function addProxy(root: Command): void {
  const command = root
    .command("proxy")
    .summary("stand between clients and any server, or before servers of yours")
    .description(
      "A forward proxy for HTTP and, by tunnels, for everything else; with --to a reverse proxy before servers of yours.",
    )
    .helpOption("-h, --help", "say this")
    .optionsGroup("Where:")
    .addOption(flag("-p, --port <port>", "the port; 0: any that is free").argParser(port).default(3128))
    .addOption(flag("--host <host>", "the host name or address to listen on").default("localhost"))
    .addOption(flag("--lan", "listen on all addresses, so that others in the network may come").conflicts("host"))
    .addOption(flag("--unix <path>", "listen on a Unix-domain socket").conflicts(["port", "host", "lan"]));
  for (const option of tapOptions(["host", "lan", "unix"])) command.addOption(option);
  command
    .optionsGroup("Servers of yours (reverse):")
    .addOption(
      flag(
        "--to <url>",
        "http://host:port, https://…, unix:/path, each with ,weight=3; may come several times",
      ).argParser(several),
    )
    .addOption(
      flag(
        "--balance <policy>",
        "round-robin, least-connections, hash:path, hash:client, hash:header:NAME (default: round-robin)",
      ),
    )
    .addOption(
      limit("--tries <count>", "on how many servers a request is tried, where that is safe (default: 2)", count),
    )
    .addOption(
      flag("--health <path>", "ask each server for this now and then, and pass over who does not answer 2xx or 3xx"),
    )
    .addOption(limit("--health-interval <time>", "how often (default: 5s)", duration))
    .addOption(
      flag(
        "--host-field <whose>",
        "the client's Host or the upstream's own (default: client; upstream for https)",
      ).argParser(oneOf("--host-field", ["client", "upstream"])),
    )
    .addOption(flag("--ca <file>", "certificates that are believed, in place of the usual ones").argParser(several))
    .addOption(flag("--insecure", "believe any certificate"))
    .optionsGroup("Who may go where (forward):")
    .addOption(flag("--allow <pattern>", `only there: ${PATTERNS}; may come several times`).argParser(several))
    .addOption(flag("--deny <pattern>", "never there, whatever is allowed; may come several times").argParser(several))
    .addOption(
      flag(
        "--connect-port <port>",
        "where tunnels may go besides 443: 8443, 8000-8099; may come several times",
      ).argParser(severalOf(portRange("--connect-port"))),
    )
    .optionsGroup("Who may come:")
    .addOption(
      flag(
        "--from <network>",
        "only these clients: 10.0.0.0/8, ::1; may come several times (default: with --lan, this machine and private networks)",
      ).argParser(several),
    )
    .addOption(flag("--auth <user:password>", "ask for these"))
    .addOption(limit("--concurrency <count>", "exchanges at once; the others wait, with 1 strictly in turn", count))
    .optionsGroup("What it tells:")
    .addOption(
      flag(
        "--forwarded <style>",
        "x-forwarded, forwarded, both, none (default: x-forwarded with --to, else none)",
      ).argParser(oneOf("--forwarded", ["x-forwarded", "forwarded", "both", "none"])),
    )
    .addOption(flag("--trust <network>", "clients that are proxies, and tell for whom they ask").argParser(several))
    .addOption(
      flag("--name <name>", "who it is, in Via and Proxy-Status (default: maitred and a number)").argParser(proxyName),
    )
    .addOption(
      flag(
        "--profile <name>",
        "csapp: the proxy of the textbook, to the letter, which is not HTTP's in places",
      ).argParser(oneOf("--profile", ["csapp"])),
    )
    .optionsGroup("Cache:");
  for (const option of cacheOptions(true)) command.addOption(option);
  command
    .optionsGroup("Limits (times in seconds, or 500ms, 2m, 1h):")
    .addOption(limit("--connect-timeout <time>", "to reach a server (default: 10s)", duration))
    .addOption(limit("--answer-timeout <time>", "for a server to begin its answer (default: 60s)", duration))
    .addOption(limit("--read-timeout <time>", "for the next bytes of an answer (default: 60s)", duration))
    .addOption(limit("--tunnel-timeout <time>", "for a tunnel in which nothing is said (default: 1h)", duration))
    .addOption(limit("--connections <count>", "to one server at once; the others wait (default: 512)", count));
  for (const option of houseOptions()) command.addOption(option);
  command.optionsGroup("What it says:");
  for (const option of logOptions()) command.addOption(option);
  command.addHelpText("after", EXAMPLES).action(async (flags) => {
    const { proxyCommand } = await import("./proxy.ts");
    await proxyCommand(flags);
  });
}

const PATTERNS = "example.com, *.example.com, 10.0.0.0/8, each with :port";

const EXAMPLES = `
Examples:
  maitred proxy                                     then: curl -x localhost:3128 http://example.com/
  maitred proxy --allow '*.example.com' --connect-port 443 --connect-port 8443
  maitred proxy --to http://localhost:3001 --to http://localhost:3002 --port 8080 --health /
  maitred proxy --cache --memory 1G --admin         then: maitred cache stat
  maitred proxy --to 3000 --port 8080 --cache --ttl '/static/*=1d' --no-cache '/account/*'`;
