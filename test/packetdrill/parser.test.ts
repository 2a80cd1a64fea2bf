import { deepEqual, equal, ok, throws } from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { parseScript } from "./parser.ts";
import { NotSupported, ScriptError } from "./problems.ts";
import type { Action, CallAction, Expression, PacketAction, ScriptTime, TcpPacket } from "./script.ts";

const first = (text: string) => parseScript("it.pkt", text).events[0]!;
const action = (text: string): Action => first(`0 ${text}`).action;
const packet = (text: string): PacketAction["packet"] => (action(text) as PacketAction).packet;
const call = (text: string): CallAction => action(text) as CallAction;

const TIMES: [text: string, time: ScriptTime][] = [
  ["0.1", { kind: "absolute", from: 100, until: undefined }],
  ["3", { kind: "absolute", from: 3000, until: undefined }],
  ["+.000001", { kind: "relative", from: 0.001, until: undefined }],
  ["+0", { kind: "relative", from: 0, until: undefined }],
  ["0.1~0.25", { kind: "absolute", from: 100, until: 250 }],
  ["+.1~+.25", { kind: "relative", from: 100, until: 250 }],
  ["*", { kind: "any", from: 0, until: undefined }],
];

for (const [text, time] of TIMES) {
  test(`the time ${text}`, () => deepEqual(first(`${text} > . 1:1(0) ack 1`).time, time));
}

const TCP: TcpPacket = {
  kind: "tcp",
  ports: undefined,
  flags: ".",
  sequence: { start: 1, length: 0 },
  ack: undefined,
  window: undefined,
  urgent: 0,
  options: [],
};

const SEGMENTS: [text: string, segment: Partial<TcpPacket>][] = [
  [
    "< S 0:0(0) win 32792 <mss 1000,sackOK,nop,nop,nop,wscale 7>",
    {
      flags: "S",
      sequence: { start: 0, length: 0 },
      window: 32_792,
      options: [
        { kind: "mss", value: 1000 },
        { kind: "sackOK" },
        { kind: "nop" },
        { kind: "nop" },
        { kind: "nop" },
        { kind: "wscale", value: 7 },
      ],
    },
  ],
  ["> S. 0:0(0) ack 1 <...>", { flags: "S.", sequence: { start: 0, length: 0 }, ack: 1, options: undefined }],
  ["> . 1:1001(1000) ack 1", { sequence: { start: 1, length: 1000 }, ack: 1 }],
  ["> FP. 1:11(10) ack 1", { flags: "FP.", sequence: { start: 1, length: 10 }, ack: 1 }],
  ["< SEW 0:0(0) win 5", { flags: "SEW", sequence: { start: 0, length: 0 }, window: 5 }],
  ["< - 1:1(0) win 5", { flags: "", window: 5 }],
  ["> R 1:1(0)", { flags: "R" }],
  [
    "< PU. 1:11(10) ack 1 win 5 urg 3",
    { flags: "PU.", sequence: { start: 1, length: 10 }, ack: 1, window: 5, urgent: 3 },
  ],
  ["< 40001 > 8080 . 1:1(0) ack 1 win 5", { ports: { source: 40_001, destination: 8080 }, ack: 1, window: 5 }],
  [
    "> . 1:1(0) ack 1001 <nop,nop,sack 2001:3001 5001:6001>",
    {
      ack: 1001,
      options: [
        { kind: "nop" },
        { kind: "nop" },
        {
          kind: "sack",
          blocks: [
            [2001, 3001],
            [5001, 6001],
          ],
        },
      ],
    },
  ],
  [
    "> . 1:1(0) ack 1 <nop,nop,TS val 100 ecr 4294967295>",
    {
      ack: 1,
      options: [{ kind: "nop" }, { kind: "nop" }, { kind: "TS", value: 100, echo: 4_294_967_295 }],
    },
  ],
  [
    "< S 0:0(0) win 5 <FO 0aff,eol>",
    {
      flags: "S",
      sequence: { start: 0, length: 0 },
      window: 5,
      options: [{ kind: "other", code: 34, data: Uint8Array.of(0x0a, 0xff) }, { kind: "eol" }],
    },
  ],
  // Past 2³² − 1 comes 0.
  ["< . 4294967290:4(10) ack 1 win 5", { sequence: { start: 4_294_967_290, length: 10 }, ack: 1, window: 5 }],
];

