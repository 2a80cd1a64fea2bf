/**
 * What a connection makes of a bad line: throughput over loss, delay and window, always from the same seeds. The table is
 * kept in throughput.txt, so that a change of the stack shows what it does to it: `UPDATE=1 node --test test/netsim/throughput.test.ts`
 * writes it anew.
 */

import { equal, ok } from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { test } from "node:test";
import type { TcpDefaults } from "../../src/host/tcp.ts";
import { transfer } from "./transfer.ts";

const KEPT = new URL("throughput.txt", import.meta.url);

const LOSSES = [0, 0.001, 0.01, 0.03, 0.1, 0.2];
const DELAYS = [1, 10, 50, 200];
/** A receive buffer that does not grow. */
const WINDOWS = [16, 128, 1024].map((kib) => kib * 1024);
const SEEDS = [1, 2, 3];
/** 100 Mbit/s, so that there is something to fill. */
const RATE = 100e6;

/** How many bytes: as many as take some seconds of a line like that. */
const sizeFor = (loss: number): number => (loss >= 0.1 ? 100_000 : loss > 0.001 ? 500_000 : 3_000_000);

function kilobytesPerSecond(loss: number, delay: number, tcp: TcpDefaults): number {
  const up = sizeFor(loss);
  const figures = SEEDS.map((seed) => {
    const outcome = transfer({ seed, weather: { loss, delay }, rate: RATE, tcp, up, down: 0, latest: 3_600_000 });
    ok(outcome.isDone && outcome.isWhole, `seed ${seed}, loss ${loss}, delay ${delay}: ${JSON.stringify(outcome)}`);
    return up / outcome.ms;
  });
  return figures.sort((a, b) => a - b)[1]!;
}

const padded = (cells: readonly string[]): string =>
  cells.map((cell, i) => (i === 0 ? cell.padEnd(9) : cell.padStart(9))).join("");

function tableFor(title: string, tcpOf: (window: number) => TcpDefaults, windows: readonly number[]): string {
  const blocks = windows.map((window) => {
    const rows = LOSSES.map((loss) =>
      padded([`${loss * 100} %`, ...DELAYS.map((delay) => kilobytesPerSecond(loss, delay, tcpOf(window)).toFixed(0))]),
    );
    const head = padded(["loss", ...DELAYS.map((delay) => `${delay} ms`)]);
    return `${title}, receive buffer ${window / 1024} KiB\n${head}\n${rows.join("\n")}\n`;
  });
  return blocks.join("\n");
}

test("throughput over loss, delay and window is what it was", { timeout: 120_000 }, () => {
  const fixed = (window: number): TcpDefaults => ({ receiveBuffer: window, largestReceiveBuffer: window });
  const table = [
    "kB/s at 100 Mbit/s; delay is that of each direction, and so is loss; the median of three seeds\n",
    tableFor("CUBIC", fixed, WINDOWS),
    tableFor("NewReno", (window) => ({ ...fixed(window), congestion: "newreno" }), [1024 * 1024]),
    tableFor("without SACK", (window) => ({ ...fixed(window), hasSack: false }), [1024 * 1024]),
    tableFor("a buffer that grows", () => ({}), [128 * 1024]),
  ].join("\n");
  if (process.env.UPDATE !== undefined) writeFileSync(KEPT, table);
  equal(table, readFileSync(KEPT, "utf8"));
});
