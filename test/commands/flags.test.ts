import { deepEqual, equal, throws } from "node:assert/strict";
import { test } from "node:test";
import {
  adminAddress,
  count,
  duration,
  hostAndPort,
  network,
  oneOf,
  port,
  portRange,
  proxyName,
  several,
  severalOf,
  size,
} from "../../src/commands/flags.ts";
import { Refusal } from "../../src/commands/refusal.ts";

const refused = (message: string) => (error: unknown) => error instanceof Refusal && error.message === message;

const PORTS: [text: string, port: number | undefined][] = [
  ["0", 0],
  ["80", 80],
  ["65535", 65535],
  ["65536", undefined],
  ["99999999999", undefined],
  ["-1", undefined],
  ["+1", undefined],
  ["8080x", undefined],
  ["0x50", undefined],
  ["1e3", undefined],
  ["80.0", undefined],
  [" 80", undefined],
  ["", undefined],
];

for (const [text, number] of PORTS) {
  test(`the port "${text}" is ${number ?? "none"}`, () => {
    if (number !== undefined) equal(port(text), number);
    else throws(() => port(text), refused(`Cannot use the port "${text}": it is not a number from 0 to 65535`));
  });
}

const TIMES: [text: string, ms: number | undefined][] = [
  ["10", 10_000],
  ["0", 0],
  ["1.5", 1500],
  ["10s", 10_000],
  ["500ms", 500],
  ["2m", 120_000],
  ["0.5h", 1_800_000],
  ["-1", undefined],
  ["10 s", undefined],
  ["2d", 172_800_000],
  ["2w", undefined],
  ["soon", undefined],
  ["", undefined],
];

for (const [text, ms] of TIMES) {
  test(`the time "${text}" is ${ms === undefined ? "none" : `${ms} ms`}`, () => {
    if (ms !== undefined) equal(duration("--grace")(text), ms);
    else
      throws(
        () => duration("--grace")(text),
        refused(`Cannot use --grace "${text}": it is not a time like 10, 1.5s, 500ms or 2m`),
      );
  });
}

const SIZES: [text: string, bytes: number | undefined][] = [
  ["1048576", 1_048_576],
  ["64K", 65_536],
  ["64k", 65_536],
  ["64kB", 65_536],
  ["64 KiB", 65_536],
  ["256M", 268_435_456],
  ["256MiB", 268_435_456],
  ["1.5G", 1_610_612_736],
  ["2T", 2_199_023_255_552],
  ["100B", 100],
  ["1.0001K", 1024],
  ["0", undefined],
  ["0.1", undefined],
  ["-1M", undefined],
  ["1,5G", undefined],
  ["1e6", undefined],
  ["0x10", undefined],
  ["M", undefined],
  ["64iB", undefined],
  ["64Q", undefined],
  ["9999999999999999T", undefined],
  ["much", undefined],
  ["", undefined],
];

for (const [text, bytes] of SIZES) {
  test(`the size "${text}" is ${bytes === undefined ? "none" : `${bytes} bytes`}`, () => {
    const read = size("--memory");
    if (bytes !== undefined) equal(read(text), bytes);
    else {
      const message = `Cannot use --memory "${text}": it is not a size like 1048576, 64K, 256M or 1.5G`;
      throws(() => read(text), refused(message));
    }
  });
}

const DOORS: [text: string, address: ReturnType<typeof adminAddress> | undefined][] = [
  ["localhost:3129", { host: "localhost", port: 3129 }],
  ["3129", { host: "localhost", port: 3129 }],
  ["127.0.0.1:0", { host: "127.0.0.1", port: 0 }],
  ["127.1.2.3:80", { host: "127.1.2.3", port: 80 }],
  ["[::1]:3129", { host: "::1", port: 3129 }],
  ["unix:/run/admin.sock", { path: "/run/admin.sock" }],
  ["unix:admin", { path: "admin" }],
  ["unix:", undefined],
  ["0.0.0.0:3129", undefined],
  ["[::]:3129", undefined],
  ["192.168.1.1:3129", undefined],
  ["example.com:3129", undefined],
  ["localhost.example.com:3129", undefined],
  ["127.0.0.1.example.com:1", undefined],
  ["localhost", undefined],
  ["public", undefined],
  ["", undefined],
];

