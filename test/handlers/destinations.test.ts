import { equal, match } from "node:assert/strict";
import { test } from "node:test";
import { VirtualClock } from "../../src/base/clock.ts";
import { parsePattern } from "../../src/handlers/destination-pattern.ts";
import { type DestinationOptions, destinations, prepared } from "../../src/handlers/destinations.ts";
import { Fields } from "../../src/http/fields.ts";
import { exchange, request } from "./exchange.ts";

const patterns = (text: string | undefined) => (text ?? "").split(" ").filter(Boolean).map(parsePattern);

interface Rules {
  readonly allow?: string;
  readonly deny?: string;
  readonly guard?: boolean;
}

const judgeOf = ({ allow, deny, guard = false }: Rules, more: DestinationOptions = {}) =>
  destinations({ allow: patterns(allow), deny: patterns(deny), guardsInside: guard, ...more });

/** Where a request goes: `host:port`, behind an arrow the address that the host resolves to. */
function ask(rules: Rules, where: string): string | undefined {
  const [target = "", address] = where.split(" → ");
  const colon = target.lastIndexOf(":");
  const [host, port] = [target.slice(0, colon), Number(target.slice(colon + 1))];
  const judge = judgeOf(rules);
  return judge.judgeName(host, port) ?? (address === undefined ? undefined : judge.judge(host, port, address));
}

const GOES: [rules: Rules, where: string][] = [
  [{}, "example.com:80 → 203.0.113.7"],
  [{}, "127.0.0.1:80 → 127.0.0.1"],
  // An allow list: by name, by address, by port.
  [{ allow: "example.com" }, "example.com:80 → 203.0.113.7"],
  [{ allow: "example.com" }, "EXAMPLE.com.:80 → 203.0.113.7"],
  [{ allow: "example.com" }, "example.com:80 → 10.0.0.1"],
  [{ allow: "*.example.com" }, "a.b.example.com:80 → 203.0.113.7"],
  [{ allow: ".example.com:80" }, "example.com:80 → 203.0.113.7"],
  [{ allow: "10.0.0.0/8" }, "10.0.0.5:80 → 10.0.0.5"],
  [{ allow: "10.0.0.0/8" }, "intranet:80 → 10.0.0.5"],
  [{ allow: "10.0.0.0/8" }, "intranet:80 → ::ffff:10.0.0.5"],
  [{ allow: "10.0.0.0/8" }, "127.1:80 → 10.0.0.5"],
  [{ allow: "[::1]:80" }, "::1:80 → ::1"],
  [{ allow: "[::1]:80" }, "[::1]:80 → ::1"],
  [{ allow: "fe80::/10" }, "fe80::1%eth0:80 → fe80::1%eth0"],
  [{ allow: ":8080" }, "example.com:8080 → 203.0.113.7"],
  [{ allow: ":8080" }, "127.0.0.1:8080 → 127.0.0.1"],
  [{ allow: "*" }, "rebound.example:80 → 127.0.0.1"],
  [{ allow: "example.com 127.0.0.1" }, "example.com:80 → 127.0.0.1"],
  [{ allow: "example.com localhost" }, "example.com:80 → ::1"],
  [{ allow: "localhost" }, "localhost:3000 → ::1"],
  [{ allow: "localhost" }, "app.localhost:3000 → 127.0.0.1"],
  [{ allow: "localhost" }, "127.0.0.1:3000 → 127.0.0.1"],
  [{ allow: "localhost" }, "0.0.0.0:3000 → 0.0.0.0"],
  // A list of what is denied.
  [{ deny: "example.com" }, "www.example.com:80 → 203.0.113.7"],
  [{ deny: "*.example.com" }, "example.com:80 → 203.0.113.7"],
  [{ deny: "*.example.com" }, "notexample.com:80 → 203.0.113.7"],
  [{ deny: "example.com:80" }, "example.com:443 → 203.0.113.7"],
  [{ deny: "10.0.0.0/8" }, "example.com:80 → 11.0.0.1"],
  [{ deny: "10.0.0.0/8" }, "example.com:80 → 2001:db8::a00:1"],
  // A guard lets everything else through.
  [{ guard: true }, "example.com:80 → 203.0.113.7"],
  [{ guard: true }, "printer:80 → 192.168.1.7"],
  [{ guard: true }, "printer:80 → fd00::7"],
  [{ guard: true, allow: "localhost *" }, "localhost:80 → 127.0.0.1"],
  [{ guard: true, allow: "169.254.169.254" }, "169.254.169.254:80 → 169.254.169.254"],
  [{ guard: true, allow: "127.0.0.0/8:3000" }, "app.example:3000 → 127.0.0.1"],
  [{ guard: true, allow: "127.0.0.1" }, "64:ff9b::7f00:1:80 → 64:ff9b::7f00:1"],
];

