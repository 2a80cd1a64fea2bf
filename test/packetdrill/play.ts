/** Plays a script on a machine, event by event, and says how it went. */

import { addressOf } from "./arguments.ts";
import { checkAssertions } from "./assertions.ts";
import type { Machine, Wishes } from "./machine.ts";
import { printExpected, seconds } from "./printed.ts";
import { Failed, NotSupported } from "./problems.ts";
import type { PacketAction, Script, ScriptEvent } from "./script.ts";
import { type Pending, System } from "./system.ts";
import { DEFAULT_PORT } from "./system-calls.ts";
import { Wire } from "./wire.ts";

export interface Played {
  readonly outcome: "passed" | "failed" | "not supported";
  /** Where it ended, if it did not pass, and why. */
  readonly line: number | undefined;
  readonly why: string | undefined;
  /** What was passed over: code and commands, which we do not run. */
  readonly leftOut: readonly string[];
  /** Packets that came out and that no line speaks of, after the last event. */
  readonly unread: readonly string[];
}

/** As long as somebody waits for a packet whose time is `*`. */
const PATIENCE = 3_600_000;

export interface PlayOptions {
  /** See `Strictness`. Default false. */
  readonly isLoose?: boolean;
}

export function play(script: Script, machineFor: (wishes: Wishes) => Machine, options: PlayOptions = {}): Played {
  const leftOut: string[] = [];
  let player: Player | undefined;
  try {
    player = new Player(script, machineFor(wishesOf(script, leftOut)), options);
    player.play(leftOut);
    return { outcome: "passed", line: undefined, why: undefined, leftOut, unread: player.unread() };
  } catch (error) {
    if (!(error instanceof Failed || error instanceof NotSupported)) throw error;
    const outcome = error instanceof Failed ? "failed" : "not supported";
    return { outcome, line: player?.line, why: error.message, leftOut, unread: [] };
  } finally {
    player?.close();
  }
}

class Player {
  /** Of the event that is under way. */
  line: number | undefined;
  readonly #script: Script;
  readonly #machine: Machine;
  readonly #wire: Wire;
  readonly #system: System;
  readonly #tolerance: number;
  readonly #tolerancePercent: number;
  readonly #start: number;
  /** The call that has begun and not come back, and when it is to. */
  #pending: { call: Pending; event: ScriptEvent; end: number } | undefined;
  #last: { event: ScriptEvent; at: number } | undefined;

  constructor(script: Script, machine: Machine, { isLoose = false }: PlayOptions) {
    this.#script = script;
    this.#machine = machine;
    this.#tolerance = Number(optionOf(script, "tolerance_usecs") ?? 4000) / 1000;
    const stampTick = Number(optionOf(script, "tcp_ts_tick_usecs") ?? 0) / 1000;
    this.#wire = new Wire(machine, DEFAULT_PORT, { isLoose, stampTick, tolerance: this.#tolerance });
    this.#system = new System(machine, this.#wire);
    this.#tolerancePercent = Number(optionOf(script, "tolerance_percent") ?? 0);
    this.#start = machine.now();
  }

  play(leftOut: string[]): void {
    for (const event of this.#script.events) {
      this.line = event.line;
      const passedOver = this.#run(event);
      if (passedOver !== undefined) leftOut.push(`line ${event.line}: ${passedOver}`);
    }
    this.line = this.#pending?.event.line;
    this.#finishCall();
  }

  unread(): string[] {
    return this.#wire.leftovers().map(({ at, text }) => `${seconds(at - this.#start)} > ${text}`);
  }

  close(): void {
    this.#machine.close();
  }

  /** Says what could not be done, and may be passed over. */
  #run(event: ScriptEvent): string | undefined {
    const { action, time } = event;
    const base = time.kind === "absolute" ? 0 : this.#baseFor(event);
    const at = base + time.from;
    if (action.kind === "packet" && action.direction === ">") {
      this.#expect(action, time.kind === "any" ? undefined : { from: at, until: base + (time.until ?? time.from) });
      this.#last = { event, at: this.#now() };
      return undefined;
    }
    this.#goTo(at);
    if (this.#now() > at + this.#allowance(at))
      throw new Failed(`this at ${seconds(at)}`, `a time when it is ${seconds(this.#now())}`);
    if (action.kind === "packet") this.#wire.inject(action);
    else if (action.kind === "call") this.#begin(event, at, base);
    this.#last = { event, at };
    this.#retry();
    if (action.kind === "shell") return `\`${action.command}\``;
    if (action.kind !== "code") return undefined;
    const isChecked = checkAssertions(action.text, this.#system.current?.info() ?? new Map());
    return isChecked ? undefined : `%{ ${action.text} }%`;
  }

  /** Relative times count from now, but of packets that go in one behind the other from the last one's own time. */
  #baseFor({ action }: ScriptEvent): number {
    const isIn = (one: ScriptEvent["action"]): boolean => one.kind === "packet" && one.direction === "<";
    const last = this.#last;
    return last !== undefined && isIn(last.event.action) && isIn(action) ? last.at : this.#now();
  }

