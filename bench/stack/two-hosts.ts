/** Two machines of ours in one memory, joined by a pair of link ends: no clock but the machine's, no FCS, all checksums of IP and TCP. */

import { realClock } from "../../src/base/clock.ts";
import { Random } from "../../src/base/random.ts";
import { Host } from "../../src/host/host.ts";
import { Pair } from "../../src/link/pair.ts";

export const SERVER = 0x0a000002;

/** `turn` carries what waits to the other side, and lets it be handled; it says whether there was something. */
export function twoHosts(mtu: number) {
  const runs: (() => void)[] = [];
  const later = (run: () => void): void => void runs.push(run);
  const pair = new Pair({ mtu });
  const client = new Host({ clock: realClock, random: new Random(1), name: "client" });
  const server = new Host({ clock: realClock, random: new Random(2), name: "server" });
  client.attach(pair.a, { address: "10.0.0.1/24", later });
  server.attach(pair.b, { address: "10.0.0.2/24", later });
  const turn = (): boolean => {
    const count = pair.deliver();
    for (const run of runs.splice(0)) run();
    return count > 0;
  };
  return { client, server, turn };
}
