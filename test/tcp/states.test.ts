import { deepEqual, equal } from "node:assert/strict";
import { test } from "node:test";
import { NEXT, next, type TcpHappening, type TcpState } from "../../src/tcp/states.ts";

const LIVES: [life: string, happenings: string, states: string][] = [
  [
    "client, closing first",
    "open SYN,ACK close ACK_of_FIN FIN 2MSL",
    "SYN-SENT ESTABLISHED FIN-WAIT-1 FIN-WAIT-2 TIME-WAIT CLOSED",
  ],
  [
    "server, closing last",
    "listen SYN ACK_of_SYN FIN close ACK_of_FIN",
    "LISTEN SYN-RECEIVED ESTABLISHED CLOSE-WAIT LAST-ACK CLOSED",
  ],
  ["both open at once", "open SYN ACK_of_SYN", "SYN-SENT SYN-RECEIVED ESTABLISHED"],
  [
    "both close at once",
    "open SYN,ACK close FIN ACK_of_FIN 2MSL",
    "SYN-SENT ESTABLISHED FIN-WAIT-1 CLOSING TIME-WAIT CLOSED",
  ],
  ["reset in the middle", "open SYN,ACK reset", "SYN-SENT ESTABLISHED CLOSED"],
  ["never answered", "open close", "SYN-SENT CLOSED"],
  ["nobody came", "listen close", "LISTEN CLOSED"],
  ["closed while it opens", "listen SYN close", "LISTEN SYN-RECEIVED FIN-WAIT-1"],
];

for (const [life, happenings, states] of LIVES) {
  test(`a life: ${life}`, () => {
    let state: TcpState = "CLOSED";
    const path = happenings.split(" ").map((one) => (state = next(state, one.replaceAll("_", " ") as TcpHappening)));
    equal(path.join(" "), states);
  });
}

const STATES = Object.keys(NEXT) as TcpState[];

test("a reset ends it wherever it is", () => {
  for (const state of STATES) equal(next(state, "reset"), "CLOSED");
});

test("what is not in the table does not move it", () => {
  equal(next("ESTABLISHED", "ACK of FIN"), "ESTABLISHED");
  equal(next("TIME-WAIT", "FIN"), "TIME-WAIT");
});

test("from CLOSED one gets everywhere, and back", () => {
  const reached = (from: TcpState): TcpState[] => {
    const all = new Set<TcpState>([from]);
    for (const state of all) for (const to of Object.values<TcpState>(NEXT[state])) all.add(to);
    return [...all].sort();
  };
  deepEqual(reached("CLOSED"), [...STATES].sort());
  for (const state of STATES) equal(reached(state).includes("CLOSED"), true, state);
});
