import { equal, throws } from "node:assert/strict";
import { test } from "node:test";
import { checkByte, checkPort } from "../../src/host/tcp-wishes.ts";

test("a port is a number of 16 bits", () => {
  for (const port of [0, 1, 80, 65_535]) equal(checkPort(port, "listen on"), port);
  for (const port of [-1, 65_536, 1.5, Number.NaN]) {
    throws(
      () => checkPort(port, "listen on"),
      RangeError(`Cannot listen on port ${port}: ports are numbers from 0 to 65535`),
    );
  }
});

test("a byte of the header is a byte, and no packet begins with a TTL of zero", () => {
  equal(checkByte(0, "tos"), 0);
  equal(checkByte(1, "ttl"), 1);
  equal(checkByte(255, "ttl"), 255);
  throws(() => checkByte(0, "ttl"), RangeError("Cannot use the ttl 0: it is a number from 1 to 255"));
  throws(() => checkByte(256, "tos"), RangeError("Cannot use the tos 256: it is a number from 0 to 255"));
  throws(() => checkByte(0.5, "tos"), RangeError);
});
