import { deepEqual, equal } from "node:assert/strict";
import { test } from "node:test";
import { TcpConnection } from "../../src/tcp/connection.ts";
import { ACK } from "../../src/wire/tcp-segment.ts";

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
