/** A cable in a network namespace of one's own: at one end the kernel, 10.0.0.1, at the other our own machine, 10.0.0.2. */

import { deepEqual, equal, fail } from "node:assert/strict";
import { execFileSync, spawn, spawnSync } from "node:child_process";
import { closeSync, openSync, writeFileSync, writeSync } from "node:fs";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { realClock } from "../../../src/base/clock.ts";
import { Random } from "../../../src/base/random.ts";
import { Host } from "../../../src/host/host.ts";
import { Capture } from "../../../src/link/capture.ts";
import type { Link } from "../../../src/link/link.ts";
import { openTap, type TapLink } from "../../../src/link/tap.ts";
import { patientClock } from "../../../src/socket/patient-clock.ts";
import type { Network } from "../../../src/socket/socket.ts";
import { stackNetwork } from "../../../src/socket/stack.ts";

export const KERNEL = 0x0a000001;

/** `ip` of iproute2. */
export const ip = (words: string): string => execFileSync("ip", words.split(" "), { encoding: "utf8" });

/** Says something to the kernel by way of /proc/sys: `net/ipv4/ip_forward`. */
export const sysctl = (name: string, value: string): void => writeFileSync(`/proc/sys/${name}`, value);

// Where Debian keeps what only root needs.
process.env.PATH += ":/usr/sbin:/sbin";

// Whoever starts this elsewhere shall not find devices and addresses on his machine.
deepEqual(ip("-oneline link").match(/^\d+: [^:]+/gm), ["1: lo"], "Run test/scenes/linux.test.ts instead");
ip("link set lo up");
try {
  sysctl("net/ipv6/conf/default/disable_ipv6", "1");
} catch {
  // Then it speaks no IPv6 at all.
}

export interface Cable {
  readonly host: Host;
  /** Our sockets; the kernel's are `kernel` of src/socket/kernel.ts. */
  readonly ours: Network;
  readonly tap: TapLink;
  /** What is to be done first when the test has ended, the last one before the others. */
  readonly leave: (() => unknown)[];
}

export interface CableOptions {
  /** Default 1500. */
  readonly mtu?: number;
  /** Whether long segments pass uncut. Default false: then what passes is what would pass on a cable. */
  readonly hasOffloads?: boolean;
  /** What the adapter is plugged into; by default the device itself. */
  readonly through?: (tap: Link) => Link;
  readonly isRouter?: boolean;
}

/** Both ends, up and running; all is gone after the test, which has failed if anything is left or has been misunderstood. */
export async function cable(t: TestContext, options: CableOptions = {}): Promise<Cable> {
  const { mtu = 1500, through, isRouter = false, hasOffloads = false } = options;
  const tap = await openDevice("tap0", "10.0.0.1/24", mtu, hasOffloads);
  const host = new Host({ clock: patientClock, random: new Random(7), isRouter });
  const leave: (() => unknown)[] = [];
  t.after(async () => {
    for (const last of leave.reverse()) await last();
    await undisturbed(host).finally(() => {
      host.close();
      ip("link del tap0");
    });
  });
  const seen = captured(t, tap);
  attach(host, through?.(seen) ?? seen, "10.0.0.2/24");
  // From here on each knows where the other is; for two hundred that knock at once there is no room to wait for that.
  await new Promise((resolve) => host.icmp.ping(KERNEL, { timeout: 10_000 }, resolve));
  return { host, ours: stackNetwork(host), tap, leave };
}

/** For who searches for a fault: CAPTURE names a folder, and each test leaves there what has passed, unless in long segments. */
function captured(t: TestContext, tap: TapLink): Link {
  const { CAPTURE } = process.env;
  if (CAPTURE === undefined || (tap.segmentation ?? 0) > 0) return tap;
  const file = openSync(join(CAPTURE, `${t.name.replaceAll(/\W+/g, "-")}.pcapng`), "w");
  t.after(() => closeSync(file));
  const capture = new Capture({ clock: realClock, sink: (bytes) => void writeSync(file, bytes), comment: t.name });
  return capture.around(tap, { name: tap.name });
}

/** Both manners, for scenes that are to be the same in both. */
export const OFFLOADS = [
  { hasOffloads: false, manner: "frame by frame" },
  { hasOffloads: true, manner: "in long segments" },
];

/** A device that is up, and the kernel's address at it. It stays when it is closed. */
export async function openDevice(name: string, address: string, mtu = 1500, hasOffloads = false): Promise<TapLink> {
  ip(`tuntap add dev ${name} mode tap`);
  ip(`link set ${name} mtu ${mtu}`);
  ip(`addr add ${address} dev ${name}`);
  const tap = await openTap({ name, hasOffloads });
  // Of a device that is up before it is opened the kernel may notice only within a second that frames can be sent to it.
  ip(`link set ${name} up`);
  return tap;
}

/** As src/socket/tap.ts does it. */
export function attach(host: Host, link: Link, address: string): void {
  host.attach(link, { address, ring: 1024, later: queueMicrotask });
}

/** Nothing that the kernel has said was found damaged, and no connection is left. */
async function undisturbed({ counters, interfaces, tcp }: Host): Promise<void> {
  const { ipInHdrErrors, ipInUnknownProtos, ipReasmFails, icmpInErrors, udpInErrors, tcpInErrs } = counters;
  deepEqual(
    { ipInHdrErrors, ipInUnknownProtos, ipReasmFails, icmpInErrors, udpInErrors, tcpInErrs },
    { ipInHdrErrors: 0, ipInUnknownProtos: 0, ipReasmFails: 0, icmpInErrors: 0, udpInErrors: 0, tcpInErrs: 0 },
  );
  for (const { adapter, name } of interfaces) equal(adapter.counters.inErrors, 0, name);
  // The last ACK may be under way.
  await until(
    () => tcp.streams.length === 0,
    () => `left: ${tcp.streams.map(({ state }) => state)}`,
  );
}

/** Waits until it is so; if that takes far too long, it is an error. */
export async function until(isSo: () => boolean, what: () => string): Promise<void> {
  for (const end = performance.now() + 20_000; !isSo(); await sleep(1)) {
    if (performance.now() > end) fail(`Waited for twenty seconds: ${what()}`);
  }
}

/** For scenes with a program that this machine may not have. */
export function needs(...programs: readonly string[]): { skip: string | false } {
  const missing = programs.filter((program) => spawnSync("sh", ["-c", `command -v ${program}`]).status !== 0);
  return { skip: missing.length > 0 && `no ${missing.join(", no ")} here` };
}

/** Runs a program to its end: what it printed, or an error with that and all complaints. */
export async function run(program: string, ...words: readonly string[]): Promise<string> {
  const child = spawn(program, words, { stdio: ["ignore", "pipe", "pipe"] });
  const said = { stdout: "", stderr: "" };
  for (const name of ["stdout", "stderr"] as const)
    child[name].setEncoding("utf8").on("data", (text) => (said[name] += text));
  const status = await new Promise((resolve, reject) => child.on("error", reject).on("close", resolve));
  if (status !== 0) throw new Error(`${program} ${words.join(" ")} ended with ${status}: ${said.stdout}${said.stderr}`);
  return said.stdout;
}