for (const [text, segment] of SEGMENTS) {
  test(`the segment ${text}`, () => deepEqual(packet(text), { ...TCP, ...segment }));
}

test("what stands in brackets before a packet is of IP", () => {
  const facts = (text: string) => (action(text) as PacketAction).ip;
  deepEqual(facts("> [ect01] . 1:1(0) ack 1"), { ecn: "ect01", tos: undefined, ttl: undefined });
  deepEqual(facts("> (tos 0x1f) . 1:1(0) ack 1"), { ecn: undefined, tos: 31, ttl: undefined });
  deepEqual(facts("< [ce,ttl 1] . 1:1(0) ack 1 win 5"), { ecn: "ce", tos: undefined, ttl: 1 });
});

test("datagrams and ICMP messages", () => {
  deepEqual(packet("< udp (1000)"), { kind: "udp", ports: undefined, length: 1000 });
  deepEqual(packet("< udp 5 > 6 (10)"), { kind: "udp", ports: { source: 5, destination: 6 }, length: 10 });
  const about = { protocol: "tcp", sequence: { start: 1, length: 1460 } };
  const message = { kind: "icmp", type: "unreachable", code: "frag_needed", mtu: 1400, id: undefined, about };
  deepEqual(packet("< icmp unreachable frag_needed mtu 1400 [1:1461(1460)]"), message);
  // As it was written before 2013.
  deepEqual(packet("< [1:1461(1460)] icmp unreachable frag_needed mtu 1400"), message);
});

test("calls: arguments, results, errors", () => {
  const refused = call("read(4, ..., 1000) = -1 EAGAIN (Resource temporarily unavailable)");
  deepEqual([refused.name, refused.errno, refused.result], ["read", "EAGAIN", { kind: "number", value: -1 }]);
  deepEqual(refused.args, [{ kind: "number", value: 4 }, { kind: "ellipsis" }, { kind: "number", value: 1000 }]);
  equal(call("...0.200 accept(3, ..., ...) = 4").end, 200);
  equal(call("close(4) = 0").end, undefined);
  // O_RDWR is what fcntl comes to, "(flags O_RDWR)" is for people.
  equal(call("fcntl(3, F_GETFL) = 0x2 (flags O_RDWR)").errno, undefined);
});

const EXPRESSIONS: [text: string, expression: Expression][] = [
  ["POLLIN|POLLOUT", { kind: "or", left: { kind: "word", word: "POLLIN" }, right: { kind: "word", word: "POLLOUT" } }],
  ["[1, ...]", { kind: "list", items: [{ kind: "number", value: 1 }, { kind: "ellipsis" }] }],
  ["[]", { kind: "list", items: [] }],
  ['"GET" " /\\r\\n"...', { kind: "string", text: "GET /\r\n" }],
  ["htons(80)", { kind: "function", name: "htons", args: [{ kind: "number", value: 80 }] }],
  ["{..., 1000}", { kind: "list", items: [{ kind: "ellipsis" }, { kind: "number", value: 1000 }] }],
  [
    "{onoff=1, linger=0}",
    {
      kind: "record",
      fields: new Map([
        ["onoff", { kind: "number", value: 1 }],
        ["linger", { kind: "number", value: 0 }],
      ]),
    },
  ],
  [
    "{msg_name(...)=..., msg_iov(1)=[{..., 5}], msg_flags=0}",
    {
      kind: "record",
      fields: new Map<string, Expression>([
        ["msg_name", { kind: "ellipsis" }],
        [
          "msg_iov",
          { kind: "list", items: [{ kind: "list", items: [{ kind: "ellipsis" }, { kind: "number", value: 5 }] }] },
        ],
        ["msg_flags", { kind: "number", value: 0 }],
      ]),
    },
  ],
];

for (const [text, expression] of EXPRESSIONS) {
  test(`the value ${text}`, () => deepEqual(call(`f(${text}) = 0`).args, [expression]));
}

test("a script has options, a beginning, events and an end", () => {
  const script = parseScript(
    "it.pkt",
    "--mtu=1400\n--local_ip=10.0.0.1\n--verbose\n`up`\n// told\n0 `now`\n+1 %{ x }%\n`down`",
  );
  deepEqual(script.options, [
    ["mtu", "1400"],
    ["local_ip", "10.0.0.1"],
    ["verbose", ""],
  ]);
  equal(script.setUp?.command, "up");
  equal(script.cleanUp?.command, "down");
  deepEqual(
    script.events.map(({ line, action }) => [line, action]),
    [
      [6, { kind: "shell", command: "now" }],
      [7, { kind: "code", text: "x" }],
    ],
  );
});

