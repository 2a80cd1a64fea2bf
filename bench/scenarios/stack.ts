/** Our own TCP/IP: what one connection carries, in one memory and against the kernel, and what an idle one keeps. */

import { median } from "../load.ts";
import type { Goal, Result, Scenario } from "../scenario.ts";
import { type Bulk, inChild, inNamespace, noNamespace } from "../stack/child.ts";
import { figure, table } from "../table.ts";

const ROUNDS = 5;
const CONNECTIONS = 10_000;
/** KiB for each end. */
const IDLE_LIMIT = 4;

interface Way {
  readonly name: string;
  readonly measure: () => Promise<Bulk>;
  /** GB/s that must be reached. */
  readonly least?: number;
}

export const stackBulk: Scenario = {
  name: "stack",
  title: "One connection of our own TCP/IP, in one memory",
  how: `Two machines of ours in one process on one processor, joined by a pair of link ends; all checksums of IP and TCP are made and checked, no FCS. Bytes written in pieces of 256 KiB, read and given back; after a fifth more to warm up. Medians of ${ROUNDS} rounds, interleaved. The kernel's own TCP over its loopback interface (MTU 65536, no checksums there), also both ends in one process, stands beside it.`,
  peers: [],
  measure: (_peers, _site, isQuick) =>
    measured(
      [
        { name: "MTU 1500", measure: () => inChild("bulk.ts", 1500, isQuick ? 3e8 : 2e9), least: 0.5 },
        { name: "MTU 65000", measure: () => inChild("bulk.ts", 65_000, isQuick ? 1e9 : 8e9), least: 2 },
        { name: "the kernel, loopback", measure: () => inChild("kernel-bulk.ts", isQuick ? 1e9 : 8e9) },
      ],
      "in one memory",
      isQuick,
    ),
};

export const tapBulk: Scenario = {
  name: "tap",
  title: "One connection against the kernel, over a TAP device",
  how: `In a network namespace; we on one processor, the kernel's side (Node's sockets) on the other. As above otherwise. Long segments are cut by the kernel, and its own come uncut, as is the default; the lower rows are without that. CPU time is ours, with what the kernel does within our calls: to write a frame into the device is to run the kernel's receiving side.`,
  peers: [],
  async measure(_peers, _site, isQuick) {
    if (noNamespace !== false) return { table: "", goals: [], notes: [`Not measured: ${noNamespace}`] };
    const ways = [
      ...bothWays("MTU 1500", 0.25, () => inNamespace("tap.ts", 1500, isQuick ? 5e8 : 3e9, "offloads")),
      ...bothWays("MTU 65000", 1.5, () => inNamespace("tap.ts", 65_000, isQuick ? 1e9 : 6e9, "offloads")),
      ...bothWays("MTU 1500, each frame by itself", undefined, () => inNamespace("tap.ts", 1500, isQuick ? 2e8 : 1e9)),
      ...bothWays("MTU 65000, with checksums", undefined, () => inNamespace("tap.ts", 65_000, isQuick ? 1e9 : 4e9)),
    ];
    return measured(ways, "over TAP", isQuick);
  },
};

/** One run gives both. */
function bothWays(name: string, least: number | undefined, run: () => Promise<{ toUs: Bulk; fromUs: Bulk }>): Way[] {
  let both: ReturnType<typeof run>;
  const toUs = async (): Promise<Bulk> => {
    both = run();
    return (await both).toUs;
  };
  const fromUs = async (): Promise<Bulk> => (await both).fromUs;
  const goal = least === undefined ? {} : { least };
  return [
    { name: `${name}, to us`, measure: toUs, ...goal },
    { name: `${name}, from us`, measure: fromUs, ...goal },
  ];
}

async function measured(ways: readonly Way[], where: string, isQuick: boolean): Promise<Result> {
  const rounds = new Map<Way, Bulk[]>(ways.map((way) => [way, []]));
  for (let round = 0; round < (isQuick ? 1 : ROUNDS); round++) {
    for (const [way, its] of rounds) its.push(await way.measure());
  }
  const goals: Goal[] = [];
  const rows = [...rounds].map(([{ name, least }, its]) => {
    const perSecond = median(its.map(({ bytes, seconds }) => bytes / seconds / 1e9));
    const perCpu = median(its.map(({ bytes, cpuSeconds }) => bytes / cpuSeconds / 1e9));
    if (least !== undefined) {
      goals.push({
        name: `one connection ${where}, ${name}`,
        wanted: `≥ ${least} GB/s`,
        measured: `${figure(perSecond)} GB/s`,
        isMet: perSecond >= least,
      });
    }
    return [
      name,
      figure(perSecond),
      figure(perCpu),
      figure(Math.max(...its.map((one) => one.bytes / one.seconds / 1e9))),
    ];
  });
  return { table: table(["", "GB/s", "GB per CPU second", "best round, GB/s"], rows), goals, notes: [] };
}

export const stackIdle: Scenario = {
  name: "stack-idle",
  title: `${figure(CONNECTIONS)} idle connections of our own TCP/IP`,
  how: "Both ends in one process: each connection is opened, says a hundred bytes, is answered, and stays. Growth of the heap and of what it refers to, after garbage collection, by the number of ends.",
  peers: [],
  async measure() {
    const { bytes } = await inChild<{ bytes: number }>("idle.ts", CONNECTIONS);
    const kib = bytes / 1024;
    const goal: Goal = {
      name: "memory of an idle connection of our own TCP/IP",
      wanted: `≤ ${IDLE_LIMIT} KiB`,
      measured: `${figure(kib)} KiB`,
      isMet: kib <= IDLE_LIMIT,
    };
    return { table: table(["", "KiB each"], [["an end", figure(kib)]]), goals: [goal], notes: [] };
  },
};

const REQUESTS = { connections: 64, count: 500_000, least: 30_000 };

export const stackWeb: Scenario = {
  name: "stack-web",
  title: "The web server over our own TCP/IP, in one memory",
  how: `The 1 KiB file over ${REQUESTS.connections} connections kept alive: client, both stacks and server in one process on one processor. Medians of ${ROUNDS} rounds, after a fifth more to warm up.`,
  peers: [],
  async measure(_peers, site, isQuick) {
    const runs: { requests: number; seconds: number; cpuSeconds: number }[] = [];
    const count = isQuick ? REQUESTS.count / 5 : REQUESTS.count;
    for (let round = 0; round < (isQuick ? 1 : ROUNDS); round++) {
      runs.push(await inChild("requests.ts", site.root, REQUESTS.connections, count));
    }
    const perSecond = median(runs.map(({ requests, seconds }) => requests / seconds));
    const micros = median(runs.map(({ requests, cpuSeconds }) => (cpuSeconds / requests) * 1e6));
    const goal: Goal = {
      name: "web server over our own TCP/IP, requests/s",
      wanted: `≥ ${figure(REQUESTS.least)}`,
      measured: figure(perSecond),
      isMet: perSecond >= REQUESTS.least,
    };
    const rows = [["all of it", figure(perSecond), figure(micros)]];
    return { table: table(["", "requests/s", "CPU µs/request"], rows), goals: [goal], notes: [] };
  },
};
