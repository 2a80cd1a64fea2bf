import { deepEqual, equal, throws } from "node:assert/strict";
import { test } from "node:test";
import { utf8 } from "../../src/base/bytes.ts";
import { UdpPort } from "../../src/host/udp-port.ts";

function opened() {
  const log: string[] = [];
  const ways = {
    send(_: UdpPort, bytes: Uint8Array, address: number, port: number) {
      log.push(`${bytes.length} to ${address}:${port}`);
      return undefined;
    },
    close: () => void log.push("closed"),
  };
  return { log, port: new UdpPort(ways, 0, 53, false) };
}

test("what has come is received in its order", () => {
  const { port } = opened();
  equal(port.take(utf8("a"), 1, 2, 3), true);
  port.take(utf8("b"), 4, 5, 6);
  deepEqual(port.receive(), { bytes: utf8("a"), address: 1, port: 2, to: 3 });
  deepEqual(port.receive(), { bytes: utf8("b"), address: 4, port: 5, to: 6 });
  equal(port.receive(), undefined);
});

test("what has come is its own", () => {
  const { port } = opened();
  const bytes = utf8("a");
  port.take(bytes, 1, 2, 3);
  bytes[0] = 0;
  deepEqual(port.receive()?.bytes, utf8("a"));
});

test("so much waits and no more, and what is received makes room", () => {
  const { port } = opened();
  let taken = 0;
  while (port.take(new Uint8Array(1000), 1, 2, 3)) taken += 1;
  equal(taken, 169);
  port.receive();
  equal(port.take(new Uint8Array(1000), 1, 2, 3), true);
  equal(port.take(new Uint8Array(1000), 1, 2, 3), false);
});

test("empty datagrams are not for free", () => {
  const { port } = opened();
  let taken = 0;
  while (port.take(new Uint8Array(0), 1, 2, 3)) taken += 1;
  equal(taken, 832);
});

test("failures are heard of one by one, the first sixteen", () => {
  const { port } = opened();
  const failure = { code: "ECONNREFUSED", isHard: true, mtu: 0, from: 1 } as const;
  for (let i = 0; i < 20; i++) port.fail({ failure, address: 1, port: i });
  let heard = 0;
  for (let one = port.failure(); one !== undefined; one = port.failure()) equal(one.port, heard++);
  equal(heard, 16);
});

test("a closed port takes nothing, has nothing, and sends nothing", () => {
  const { log, port } = opened();
  port.take(utf8("a"), 1, 2, 3);
  equal(port.send(utf8("abc"), 9, 10), undefined);
  port.close();
  port.close();
  deepEqual(log, ["3 to 9:10", "closed"]);
  equal(port.receive(), undefined);
  equal(port.take(utf8("a"), 1, 2, 3), false);
  throws(() => port.send(utf8("a"), 9, 10), /it is closed/);
});
