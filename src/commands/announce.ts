/** What is said when the door is open: where to come in. */

import { networkInterfaces } from "node:os";
import { styleText } from "node:util";
import { type Address, printAddress } from "../socket/socket.ts";

/** The addresses of this machine, as the system tells them. */
type Interfaces = ReturnType<typeof networkInterfaces>;

/**
 * Where somebody who listens at these addresses can be reached: at this machine's own addresses first, then at those
 * by which others in the network may come. For HTTP these are URLs; echo has none, so there it is `host:port`, as
 * `--connect` takes it. A Unix-domain socket is named.
 *
 * @example
 * urlsOf([{ host: "127.0.0.1", port: 8080 }], "http"); // [{ url: "http://127.0.0.1:8080/", isNear: true }]
 */
export function urlsOf(
  addresses: readonly Address[],
  scheme: "http" | "echo",
  interfaces: Interfaces = networkInterfaces(),
): { url: string; isNear: boolean }[] {
  const urls = addresses.flatMap((address) => {
    if ("path" in address) return [{ url: `unix:${address.path}`, isNear: true }];
    return reachable(address.host, interfaces).map(({ host, isNear }) => {
      const place = printAddress({ host, port: address.port });
      // To URL, 80 is the port that need not be said.
      return { url: scheme === "http" ? new URL(`http://${place}`).href : place, isNear };
    });
  });
  return urls.sort((a, b) => Number(b.isNear) - Number(a.isNear));
}

/** "All addresses" is no address to come to: it stands for the loopback one and those of the interfaces. */
function reachable(host: string, interfaces: Interfaces): { host: string; isNear: boolean }[] {
  const family = host === "0.0.0.0" ? "IPv4" : host === "::" ? "IPv6" : undefined;
  if (family === undefined) return [{ host, isNear: /^127\.|^::1$/.test(host) }];
  const others = Object.values(interfaces)
    .flatMap((addresses) => addresses ?? [])
    // A link-local address means nothing without the name of its link, and browsers take no such name.
    .filter((address) => !address.internal && address.family === family && !/^fe[89ab]/i.test(address.address))
    .map(({ address }) => ({ host: address, isNear: false }));
  return [{ host: family === "IPv4" ? "127.0.0.1" : "::1", isNear: true }, ...others];
}

/**
 * For people a few words, for programs the bare addresses, a line for each.
 *
 * @example
 * announcement('serves "public"', [{ url: "http://127.0.0.1:8080/", isNear: true }], false); // "http://127.0.0.1:8080/\n"
 */
export function announcement(
  does: string,
  urls: readonly { url: string; isNear: boolean }[],
  isForPeople: boolean,
): string {
  if (!isForPeople) return urls.map(({ url }) => `${url}\n`).join("");
  const lines = urls.map(({ url, isNear }) => `  ${isNear ? "here    " : "network "} ${styleText("cyan", url)}\n`);
  return `${styleText("bold", "maitred")} ${does}\n${lines.join("")}Ctrl-C ends it\n`;
}
