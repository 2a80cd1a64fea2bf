import { deepEqual, equal } from "node:assert/strict";
import { test } from "node:test";
import { bytesFrom, Conversation } from "./conversation.ts";
import type { Segment } from "./ip-packets.ts";

function segment(fields: Partial<Segment>): Segment {
  const none = { seq: 0, ack: 0, window: 0, urgent: 0, options: [], data: new Uint8Array(0) };
  return { kind: "tcp", from: 8080, to: 40_000, flags: ".", ...none, ...fields };
}

/** A connection whose machine begins with 1000 and its timestamps with 500, where the script says 0 and 100. */
function met(): Conversation {
  const conversation = new Conversation(8080, 40_000);
  conversation.inward(segment({ flags: "S" }));
  const options = [{ kind: "TS", value: 500, echo: 0 } as const];
  conversation.outward(segment({ flags: "S.", seq: 1000, options }), { seq: 0, stamp: 100 });
  return conversation;
}

test("numbers are the script's on its side, and the machine's on the other", () => {
  const conversation = met();
  equal(conversation.inward(segment({ ack: 1 })).ack, 1001);
  equal(conversation.outward(segment({ seq: 1001 })).seq, 1);
  equal(conversation.live(5), 1005);
});

test("without an ACK there is no number to shift", () => {
  equal(met().inward(segment({ flags: "R", ack: 5 })).ack, 5);
});

test("SACK blocks speak of what the machine has sent", () => {
  const [option] = met().inward(segment({ options: [{ kind: "sack", blocks: [[1, 11]] }] })).options;
  deepEqual(option, { kind: "sack", blocks: [[1001, 1011]] });
});

test("a timestamp that was seen is echoed as the machine said it, another as far from it as the script says", () => {
  const conversation = met();
  const echo = (stamp: number) => {
    const [option] = conversation.inward(segment({ options: [{ kind: "TS", value: 1, echo: stamp }] })).options;
    return option;
  };
  deepEqual(echo(100), { kind: "TS", value: 1, echo: 500 });
  deepEqual(echo(107), { kind: "TS", value: 1, echo: 507 });
});

test("bytes that come in bear their place in the stream, whoever sends them again", () => {
  const conversation = met();
  deepEqual(conversation.inward(segment({ seq: 11, data: new Uint8Array(5) })).data, bytesFrom(10, 5));
});

test("a SYN that is answered by a SYN begins anew, and one that is not does not", () => {
  const conversation = met();
  conversation.inward(segment({ flags: "S", seq: 70_000 }));
  equal(conversation.outward(segment({ seq: 1001 })).seq, 1);
  deepEqual(conversation.inward(segment({ seq: 1, data: new Uint8Array(5) })).data, bytesFrom(0, 5));
  conversation.outward(segment({ flags: "S.", seq: 9000 }), { seq: 0, stamp: undefined });
  equal(conversation.outward(segment({ seq: 9001 })).seq, 1);
  deepEqual(conversation.inward(segment({ seq: 70_001, data: new Uint8Array(5) })).data, bytesFrom(0, 5));
});

test("the same SYN once more has the same number, or it is seen", () => {
  equal(met().outward(segment({ flags: "S.", seq: 1007 }), { seq: 0, stamp: undefined }).seq, 7);
});
