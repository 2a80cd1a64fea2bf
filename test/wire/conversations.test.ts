import { deepEqual } from "node:assert/strict";
import { test } from "node:test";
import { Conversations } from "../../src/wire/conversations.ts";
import { ACK, RST, SYN } from "../../src/wire/tcp-segment.ts";
import { A, B } from "./packets.ts";

const ZERO = { seq: 0, ack: 0 };
const there = { from: 40_000, to: 80 };
const back = { from: 80, to: 40_000 };

test("numbers are as they are until both have said where they begin", () => {
  const conversations = new Conversations();
  deepEqual(conversations.originsOf(A, B, { ...there, seq: 100, ack: 0, flags: SYN }), ZERO);
  deepEqual(conversations.originsOf(B, A, { ...back, seq: 900, ack: 101, flags: SYN | ACK }), ZERO);
  deepEqual(conversations.originsOf(A, B, { ...there, seq: 101, ack: 901, flags: ACK }), { seq: 100, ack: 900 });
  deepEqual(conversations.originsOf(B, A, { ...back, seq: 901, ack: 101, flags: ACK }), { seq: 900, ack: 100 });
});

test("who comes late counts from what he has seen first", () => {
  const conversations = new Conversations();
  deepEqual(conversations.originsOf(A, B, { ...there, seq: 5000, ack: 0, flags: ACK }), ZERO);
  deepEqual(conversations.originsOf(B, A, { ...back, seq: 0, ack: 5000, flags: ACK }), { seq: 0xffff_ffff, ack: 5000 });
});

test("a conversation may begin anew, and others beside it are others", () => {
  const conversations = new Conversations();
  conversations.originsOf(B, A, { ...back, seq: 900, ack: 101, flags: SYN | ACK });
  deepEqual(conversations.originsOf(B, A, { ...back, seq: 70, ack: 31, flags: SYN | ACK }), ZERO);
  deepEqual(conversations.originsOf(A, B, { ...there, seq: 31, ack: 71, flags: ACK }), { seq: 30, ack: 70 });
  deepEqual(conversations.originsOf(A, B, { ...there, from: 40_001, seq: 31, ack: 71, flags: ACK }), ZERO);
  deepEqual(conversations.originsOf(A, B, { ...there, seq: 31, ack: 0, flags: RST }), ZERO);
});

test("a host may talk to itself", () => {
  const conversations = new Conversations();
  conversations.originsOf(A, A, { ...back, seq: 900, ack: 101, flags: SYN | ACK });
  deepEqual(conversations.originsOf(A, A, { ...there, seq: 101, ack: 901, flags: ACK }), { seq: 100, ack: 900 });
});

test("of too many the oldest are forgotten", () => {
  const conversations = new Conversations();
  const hear = (from: number) => conversations.originsOf(A, B, { from, to: 80, seq: 7, ack: 9, flags: ACK });
  for (let port = 0; port <= 10_000; port++) hear(port);
  deepEqual(hear(10_000), { seq: 7, ack: 8 });
  deepEqual(hear(1), { seq: 7, ack: 8 });
  deepEqual(hear(0), ZERO);
});
