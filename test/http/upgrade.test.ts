import { equal } from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { Fields } from "../../src/http/fields.ts";
import { addUpgrade, switchedTo, upgradeOf } from "../../src/http/upgrade.ts";

const CASES: [upgrade: string | undefined, connection: string | undefined, passed: string | undefined][] = [
  ["websocket", "Upgrade", "websocket"],
  ["WebSocket", "keep-alive, UPGRADE", "WebSocket"],
  ["websocket, IRC/6.9, RTA/x11", "upgrade", "websocket, IRC/6.9, RTA/x11"],
  [" ,websocket\t,", "upgrade", "websocket"],
  // what is not passed on
  ["h2c", "Upgrade, HTTP2-Settings", undefined],
  ["H2C", "Upgrade", undefined],
  ["h2c/1", "Upgrade", undefined],
  ["HTTP/2.0", "Upgrade", undefined],
  ["http", "Upgrade", undefined],
  ["TLS/1.0", "Upgrade", undefined],
  ["TLS/1.2, HTTP/1.1", "Upgrade", undefined],
  ["h2c, websocket, TLS/1.0", "Upgrade", "websocket"],
  // what is no protocol
  ["", "Upgrade", undefined],
  ["web socket", "Upgrade", undefined],
  ["a/b/c", "Upgrade", undefined],
  ["/1", "Upgrade", undefined],
  ["a/", "Upgrade", undefined],
  ['"websocket"', "Upgrade", undefined],
  ["\xa0h2c", "Upgrade", undefined],
  // what is not said to us
  ["websocket", undefined, undefined],
  ["websocket", "close", undefined],
  ["websocket", "upgraded", undefined],
  [undefined, "Upgrade", undefined],
];

for (const [upgrade, connection, passed] of CASES) {
  test(`Upgrade: ${upgrade}, Connection: ${connection} – ${passed ?? "nothing"} is passed on`, () => {
    equal(upgradeOf({ minor: 1, fields: Fields.of({ Upgrade: upgrade, Connection: connection }) }), passed);
  });
}

test("HTTP/1.0 knows no upgrade", () => {
  equal(upgradeOf({ minor: 0, fields: Fields.of({ Upgrade: "websocket", Connection: "Upgrade" }) }), undefined);
});

test("who asks for an upgrade says so in Connection too", () => {
  const fields = Fields.of({ Host: "a", Connection: "TE", TE: "trailers" });
  equal(
    addUpgrade(fields, "websocket").print(),
    "Host: a\r\nConnection: TE, Upgrade\r\nTE: trailers\r\nUpgrade: websocket\r\n",
  );
});

const ANSWERS: [asked: string, answered: string | undefined, goesOn: boolean][] = [
  ["websocket", "websocket", true],
  ["websocket", "WebSocket", true],
  ["websocket", "websocket/13", true],
  ["chat, websocket", "websocket", true],
  ["chat, websocket", "chat, websocket", true],
  ["websocket", "h2c", false],
  ["websocket", "websocket, h2c", false],
  ["websocket", "", false],
  ["websocket", undefined, false],
];

for (const [asked, answered, goesOn] of ANSWERS) {
  test(`asked for ${asked}, a 101 to ${answered} is ${goesOn ? "one" : "none"} that we go on with`, () => {
    equal(switchedTo(asked, Fields.of({ Upgrade: answered })), goesOn ? answered : undefined);
  });
}

test("whatever is asked, HTTP is not tunnelled past the proxy", () => {
  const protocol = fc.constantFrom("h2c", "H2c", "HTTP/2", "TLS", "tls/1.3", "websocket", "a b", "", "\t", "/", ",");
  fc.assert(
    fc.property(fc.array(fc.oneof(protocol, fc.string())), fc.constantFrom(",", ", ", " ,\t"), (list, comma) => {
      const passed = upgradeOf({ minor: 1, fields: Fields.of({ Upgrade: list.join(comma), Connection: "upgrade" }) });
      return passed === undefined || !/(^|[, \t])(h2c?|h3|http|tls)($|[/, \t])/i.test(passed);
    }),
  );
});