for (const [rules, where] of GOES) {
  test(`${JSON.stringify(rules)} lets one go to ${where}`, () => equal(ask(rules, where), undefined));
}

const STAYS: [rules: Rules, where: string, why: string][] = [
  [{ deny: "10.0.0.0/8" }, "10.0.0.5:80", '"10.0.0.5" is denied (--deny 10.0.0.0/8)'],
  [
    { deny: "10.0.0.0/8" },
    "intranet:80 → 10.0.0.5",
    '"intranet" leads to 10.0.0.5, which is denied (--deny 10.0.0.0/8)',
  ],
  [{ deny: "Example.com" }, "example.COM:80", '"example.COM" is denied (--deny Example.com)'],
  [{ deny: "example.com" }, "example.com.:80", '"example.com." is denied (--deny example.com)'],
  [{ deny: "example.com" }, "example.com..:80", '"example.com.." is denied (--deny example.com)'],
  [{ deny: "example.com" }, "ex%61mple.com:80", '"ex%61mple.com" is denied (--deny example.com)'],
  [{ deny: ".example.com" }, "a.example.com:80", '"a.example.com" is denied (--deny .example.com)'],
  [{ deny: "*" }, "example.com:80", '"example.com" is denied (--deny *)'],
  [{ deny: "*" }, "127.1:80", '"127.1" is denied (--deny *)'],
  [{ deny: ":25" }, "203.0.113.7:25", '"203.0.113.7" is denied (--deny :25)'],
  [{ deny: "localhost" }, "127.0.0.1:80", '"127.0.0.1" is denied (--deny localhost)'],
  [{ deny: "localhost" }, "0.0.0.0:80", '"0.0.0.0" is denied (--deny localhost)'],
  [{ deny: "127.0.0.1" }, "0.0.0.0:80", '"0.0.0.0" leads to 127.0.0.1, which is denied (--deny 127.0.0.1)'],
  [{ deny: "::1" }, ":::80", '"::" leads to ::1, which is denied (--deny ::1)'],
  // Whatever is allowed.
  [{ allow: "*", deny: "a.example" }, "a.example:80", '"a.example" is denied (--deny a.example)'],
  [{ allow: "10.0.0.5", deny: "10.0.0.0/8" }, "10.0.0.5:80", '"10.0.0.5" is denied (--deny 10.0.0.0/8)'],
  // Wrapped.
  [
    { deny: "10.0.0.0/8" },
    "::ffff:10.0.0.5:80",
    '"::ffff:10.0.0.5" leads to 10.0.0.5, which is denied (--deny 10.0.0.0/8)',
  ],
  [{ deny: "10.0.0.0/8" }, "::a00:5:80", '"::a00:5" leads to 10.0.0.5, which is denied (--deny 10.0.0.0/8)'],
  [
    { deny: "10.0.0.0/8" },
    "64:ff9b::a00:5:80",
    '"64:ff9b::a00:5" leads to 10.0.0.5, which is denied (--deny 10.0.0.0/8)',
  ],
  [{ deny: "10.0.0.0/8" }, "a:80 → 2002:a00:5::1", '"a" leads to 10.0.0.5, which is denied (--deny 10.0.0.0/8)'],
  [{ deny: "2002::/16" }, "a:80 → 2002:a00:5::1", '"a" leads to 2002:a00:5::1, which is denied (--deny 2002::/16)'],
  // Odd spellings are judged by what they lead to.
  [{ deny: "127.0.0.1" }, "0x7f.1:80 → 127.0.0.1", '"0x7f.1" leads to 127.0.0.1, which is denied (--deny 127.0.0.1)'],
  [
    { deny: "127.0.0.1" },
    "2130706433:80 → 127.0.0.1",
    '"2130706433" leads to 127.0.0.1, which is denied (--deny 127.0.0.1)',
  ],
  // What is not allowed where something is.
  [{ allow: "a.example" }, "b.example:80", '"b.example" is not allowed at port 80 (--allow b.example:80 allows it)'],
  [
    { allow: "a.example:443" },
    "a.example:80",
    '"a.example" is not allowed at port 80 (--allow a.example:80 allows it)',
  ],
  [
    { allow: "a.example" },
    "203.0.113.7:80",
    '"203.0.113.7" is not allowed at port 80 (--allow 203.0.113.7:80 allows it)',
  ],
  [{ allow: "a.example" }, "127.1:80", '"127.1" is not allowed at port 80 (--allow 127.1:80 allows it)'],
  [
    { allow: "*.example" },
    "evil%2f.example:80",
    '"evil%2f.example" is not allowed at port 80 (--allow evil%2f.example:80 allows it)',
  ],
  [
    { allow: "10.0.0.0/8" },
    "b.example:80 → 11.0.0.1",
    '"b.example" is not allowed at port 80 (--allow b.example:80 allows it)',
  ],
  [
    { allow: "10.0.0.0/8" },
    "2001:db8::1:80",
    '"2001:db8::1" is not allowed at port 80 (--allow [2001:db8::1]:80 allows it)',
  ],
  [
    { allow: "10.0.0.0/8" },
    "[2001:db8::1]:80",
    '"2001:db8::1" is not allowed at port 80 (--allow [2001:db8::1]:80 allows it)',
  ],
  // Wrapped, it is another address.
  [{ allow: "10.0.0.0/8" }, "a:80 → 2002:a00:5::1", '"a" is not allowed at port 80 (--allow a:80 allows it)'],
  // A name that is allowed, but leads inside.
  [
    { allow: "intranet" },
    "intranet:80 → 127.0.0.1",
    '"intranet" leads to 127.0.0.1, inside this machine (--allow 127.0.0.1 allows it)',
  ],
  [{ allow: "*.example" }, "a.example:80 → ::", '"a.example" leads to ::, inside this machine (--allow :: allows it)'],
  [
    { allow: "*.example" },
    "a.example:80 → ::ffff:127.0.0.1",
    '"a.example" leads to 127.0.0.1, inside this machine (--allow 127.0.0.1 allows it)',
  ],
  [
    { allow: "*.example" },
    "a.example:80 → fe80::1%eth0",
    '"a.example" leads to fe80::1, a link-local address (--allow fe80::1 allows it)',
  ],
  [
    { allow: "a.example 127.0.0.1:3000" },
    "a.example:80 → 127.0.0.1",
    '"a.example" leads to 127.0.0.1, inside this machine (--allow 127.0.0.1 allows it)',
  ],
  // Guarded.
  [{ guard: true }, "127.0.0.1:80", '"127.0.0.1" is inside this machine (--allow 127.0.0.1 allows it)'],
  [{ guard: true }, "0.0.0.0:80", '"0.0.0.0" is inside this machine (--allow 0.0.0.0 allows it)'],
  [
    { guard: true },
    "169.254.169.254:80",
    '"169.254.169.254" is a link-local address (--allow 169.254.169.254 allows it)',
  ],
  [{ guard: true }, "localhost:80 → ::1", '"localhost" leads to ::1, inside this machine (--allow ::1 allows it)'],
  [
    { guard: true, allow: "*" },
    "a.example:80 → 127.0.0.1",
    '"a.example" leads to 127.0.0.1, inside this machine (--allow 127.0.0.1 allows it)',
  ],
  [
    { guard: true, allow: ":80" },
    "a.example:80 → 169.254.169.254",
    '"a.example" leads to 169.254.169.254, a link-local address (--allow 169.254.169.254 allows it)',
  ],
  [
    { guard: true, allow: "::/0" },
    "a:80 → 64:ff9b::a9fe:a9fe",
    '"a" leads to 169.254.169.254, a link-local address (--allow 169.254.169.254 allows it)',
  ],
  [{ guard: true }, "a:80 → nonsense", '"a" leads to "nonsense", which is no IP address'],
];

