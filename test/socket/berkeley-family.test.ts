import { deepEqual, throws } from "node:assert/strict";
import { test } from "node:test";
import { type Family, IPV4, IPV6, UNIX } from "../../src/socket/berkeley-family.ts";
import type { Address, SocketErrorCode } from "../../src/socket/socket.ts";

const at = (host: string, port = 80): Address => ({ host, port });

const FITS: [family: Family, address: Address, fit: Address][] = [
  [IPV4, at("127.0.0.1"), at("127.0.0.1")],
  [IPV4, at("localhost"), at("127.0.0.1")],
  [IPV4, at("example.org", 65_535), at("example.org", 65_535)],
  [IPV6, at("::1", 0), at("::1", 0)],
  [IPV6, at("localhost"), at("::1")],
  [IPV6, at("example.org"), at("example.org")],
  [UNIX, { path: "/run/x.sock" }, { path: "/run/x.sock" }],
];

for (const [family, address, fit] of FITS) {
  test(`${JSON.stringify(address)} is one of ${JSON.stringify(family.any)}`, () => {
    deepEqual(family.fit(address, "Cannot bind to"), fit);
  });
}

const MISFITS: [family: Family, address: Address, code: SocketErrorCode][] = [
  [IPV4, at("::1"), "EAFNOSUPPORT"],
  [IPV4, { path: "/run/x.sock" }, "EAFNOSUPPORT"],
  [IPV6, at("127.0.0.1"), "EAFNOSUPPORT"],
  [UNIX, at("127.0.0.1"), "EAFNOSUPPORT"],
  [IPV4, at("127.0.0.1", -1), "EINVAL"],
  [IPV4, at("127.0.0.1", 65_536), "EINVAL"],
  [IPV6, at("::1", 0.5), "EINVAL"],
  [IPV6, at("::1", Number.NaN), "EINVAL"],
];

for (const [family, address, code] of MISFITS) {
  test(`${JSON.stringify(address)} is none of ${JSON.stringify(family.any)}: ${code}`, () => {
    throws(() => family.fit(address, "Cannot bind to"), { code });
  });
}