const WRONG: [text: string, message: string][] = [
  ["", "1: expected an event, got the end of the file"],
  ["0 < S 0:0(0", '1: expected ")", got the end of the file'],
  ["0 < S ack 1", '1: expected a sequence number, got "ack"'],
  ["0 < S 0:5(6) win 5", "1: expected 0:6(6), got 0:5(6)"],
  ["0 < S 0:0(0) win 70000", '1: expected a window from 0 to 65535, got "70000"'],
  ["0 < X 0:0(0)", '1: expected flags of FSRPEWU behind "X", got "0"'],
  [
    "0 < . 1:1(0) ack 1 win 5 <...>",
    "1: expected options for a packet that goes in, not <...>, got the end of the file",
  ],
  ["0 < . 1:1(0) ack 1", "1: expected a window (win …), got the end of the file"],
  ["0 > . 1:1(0) ack 1 <mss>", '1: expected a segment size, got ">"'],
  ["\n+0 close(4)", '2: expected "=", got the end of the file'],
  ["0 close 4 = 0", '1: expected "(", got "4"'],
  ["0 f(,) = 0", '1: expected a value, got ","'],
  ["-1 f() = 0", '1: expected a time in seconds, got "-1"'],
  ["0.2~0.1 > . 1:1(0)", "1: expected a range of times that goes forward"],
  ["* f() = 0", "1: expected one time; several are only for packets that come out"],
  ["0~1 < . 1:1(0) ack 1 win 5", "1: expected one time; several are only for packets that come out"],
  ["0 f() = 0\n--mtu=5", '2: expected a time in seconds, got "mtu"'],
  ["0 f() = 0\n`a`\n`b`", '3: expected nothing more behind the command that cleans up, got "b"'],
];

for (const [text, message] of WRONG) {
  test(`no script: "${text.replaceAll("\n", "\\n")}"`, () => {
    throws(
      () => parseScript("it.pkt", text),
      (error) => {
        ok(error instanceof ScriptError);
        equal(error.message, `it.pkt:${message}`);
        return true;
      },
    );
  });
}

const NOT_OURS: [text: string, what: string][] = [
  ["0 > ipv6 fd3d::1 > fd3d::2: . 1:1(0) ack 1", "packets within packets (ipv6)"],
  ["0 > gre: . 1:1(0) ack 1", "packets within packets (gre)"],
  ["0 > (flowlabel 0x1) . 1:1(0) ack 1", "IPv6 (flowlabel)"],
  ["0 > SA 0:0(0) ack 1", 'the AccECN flags "SA"'],
  ["0 > P.5 1:1(0) ack 1", 'the AccECN count ".5"'],
  ["0 > S 0:0(0) <mptcp>", 'the TCP option "mptcp"'],
  ["0 < . 1:1(0) ack 1 win 5 { mut tcp mss }", "packets that are damaged on purpose ({…})"],
  ["--define=X=1\n0 f() = 0", "--define"],
];

for (const [text, what] of NOT_OURS) {
  test(`not supported: ${what}`, () => {
    throws(
      () => parseScript("it.pkt", text),
      (error) => error instanceof NotSupported && error.message.endsWith(`not supported: ${what}`),
    );
  });
}

test("whatever the text, it is a script or the line says why not", () => {
  const pieces = fc.constantFrom(
    "0",
    "+.1",
    "*",
    "~",
    "<",
    ">",
    "S",
    ".",
    "1:1(0)",
    "ack 1",
    "win 5",
    "<mss 5>",
    "icmp",
    "udp",
    "[",
    "]",
    "{",
    "}",
    "(",
    ")",
    "f(",
    "= 0",
    "...",
    '"a"',
    "`b`",
    "%{ c }%",
    "\n",
    "|",
    ",",
    "--mtu=1",
    "tos",
    "sack 1:2",
  );
  const texts = fc.oneof(
    fc.string(),
    fc.array(pieces).map((words) => words.join(" ")),
  );
  fc.assert(
    fc.property(texts, (text) => {
      try {
        parseScript("it.pkt", text);
      } catch (error) {
        ok(error instanceof ScriptError || error instanceof NotSupported, String(error));
      }
    }),
  );
});
