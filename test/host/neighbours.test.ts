import { deepEqual, equal, ok } from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { Neighbours } from "../../src/host/neighbours.ts";
import { ARP } from "../../src/wire/arp.ts";
import { printIpv4 } from "../../src/wire/ipv4-number.ts";
import { BROADCAST } from "../../src/wire/mac.ts";
import { ip, mac } from "./network.ts";

const B = ip("10.0.0.2");

/** Of a frame, and what it costs to keep one. */
const LENGTH = 60;
const COST = LENGTH + 64;

/** The machine alone, and what it wants done, one word each. */
function asking(limit?: number) {
  const log: string[] = [];
  let now = 0;
  const nameOf = (to: number): string => (to === BROADCAST ? "all" : String(to - mac(0)));
  const neighbours = new Neighbours(
    {
      ask: (target, to) => log.push(`ask ${nameOf(to)} for ${printIpv4(target)}`),
      send: (frame, _, to) => log.push(`send ${frame[0]} to ${nameOf(to)}`),
      fail: (frame) => log.push(`fail ${frame[0]}`),
      drop: (frame) => log.push(`drop ${frame[0]}`),
    },
    limit === undefined ? {} : { limit },
  );
  const to = { target: ip("10.0.0.1"), targetMac: mac(1) };
  return {
    neighbours,
    /** What has happened since the last time. */
    news: () => log.splice(0),
    send: (n: number, address = B, length = LENGTH) => neighbours.send(address, Uint8Array.of(n), length, now),
    reply: (n: number, sender = B) =>
      neighbours.receive({ operation: ARP.reply, sender, senderMac: mac(n), ...to }, true, now),
    request: (n: number, sender = B) =>
      neighbours.receive({ operation: ARP.request, sender, senderMac: mac(n), ...to }, false, now),
    pass(ms: number) {
      const end = now + ms;
      for (let at = neighbours.wakeAt; at !== undefined && at <= end; at = neighbours.wakeAt) {
        now = Math.max(now, at);
        neighbours.tick(now);
      }
      now = end;
    },
  };
}

test("frames wait for the answer, and go in their order", () => {
  const { news, send, reply } = asking();
  send(1);
  send(2);
  deepEqual(news(), ["ask all for 10.0.0.2"]);
  equal(reply(2), true);
  deepEqual(news(), ["send 1 to 2", "send 2 to 2"]);
  send(3);
  deepEqual(news(), ["send 3 to 2"]);
});

test("who does not answer is asked three times, a second apart; then what waits has failed", () => {
  const { neighbours, news, send, pass } = asking();
  send(1);
  pass(999);
  deepEqual(news(), ["ask all for 10.0.0.2"]);
  pass(1);
  send(2);
  pass(1000);
  deepEqual(news(), ["ask all for 10.0.0.2", "ask all for 10.0.0.2"]);
  pass(1000);
  deepEqual(news(), ["fail 1", "fail 2"]);
  deepEqual([neighbours.size, neighbours.queued, neighbours.wakeAt], [0, 0, undefined]);
});

test("an answer to no question is not believed", () => {
  const { neighbours, news, reply, request, send } = asking();
  equal(reply(66), false);
  equal(request(66), false);
  equal(neighbours.size, 0);
  send(1);
  deepEqual(news(), ["ask all for 10.0.0.2"]);
  equal(request(66), false, "nor is somebody else's question an answer to ours");
});

test("after a minute the neighbour is polled, without anything waiting for it", () => {
  const { neighbours, news, send, reply, pass } = asking();
  send(1);
  reply(2);
  news();
  pass(60_000);
  equal(neighbours.get(B)?.state, "stale");
  deepEqual(news(), []);
  send(2);
  send(3);
  deepEqual(news(), ["ask 2 for 10.0.0.2", "send 2 to 2", "send 3 to 2"]);
  reply(2);
  equal(neighbours.get(B)?.state, "reachable");
});

test("who does not answer the polls is asked for anew, everywhere", () => {
  const { news, send, reply, pass } = asking();
  send(1);
  reply(2);
  pass(60_000);
  news();
  send(2);
  pass(2000);
  send(3);
  deepEqual(news(), ["ask 2 for 10.0.0.2", "send 2 to 2", "ask 2 for 10.0.0.2", "ask all for 10.0.0.2"]);
  reply(7);
  deepEqual(news(), ["send 3 to 7"]);
});

test("who is not spoken to for long is forgotten", () => {
  const { neighbours, news, send, reply, pass } = asking();
  send(1);
  reply(2);
  news();
  pass(660_000);
  deepEqual([neighbours.size, neighbours.wakeAt, news()], [0, undefined, []]);
});

