import { deepEqual, doesNotMatch, equal, match, throws } from "node:assert/strict";
import { test } from "node:test";
import { authenticate, parseCredentials } from "../../src/handlers/authenticate.ts";
import { Fields } from "../../src/http/fields.ts";
import type { Request } from "../../src/http/message.ts";
import type { Answer } from "../../src/web/handler.ts";
import { scene } from "../web/scene.ts";
import { bodyOf, exchange, request, textOf } from "./exchange.ts";

const basic = (text: string) => `Basic ${Buffer.from(text).toString("base64")}`;

/** What is asked of who is let in. */
function door(isProxy: boolean, user = "mia", password = "secret") {
  const seen: Request[] = [];
  const handler = authenticate(
    (request) => {
      seen.push(request);
      return { status: 204, fields: new Fields() };
    },
    { user, password, isProxy },
  );
  const ask = (fields: Iterable<readonly [string, string]>, line = "GET /"): Answer =>
    handler(request(line, fields), exchange()) as Answer;
  return { seen, handler, ask };
}

const VALUES: [value: string | undefined, isGood: boolean][] = [
  [basic("mia:secret"), true],
  [basic("mia:secret").replace("Basic", "bAsIc"), true],
  [basic("mia:secret").replace(" ", "   "), true],
  [undefined, false],
  ["", false],
  ["Basic", false],
  ["Basic !", false],
  [basic("mia"), false],
  [basic(":"), false],
  [basic("mia:"), false],
  [basic(":secret"), false],
  [basic("mia:secre"), false],
  [basic("mia:secret "), false],
  [basic("mia:Secret"), false],
  [basic("Mia:secret"), false],
  [basic("mia:s:ecret"), false],
  [basic("mi:asecret"), false],
  [basic("mia:secret").replace("Basic", "Bearer"), false],
  [`${basic("mia:secret")}, ${basic("mia:secret")}`, false],
];

for (const isProxy of [true, false]) {
  const [field, other] = isProxy ? ["Proxy-Authorization", "Authorization"] : ["Authorization", "Proxy-Authorization"];
  const status = isProxy ? 407 : 401;

  for (const [value, isGood] of VALUES) {
    test(`${isProxy ? "a proxy" : "a server"} lets ${isGood ? "" : "nobody "}in with ${value ?? "no field"}`, () => {
      const { ask, seen } = door(isProxy);
      const says = (value: string | undefined) => ask(value === undefined ? [] : [[field, value]]).status;
      equal(says(value), isGood ? 204 : status);
      // What was good before is no help to who guesses.
      equal(says(basic("mia:secret")), 204);
      equal(says(value), isGood ? 204 : status);
      equal(seen.length, isGood ? 3 : 1);
    });
  }

  test(`${field} goes no further, everything else does`, () => {
    const { ask, seen } = door(isProxy);
    ask([
      ["Host", "example.com"],
      [field.toUpperCase(), basic("mia:secret")],
      [other, "Basic b3RoZXI="],
      ["Accept", "text/html"],
    ]);
    deepEqual(
      [...seen[0]!.fields],
      [
        ["Host", "example.com"],
        [other, "Basic b3RoZXI="],
        ["Accept", "text/html"],
      ],
    );
  });

  test(`two fields ${field} let nobody in`, () => {
    const { ask } = door(isProxy);
    const line: [string, string] = [field, basic("mia:secret")];
    equal(ask([line, line]).status, status);
  });

  test(`${other} lets nobody in`, () => equal(door(isProxy).ask([[other, basic("mia:secret")]]).status, status));
}

test("the request that goes on is the one that came, with its content", () => {
  const { handler, seen } = door(true);
  const body = bodyOf(["hello"]);
  const asked = request("PUT /x", { "Proxy-Authorization": basic("mia:secret") }, body);
  handler(asked, exchange());
  deepEqual({ ...seen[0], fields: undefined }, { ...asked, fields: undefined });
  equal(seen[0]!.body, body);
  // Who logs it later finds it as it was.
  equal(asked.fields.size, 1);
});

test("a challenge names the realm, and the charset that its clients may use", async () => {
  const ask = (isProxy: boolean, realm?: string) =>
    authenticate(() => ({ status: 204, fields: new Fields() }), {
      user: "mia",
      password: "secret",
      isProxy,
      ...(realm !== undefined && { realm }),
    })(request("GET /"), exchange()) as Answer;
  equal(ask(true).fields.get("proxy-authenticate"), 'Basic realm="maitred", charset="UTF-8"');
  equal(ask(true).fields.get("www-authenticate"), undefined);
  equal(ask(false, 'the "kitchen"').fields.get("www-authenticate"), 'Basic realm="the \\"kitchen\\"", charset="UTF-8"');
  equal(await textOf(ask(false)), "401 Unauthorized: A user and a password are asked for\n");
  throws(() => ask(true, "a\r\nb"), TypeError);
});

test("users and passwords may be of all the world, and have colons", () => {
  equal(door(true, "미아", "비:밀").ask([["Proxy-Authorization", basic("미아:비:밀")]]).status, 204);
});

test("an empty password is one", () => {
  const { ask } = door(true, "mia", "");
  equal(ask([["Proxy-Authorization", basic("mia:")]]).status, 204);
  equal(ask([["Proxy-Authorization", basic("mia")]]).status, 407);
});

test("a client that is asked for its password for a tunnel says it on the same connection", () => {
  const { handler } = door(true);
  return scene(handler, async ({ arrives }) => {
    const client = await arrives();
    await client.says("CONNECT example.com:443 HTTP/1.1", "Host: example.com:443", "", "");
    const [head] = await client.hearsLike(/^HTTP\/1\.1 407 [\s\S]*?\r\n\r\n[^\n]*\n/);
    match(head, /^Proxy-Authenticate: Basic realm="maitred", charset="UTF-8"\r$/m);
    doesNotMatch(head, /^Connection:/m);
    const line = `Proxy-Authorization: ${basic("mia:secret")}`;
    await client.says("CONNECT example.com:443 HTTP/1.1", "Host: example.com:443", line, "", "");
    await client.hearsLike(/^HTTP\/1\.1 204 /);
  });
});

const CREDENTIALS: [text: string, user: string, password: string][] = [
  ["mia:secret", "mia", "secret"],
  ["mia:se:cret", "mia", "se:cret"],
  ["mia:", "mia", ""],
  [" mia : x ", " mia ", " x "],
];

for (const [text, user, password] of CREDENTIALS) {
  test(`"${text}" is the user "${user}" with the password "${password}"`, () =>
    deepEqual(parseCredentials(text), { user, password }));
}

const REFUSED: [text: string, why: string][] = [
  ["", "they are not written user:password"],
  ["hunter2", "they are not written user:password"],
  [":hunter2", 'there is no user before the ":"'],
  ["mia:hunter2\n", "they hold a control character"],
];

for (const [text, why] of REFUSED) {
  test(`credentials are refused, and not said: ${why}`, () =>
    throws(() => parseCredentials(text), { name: "TypeError", message: `Cannot use the credentials: ${why}` }));
}
