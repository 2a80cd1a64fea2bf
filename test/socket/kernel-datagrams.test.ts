import { deepEqual, equal, rejects } from "node:assert/strict";
import { test } from "node:test";
import { kernelDatagrams } from "../../src/socket/kernel-datagrams.ts";

test("localhost is 127.0.0.1, to receive and to send", async () => {
  const far = await kernelDatagrams({ host: "localhost", port: 0 });
  equal(far.address.host, "127.0.0.1");
  const near = await kernelDatagrams({ host: "0.0.0.0", port: 0 });
  await near.send(Buffer.from("hello"), { host: "localhost", port: far.address.port });
  deepEqual((await far.receive())!.from, { host: "127.0.0.1", port: near.address.port });
  await near.close();
  await far.close();
});

test("`::` leaves IPv4 to others", async () => {
  const six = await kernelDatagrams({ host: "::", port: 0 });
  const four = await kernelDatagrams({ host: "0.0.0.0", port: six.address.port });
  await six.close();
  await four.close();
});

test("what cannot be had is refused", async () => {
  await rejects(kernelDatagrams({ host: "not a name", port: 0 }), { code: "ENOTFOUND" });
  // A network set aside for documentation (RFC 5737).
  await rejects(kernelDatagrams({ host: "192.0.2.1", port: 0 }), {
    code: "EADDRNOTAVAIL",
    message: "Cannot receive at 192.0.2.1:0: this machine does not have that address",
  });
});

test("two who receive at once are a mistake", async () => {
  const datagrams = await kernelDatagrams({ host: "127.0.0.1", port: 0 });
  const receiving = datagrams.receive();
  await rejects(datagrams.receive(), TypeError);
  await datagrams.close();
  equal(await receiving, undefined);
});
