import { deepEqual, equal } from "node:assert/strict";
import { test } from "node:test";
import { TcpConnection } from "../../src/tcp/connection.ts";
import { ACK, SYN, segmentOf } from "../../src/wire/tcp-segment.ts";

test("both open at once, and the peer's SYN and SYN,ACK come in one go: it is told that they have come", () => {
  const we = TcpConnection.open(1, 2, { isn: 100, mss: 1460 }, 0);
  const they = TcpConnection.open(2, 1, { isn: 200, mss: 1460 }, 0);
  const [ourSyn] = we.take(0);
  const [theirSyn] = they.take(0);
  they.receive(ourSyn!, 1);
  const [theirAnswer] = they.take(1);
  we.receive(theirSyn!, 2);
  we.receive(theirAnswer!, 2);
  const [answer, ...others] = we.take(2);
  deepEqual([we.state, answer?.flags, answer?.ack, others], ["ESTABLISHED", ACK, 201, []]);
  they.receive(answer!, 3);
  equal(they.state, "ESTABLISHED");
});

test("both open at once, and the peer's SYN is answered before its SYN,ACK comes: no more need be said", () => {
  const we = TcpConnection.open(1, 2, { isn: 100, mss: 1460 }, 0);
  const they = TcpConnection.open(2, 1, { isn: 200, mss: 1460 }, 0);
  const [ourSyn] = we.take(0);
  const [theirSyn] = they.take(0);
  they.receive(ourSyn!, 1);
  we.receive(theirSyn!, 1);
  const [ourAnswer] = we.take(1);
  const [theirAnswer] = they.take(1);
  we.receive(theirAnswer!, 2);
  they.receive(ourAnswer!, 2);
  deepEqual([we.take(2), they.take(2), we.state, they.state], [[], [], "ESTABLISHED", "ESTABLISHED"]);
});

test("both open at once: the window of the peer's SYN,ACK is not scaled, those that follow are (RFC 7323 §2.2)", () => {
  const we = TcpConnection.open(1, 2, { isn: 100, mss: 1460 }, 0);
  we.take(0);
  const peer = { from: 2, to: 1, windowScale: 7, window: 5000 };
  we.receive(segmentOf({ ...peer, seq: 200, flags: SYN }), 1);
  we.take(1);
  we.receive(segmentOf({ ...peer, seq: 200, ack: 101, flags: SYN | ACK }), 2);
  deepEqual([we.state, we.sender.window.size], ["ESTABLISHED", 5000]);
  we.receive(segmentOf({ from: 2, to: 1, seq: 201, ack: 101, flags: ACK, window: 5000 }), 3);
  equal(we.sender.window.size, 5000 * 128);
});