for (const [text, address] of DOORS) {
  test(`a cache ${address === undefined ? "cannot" : "can"} be steered from "${text}"`, () => {
    if (address !== undefined) deepEqual(adminAddress(text), address);
    else {
      const what = "an address that is this machine's alone, like localhost:3129, [::1]:3129 or unix:/path";
      throws(() => adminAddress(text), refused(`Cannot use --admin "${text}": it is not ${what}`));
    }
  });
}

test("a count is a whole number above 0", () => {
  equal(count("--cgi-limit")("8"), 8);
  for (const text of ["0", "-1", "1.5", "many", ""]) {
    throws(
      () => count("--cgi-limit")(text),
      refused(`Cannot use --cgi-limit "${text}": it is not a whole number above 0`),
    );
  }
});

test("one of a few words, and the one that was meant", () => {
  const log = oneOf("--log", ["pretty", "json"]);
  equal(log("json"), "json");
  throws(() => log("jsno"), refused('Cannot use --log "jsno": it is none of pretty, json (did you mean "json"?)'));
  throws(() => log("xml"), refused('Cannot use --log "xml": it is none of pretty, json'));
});

const PLACES: [text: string, host: string, port: number][] = [
  ["localhost:7", "localhost", 7],
  ["127.0.0.1:7007", "127.0.0.1", 7007],
  ["[::1]:7", "::1", 7],
];

for (const [text, host, port] of PLACES) {
  test(`${text} is a host and a port`, () => deepEqual(hostAndPort(text), { host, port }));
}

test("what is not a host and a port is refused", () => {
  for (const text of ["localhost", ":7", "::1:7", "[::1]", "a:b", ""]) {
    throws(() => hostAndPort(text), refused(`Cannot connect to "${text}": it is not written host:port`));
  }
  throws(() => hostAndPort("a:70000"), refused('Cannot use the port "70000": it is not a number from 0 to 65535'));
});

test("what comes several times is kept in order", () => {
  deepEqual(several("b", several("a")), ["a", "b"]);
});

test("and so is what means something else than it says", () => {
  const ports = severalOf(port);
  deepEqual(ports("81", ports("80")), [80, 81]);
});

const RANGES: [text: string, range: readonly [number, number] | undefined][] = [
  ["443", [443, 443]],
  ["1-65535", [1, 65_535]],
  ["8000-8099", [8000, 8099]],
  ["80-80", [80, 80]],
  ["0", undefined],
  ["0-80", undefined],
  ["65536", undefined],
  ["80-65536", undefined],
  ["90-80", undefined],
  ["80-", undefined],
  ["-80", undefined],
  ["80-90-100", undefined],
  ["80 - 90", undefined],
  ["https", undefined],
  ["", undefined],
];

for (const [text, range] of RANGES) {
  test(`the ports "${text}" are ${range?.join(" to ") ?? "none"}`, () => {
    const read = portRange("--connect-port");
    if (range !== undefined) deepEqual(read(text), range);
    else {
      const message = `Cannot use --connect-port "${text}": it is neither a port nor two like 8000-8099`;
      throws(() => read(text), refused(message));
    }
  });
}

test("a proxy's name is one word", () => {
  equal(proxyName("edge-1"), "edge-1");
  for (const text of ["", "two words", "a/b", "é"]) {
    const message = `Cannot use --name "${text}": it is not one word of letters, digits and -._~`;
    throws(() => proxyName(text), refused(message));
  }
});

test("a network is one address or many", () => {
  deepEqual(network("--host")("10.0.0.0/8"), { address: Uint8Array.of(10, 0, 0, 0), length: 8 });
  deepEqual(network("--host")("10.0.0.1"), { address: Uint8Array.of(10, 0, 0, 1), length: 32 });
  throws(() => network("--host")("here"), refused('Cannot use --host "here": "here" is not an IP address'));
  throws(
    () => network("--host")("10.0.0.0/33"),
    refused('Cannot use --host "10.0.0.0/33": behind the "/" there is no number from 0 to 32'),
  );
});