for (const [rules, where, why] of STAYS) {
  test(`${JSON.stringify(rules)} keeps one from ${where}`, () => equal(ask(rules, where), why));
}

test("a name that is denied is denied by its address too, whoever asks only then", () => {
  match(judgeOf({ deny: "a.example" }).judge("a.example", 80, "203.0.113.7") ?? "", /denied/);
});

test("the verdict on one host is not the verdict on the next one", () => {
  const judge = judgeOf({ deny: "a.example:80" });
  for (let i = 0; i < 2; i++) {
    equal(judge.judgeName("a.example", 80), '"a.example" is denied (--deny a.example:80)');
    equal(judge.judgeName("a.example", 81), undefined);
    equal(judge.judgeName("b.example", 80), undefined);
  }
});

const TUNNELS: [ports: DestinationOptions["connectPorts"], port: number, why: string | undefined][] = [
  [undefined, 443, undefined],
  [undefined, 8443, "CONNECT may go to port 443 only (--connect-port 8443 allows another)"],
  [[443, [9000, 9010]], 9010, undefined],
  [[443, [9000, 9010]], 9011, "CONNECT may go to ports 443, 9000-9010 only (--connect-port 9011 allows another)"],
  [[], 443, "CONNECT may go to no port (--connect-port 443 allows another)"],
];