for (const how of ["reply", "request"] as const) {
  test(`a forged ${how} changes nothing while the right one answers`, () => {
    const all = asking();
    const { neighbours, news, send, reply, pass } = all;
    send(1);
    reply(2);
    news();
    pass(5000);
    equal(all[how](66), false);
    send(2);
    deepEqual(news(), ["ask 2 for 10.0.0.2", "send 2 to 2"]);
    reply(2);
    send(3);
    deepEqual(news(), ["send 3 to 2"]);
    equal(neighbours.get(B)?.mac, mac(2));
  });
}

test("however often somebody claims the address, its owner is asked once a second", () => {
  const { news, send, reply, request, pass } = asking();
  send(1);
  reply(2);
  pass(5000);
  news();
  for (let i = 0; i < 100; i++) {
    request(66);
    reply(2);
    pass(100);
  }
  const questions = news();
  ok(questions.length >= 9 && questions.length <= 11, `${questions.length} questions`);
});

test("who takes over an address is followed once its owner is silent", () => {
  const { news, send, reply, request, pass } = asking();
  send(1);
  reply(2);
  pass(5000);
  news();
  request(7);
  pass(2000);
  deepEqual(news(), ["ask 2 for 10.0.0.2", "ask 2 for 10.0.0.2", "ask all for 10.0.0.2"]);
  reply(7);
  send(2);
  deepEqual(news(), ["send 2 to 7"]);
});

test("a group has no address", () => {
  const { neighbours, send } = asking();
  send(1);
  const to = { target: ip("10.0.0.1"), targetMac: mac(1) };
  const lie = { operation: ARP.reply, sender: B, senderMac: 0x01_00_5e_00_00_01, ...to };
  equal(neighbours.receive(lie, true, 0), false);
});

test("of too many bytes for one, the latest are kept", () => {
  const { neighbours, news, send, reply } = asking();
  for (let n = 0; n < 18; n++) send(n, B, 13_248);
  equal(neighbours.queued, 16 * (13_248 + 64));
  deepEqual(news().slice(1), ["drop 0", "drop 1"]);
  send(18, B, 212_928);
  deepEqual(news().length, 16);
  send(19, B, 212_929);
  deepEqual(news(), ["drop 18", "drop 19"]);
  send(20);
  reply(2);
  deepEqual(news(), ["send 20 to 2"]);
  equal(neighbours.queued, 0);
});

test("a crowd of SYNs waits, and so do all fragments of the largest datagram, however small", () => {
  const { neighbours, send, news, reply } = asking();
  for (let n = 0; n < 1000; n++) send(n & 0xff, B, 74);
  reply(2);
  equal(news().filter((word) => word.startsWith("send")).length, 1000);
  equal(neighbours.queued, 0);
});

test("however many are asked for, frames and questions are bounded, and who is known stays known", () => {
  const { neighbours, send, reply, news } = asking();
  send(1);
  reply(2);
  for (let n = 0; n < 5000; n++) for (let i = 0; i < 3; i++) send(1, ip("10.1.0.0") + n);
  ok(neighbours.size <= 257, `${neighbours.size} neighbours`);
  ok(neighbours.queued <= 1024 * 1024, `${neighbours.queued} bytes`);
  equal(neighbours.get(B)?.isFresh, true);
  equal(
    news().filter((word) => word.startsWith("fail") || word.startsWith("drop")).length,
    15_000 - neighbours.queued / COST,
  );
});

test("of too many that are known, who has answered longest ago is forgotten", () => {
  const { neighbours, send, reply } = asking(3);
  for (const n of [2, 3, 4, 5]) {
    send(1, ip(`10.0.0.${n}`));
    reply(n, ip(`10.0.0.${n}`));
  }
  deepEqual(
    [2, 3, 4, 5].map((n) => neighbours.get(ip(`10.0.0.${n}`))?.state),
    [undefined, "reachable", "reachable", "reachable"],
  );
});

test("whatever comes when, no frame is lost track of", () => {
  const step = fc.record({
    what: fc.constantFrom("send", "reply", "request", "pass"),
    who: fc.integer({ min: 2, max: 6 }),
    mac: fc.integer({ min: 2, max: 4 }),
    ms: fc.constantFrom(1, 500, 1000, 3000, 70_000),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
      const { neighbours, news, send, reply, request, pass } = asking(4);
      let sent = 0;
      const left: string[] = [];
      for (const { what, who, mac, ms } of steps) {
        const address = ip(`10.0.0.${who}`);
        if (what === "send") send(sent++ & 0xff, address);
        else if (what === "reply") reply(mac, address);
        else if (what === "request") request(mac, address);
        else pass(ms);
        left.push(...news().filter((word) => !word.startsWith("ask")));
        ok(neighbours.size <= 4);
      }
      equal(left.length + neighbours.queued / COST, sent);
    }),
  );
});