  /** On the script's own scale, which begins with its first event. */
  #now(): number {
    return this.#machine.now() - this.#start;
  }

  #allowance(at: number): number {
    return Math.max(this.#tolerance, ((at - (this.#last?.at ?? at)) * this.#tolerancePercent) / 100);
  }

  #goTo(at: number): void {
    while (this.#now() < at) {
      this.#machine.advance(this.#start + at);
      this.#retry();
    }
  }

  #expect(action: PacketAction, window: { from: number; until: number } | undefined): void {
    const from = (window?.from ?? 0) - this.#allowance(window?.from ?? 0);
    const until = window === undefined ? this.#now() + PATIENCE : window.until + this.#allowance(window.until);
    const mayBeSeveral = optionOf(this.#script, "strict_segments") === undefined;
    for (;;) {
      const times = this.#wire.match(action, mayBeSeveral);
      if (times !== undefined) {
        const early = times.map((at) => at - this.#start).find((at) => at < from || at > until);
        if (early === undefined || window === undefined) return;
        throw new Failed(`${printExpected(action.packet)} ${when(window)}`, `it at ${seconds(early)}`);
      }
      // Of the same moment, all that is to happen has to have happened.
      if (this.#now() >= until) {
        const waiting = this.#wire.leftovers().map(({ text }) => text);
        const got = waiting.length === 0 ? "nothing" : `only ${waiting.join(" and ")}`;
        throw new Failed(
          `${printExpected(action.packet)}${window === undefined ? "" : ` ${when(window)}`}`,
          `${got} by ${seconds(this.#now())}`,
        );
      }
      this.#machine.advance(this.#start + until);
      this.#retry();
    }
  }

  #begin(event: ScriptEvent, at: number, base: number): void {
    const { action } = event;
    if (action.kind !== "call") return;
    this.#finishCall();
    const call = this.#system.begin(action);
    const end = action.end === undefined ? at : base + action.end;
    this.#pending = { call, event, end };
    this.#retry();
    if (action.end === undefined && this.#pending !== undefined) {
      this.#pending = undefined;
      throw new Failed(`${action.name}() to come back at once`, "a call that waits");
    }
  }

  /** Whether the call that waits can come back now. */
  #retry(): void {
    if (this.#pending === undefined) return;
    const { call, end } = this.#pending;
    if (!call.tryAgain()) return;
    this.#pending = undefined;
    const now = this.#now();
    const allowance = this.#allowance(end);
    if (Math.abs(now - end) > allowance) {
      throw new Failed(`${call.action.name}() to come back at ${seconds(end)}`, `it back at ${seconds(now)}`);
    }
  }

  /** One process makes one call at a time. */
  #finishCall(): void {
    const end = this.#pending?.end;
    if (end === undefined) return;
    const name = this.#pending!.call.action.name;
    this.#goTo(end + this.#allowance(end));
    if (this.#pending !== undefined)
      throw new Failed(`${name}() to come back at ${seconds(end)}`, "a call that still waits");
  }
}

function when({ from, until }: { from: number; until: number }): string {
  return from === until ? `at ${seconds(from)}` : `from ${seconds(from)} to ${seconds(until)}`;
}

function optionOf(script: Script, name: string): string | undefined {
  return script.options.find(([one]) => one === name)?.[1];
}

function wishesOf(script: Script, leftOut: string[]): Wishes {
  if (!["ipv4", undefined].includes(optionOf(script, "ip_version"))) throw new NotSupported("not supported: IPv6");
  const sysctl = new Map<string, string>();
  for (const line of script.setUp?.command.trim().split("\n") ?? []) {
    const settings = [...line.matchAll(/\b(net\.[\w.]+)=("[^"]*"|\S+)/g)];
    if (!/^\s*sysctl\b/.test(line) || settings.length === 0) leftOut.push(`\`${line.trim()}\``);
    for (const [, name, value] of settings) sysctl.set(name!, value!.replaceAll('"', ""));
  }
  return {
    // Those of packetdrill: one for each side, the far one of RFC 5737.
    address: addressOf(optionOf(script, "local_ip") ?? "192.168.0.1") ?? 0,
    remote: addressOf(optionOf(script, "remote_ip") ?? "192.0.2.1") ?? 0,
    mtu: Number(optionOf(script, "mtu") ?? 1500),
    sysctl,
  };
}