for (const [connectPorts, port, why] of TUNNELS) {
  test(`with CONNECT for ${connectPorts?.join(" ") ?? "the usual"}, ${port} is ${why === undefined ? "fine" : "refused"}`, () => {
    equal(destinations(connectPorts && { connectPorts }).judgeTunnel(port), why);
  });
}

function intranet(): { asked: string[]; addresses: string[]; resolve: (name: string) => Promise<readonly string[]> } {
  const asked: string[] = [];
  const addresses = ["10.0.0.5", "fd00::5"];
  const resolve = async (name: string): Promise<readonly string[]> => {
    asked.push(name);
    return addresses;
  };
  return { asked, addresses, resolve };
}

test("a denied name is not reached by its address, however that is written", async () => {
  const { resolve } = intranet();
  const judge = judgeOf({ deny: "intranet:80" }, { resolve, clock: new VirtualClock() });
  await judge.prepare("10.0.0.5");
  const why = '"10.0.0.5" is where "intranet" is, which is denied (--deny intranet)';
  equal(judge.judgeName("10.0.0.5", 80), why);
  equal(judge.judgeName("10.0.0.5", 81), undefined);
  equal(judge.judgeName("10.0.0.6", 80), undefined);
  for (const host of ["::ffff:10.0.0.5", "64:ff9b::10.0.0.5", "fd00:0::5", "[fd00::5]"]) {
    match(judge.judgeName(host, 80) ?? "", /is where "intranet" is/, host);
  }
  match(judge.judge("167772165", 80, "10.0.0.5") ?? "", /is where "intranet" is/);
  // Another name is another name.
  equal(judge.judge("other", 80, "10.0.0.5"), undefined);
});

test("names are resolved for who writes an address, and only where a name is denied", async () => {
  const { asked, resolve } = intranet();
  const clock = new VirtualClock();
  equal(judgeOf({ deny: "*.example 10.0.0.1 localhost" }, { resolve, clock }).prepare("10.0.0.5"), undefined);
  const judge = judgeOf({ deny: "intranet .example *.org" }, { resolve, clock });
  equal(judge.prepare("other"), undefined);
  await judge.prepare("10.0.0.5");
  equal(asked.join(" "), "intranet example");
  equal(judge.prepare("10.0.0.6"), undefined);
});

test("an address is refused until it is known where denied names are", async () => {
  const { resolve } = intranet();
  const judge = judgeOf({ deny: "intranet" }, { resolve, clock: new VirtualClock() });
  equal(
    judge.judgeName("10.0.0.6", 80),
    '"10.0.0.6" may be where "intranet" is, which is denied, and no name server has said so far',
  );
  await judge.prepare("10.0.0.6");
  equal(judge.judgeName("10.0.0.6", 80), undefined);
});

test("without a resolver, an address is not a name", () => {
  const judge = judgeOf({ deny: "intranet" });
  equal(judge.prepare("10.0.0.5"), undefined);
  equal(judge.judgeName("10.0.0.5", 80), undefined);
});

for (const line of ["GET http://10.0.0.5:80/", "CONNECT 10.0.0.5:80", "GET /", "GET http://[fd00::5]/"]) {
  test(`a handler behind preparation is asked when it is done: ${line}`, async () => {
    const { resolve } = intranet();
    const judge = judgeOf({ deny: "intranet" }, { resolve, clock: new VirtualClock() });
    const answer = await prepared(() => {
      match(judge.judgeName("10.0.0.5", 80) ?? "", /is where/);
      return { status: 204, fields: new Fields() };
    }, judge)(request(line, { Host: "10.0.0.5" }), exchange());
    equal(answer.status, 204);
  });
}

test("a handler behind preparation answers at once where there is nothing to prepare", () => {
  const { resolve } = intranet();
  const answer = { status: 204, fields: new Fields() };
  const handler = prepared(() => answer, judgeOf({ deny: "intranet" }, { resolve }));
  equal(handler(request("GET http://example.com/"), exchange()), answer);
  equal(handler(request("GET /"), exchange()), answer);
});
