/**
 * Opens the house: the example site at http://localhost:8080/, and a proxy with a cache at localhost:3128, until Ctrl-C.
 * `npm start -- --port 3000 --proxy-port 3001` opens it at other ports; 0 is any that is free.
 */

import { parseArgs, styleText } from "node:util";
import { answersFor } from "../src/commands/answers.ts";
import { port } from "../src/commands/flags.ts";
import { proxyFor } from "../src/commands/proxy.ts";
import { Refusal, whyNotListening } from "../src/commands/refusal.ts";
import { askedToEnd } from "../src/commands/signals.ts";
import { log } from "../src/handlers/log.ts";
import { kernel } from "../src/socket/kernel.ts";
import { type Listener, printAddress } from "../src/socket/socket.ts";
import type { Handler } from "../src/web/handler.ts";
import { type Server, serveListener } from "../src/web/server.ts";

try {
  await openHouse(process.argv.slice(2));
} catch (error) {
  console.error(error instanceof Refusal ? error.message : error);
  process.exit(error instanceof Refusal ? 2 : 1);
}

async function openHouse(args: readonly string[]): Promise<void> {
  const ports = portsOf(args);
  // Nobody comes in, and nothing is said, before both doors are open.
  const web = await open("--port", ports.port);
  const proxy = await open("--proxy-port", ports["proxy-port"]);
  const webPort = portAt(web);

  const site = await answersFor("examples/site", {});
  // Tunnels go to https, and to the site, so that there is one to try.
  const connectPort = [[webPort, webPort]] as const;
  const between = await proxyFor({ host: "localhost", port: portAt(proxy), connectPort, cache: true });
  const servers = [keep(web, site.handler), keep(proxy, between.handler)];
  console.log(whatToTry(`localhost:${webPort}`, `localhost:${portAt(proxy)}`));

  await askedToEnd();
  await Promise.all(servers.map((server) => server.close()));
  await between.close();
  process.exit();
}

function portsOf(args: readonly string[]): { port: string; "proxy-port": string } {
  try {
    return parseArgs({
      args: [...args],
      options: {
        port: { type: "string", short: "p", default: "8080" },
        "proxy-port": { type: "string", default: "3128" },
      },
    }).values;
  } catch (error) {
    const [why] = (error as Error).message.split(". ");
    throw new Refusal(`Cannot open the house: ${why}. It takes --port and --proxy-port`, { cause: error });
  }
}

async function open(flag: string, text: string): Promise<Listener> {
  const address = { host: "localhost", port: port(text) };
  return kernel.listen(address).catch((error: unknown) => {
    const why = whyNotListening(error, address);
    throw why instanceof Refusal ? new Refusal(why.message.replace("--port", flag), { cause: why }) : why;
  });
}

function portAt({ address }: Listener): number {
  return "port" in address ? address.port : 0;
}

/** People see what is asked for, and what came of it. */
function keep(listener: Listener, handler: Handler): Server {
  const { stdout } = process;
  const write = (lines: string): void => void stdout.write(lines);
  const isForPeople = stdout.isTTY;
  const logged = isForPeople ? log(handler, { format: "pretty", write, colours: stdout.hasColors() }) : handler;
  return serveListener(listener, logged, {
    complain: (message, remote) => console.error(`${printAddress(remote)}: ${message}`),
  });
}

function whatToTry(web: string, proxy: string): string {
  return `${styleText("bold", "maitred")} serves examples/site on ${styleText("cyan", `http://${web}/`)}, and is a proxy with a cache on ${styleText("cyan", proxy)}

From another terminal, or with a browser:

  curl -v http://${web}/
  curl 'http://${web}/cgi-bin/adder?15000&213'
  curl -H 'Accept: application/json' http://${web}/images/
  curl -r 0-999 -o pi.txt http://${web}/pi.txt && curl -C - -o pi.txt http://${web}/pi.txt

  curl -v -x ${proxy} http://${web}/
  curl -v -p -x ${proxy} http://${web}/
  curl -x ${proxy} http://localhost:1/
  https_proxy=http://${proxy} curl -I https://example.com/

Say this twice, and Cache-Status tells what the cache did, and why:

  curl -v -x ${proxy} http://${web}/menu.txt

Ctrl-C ends it
`;
}
