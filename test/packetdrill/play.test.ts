import { deepEqual, equal } from "node:assert/strict";
import { test } from "node:test";
import { HostMachine } from "./host-machine.ts";
import type { Machine, Wishes } from "./machine.ts";
import { parseScript } from "./parser.ts";
import { type Played, play } from "./play.ts";

const onHost = (wishes: Wishes): Machine => new HostMachine(wishes);
const played = (text: string): Played => play(parseScript("it.pkt", text), onHost);

/** Seven lines, at the end of which a connection stands, 0.1 s after the beginning. */
const CONNECTION = `0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3
+0 bind(3, ..., ...) = 0
+0 listen(3, 1) = 0
+0 < S 0:0(0) win 32792 <mss 1000>
+0 > S. 0:0(0) ack 1 <mss 1460>
+.1 < . 1:1(0) ack 1 win 32792
+0 accept(3, ..., ...) = 4
`;

const PASS: [what: string, lines: string][] = [
  ["a connection stands", ""],
  [
    "times may be any, ranges, or of the whole script",
    `0.1 write(4, ..., 10) = 10
* > P. 1:11(10) ack 1
+.1 < P. 1:11(10) ack 11 win 32792
0.2~0.7 > . 11:11(0) ack 11`,
  ],
  [
    "what is expected in one piece may come in several",
    `+0 write(4, ..., 5000) = 5000
+0 > P. 1:5001(5000) ack 1`,
  ],
  [
    "what was written is what is read on the way",
    `+0 write(4, "GET /", 5) = 5
+0 > P. 1:6(5) ack 1`,
  ],
  [
    "a call that waits comes back when it can",
    `+0...0.200 recv(4, ..., 10, 0) = 10
+.2 < P. 1:11(10) ack 1 win 32792
+0~+.5 > . 1:1(0) ack 11`,
  ],
  [
    "MSG_WAITALL waits for all",
    `+0...0.300 recv(4, ..., 20, MSG_WAITALL) = 20
+.2 < P. 1:11(10) ack 1 win 32792
+.1 < P. 11:21(10) ack 1 win 32792
* > . 1:1(0) ack 11
* > . 1:1(0) ack 21`,
  ],
  [
    "poll() waits, and tells",
    `+0 poll([{fd=4, events=POLLIN|POLLOUT, revents=POLLOUT}], 1, 0) = 1
+0...0.200 poll([{fd=4, events=POLLIN, revents=POLLIN}], 1, 1000) = 1
+.2 < P. 1:11(10) ack 1 win 32792
+0 ioctl(4, SIOCINQ, [10]) = 0
+0~+.5 > . 1:1(0) ack 11
+0 read(4, ..., 10) = 10
+0...0.050 poll([{fd=4, events=POLLIN, revents=0}], 1, 50) = 0`,
  ],
  [
    "vectors and messages",
    `+0 < P. 1:31(30) ack 1 win 32792
+0 readv(4, [{..., 5}, {..., 5}], 2) = 10
+0 recvmsg(4, {msg_name(...)=..., msg_iov(1)=[{..., 10}], msg_flags=0}, MSG_PEEK) = 10
+0 recvmsg(4, {msg_name(...)=..., msg_iov(2)=[{..., 10}, {..., 20}], msg_flags=0}, 0) = 20
+0 writev(4, [{..., 5}, {..., 5}], 2) = 10
+0 > P. 1:11(10) ack 31`,
  ],
  [
    "options of sockets",
    `+0 setsockopt(4, SOL_SOCKET, SO_KEEPALIVE, [1], 4) = 0
+0 getsockopt(4, SOL_SOCKET, SO_KEEPALIVE, [1], [4]) = 0
+0 getsockopt(4, SOL_SOCKET, SO_ERROR, [0], [4]) = 0
+0 fcntl(4, F_SETFL, O_RDWR|O_NONBLOCK) = 0
+0 fcntl(4, F_GETFL) = 0x802 (flags O_RDWR|O_NONBLOCK)`,
  ],
];

for (const [what, lines] of PASS) {
  test(`passes: ${what}`, () => {
    const { outcome, line, why, unread } = played(CONNECTION + lines);
    deepEqual([outcome, line, why, unread], ["passed", undefined, undefined, []]);
  });
}

const FAIL: [lines: string, why: string][] = [
  ["+0 write(4, ..., 100) = 99", "expected write() = 99, got 100"],
  ["+0 read(4, ..., 100) = 0", "expected read() to come back at once, got a call that waits"],
  ["+0 close(4) = -1 EBADF (Bad file descriptor)", "expected close() = -1 EBADF (Bad file descriptor), got 0"],
  [
    "+0...0.100 read(4, ..., 100) = 100\n+.2 < P. 1:101(100) ack 1 win 32792",
    "expected read() to come back at 0.200000 s, got it back at 0.300000 s",
  ],
  ["+0...0.100 read(4, ..., 100) = 100", "expected read() to come back at 0.200000 s, got a call that still waits"],
  ["+0 > . 1:1(0) ack 1", "expected . 1:1(0) ack 1 at 0.100000 s, got nothing by 0.104000 s"],
  ["+0~+.5 > . 1:1(0) ack 1", "expected . 1:1(0) ack 1 from 0.100000 s to 0.600000 s, got nothing by 0.604000 s"],
  ["+0 write(4, ..., 9) = 9\n+.1 > P. 1:10(9) ack 1", "expected P. 1:10(9) ack 1 at 0.200000 s, got it at 0.100000 s"],
  [
    "+0 write(4, ..., 9) = 9\n+0 > . 1:10(9) ack 1",
    "expected . 1:10(9) ack 1, got P. 1:10(9) ack 1 win 65535 (the flags: P., not .)",
  ],
  [
    "+0 write(4, ..., 9) = 9\n+0 > P. 1:9(8) ack 1 <nop>",
    "expected P. 1:9(8) ack 1 <nop>, got P. 1:10(9) ack 1 win 65535 (the length: 9, not 8)",
  ],
  [
    "+0 write(4, ..., 900) = 900\n+0 > P. 1:1801(1800) ack 1",
    "expected P. 1:1801(1800) ack 1 at 0.100000 s, got only P. 1:901(900) ack 1 win 65535 by 0.104000 s",
  ],
  [
    "+0 write(4, ..., 9) = 9\n+0 > [ect0] P. 1:10(9) ack 1",
    "expected P. 1:10(9) ack 1, got P. 1:10(9) ack 1 win 65535 (its ECN bits are noecn)",
  ],
  ["+0 %{ assert tcpi_unacked == 3 }%", "expected tcpi_unacked == 3, got tcpi_unacked = 0"],
  ["+0 ioctl(4, SIOCINQ, [10]) = 0", "expected ioctl() to tell of 10 bytes, got 0"],
  [
    "+0 poll([{fd=4, events=POLLOUT, revents=POLLIN}], 1, 0) = 1",
    "expected poll() to tell of POLLIN for 4, got POLLOUT",
  ],
  ["+0 getsockopt(4, SOL_SOCKET, SO_ERROR, [ECONNRESET], [4]) = 0", "expected getsockopt() to tell 104, got 0"],
];

for (const [lines, why] of FAIL) {
  test(`fails: ${why}`, () => {
    const script = `${CONNECTION}${lines}`;
    const result = played(script);
    deepEqual([result.outcome, result.why], ["failed", why]);
  });
}

test("a failure names the line", () => equal(played(`${CONNECTION}\n\n+0 write(4, ..., 100) = 99`).line, 10));

const NOT_OURS: [lines: string, what: string][] = [
  ["+0 epoll_create(1) = 5", "the system call epoll_create()"],
  ["+0 setsockopt(4, SOL_TCP, TCP_CORK, [1], 4) = 0", "the socket option TCP_CORK"],
  ['+0 setsockopt(4, SOL_TCP, TCP_CONGESTION, "bbr", 4) = 0', "setsockopt() with a string"],
  ["+0 sendto(4, ..., 9, MSG_FASTOPEN, ..., ...) = 9", "sendto() with MSG_FASTOPEN or MSG_ZEROCOPY"],
  ["+0 write(9, ..., 9) = 9", "calls on 9, which is not open"],
  ["+0 setsockopt(4, SOL_TCP, TCP_SOMETHING, [1], 4) = 0", 'the name "TCP_SOMETHING"'],
  ["+0 < icmp weather [1:1(0)]", 'the ICMP message "weather"'],
];

for (const [lines, what] of NOT_OURS) {
  test(`not supported: ${what}`, () => {
    const result = played(CONNECTION + lines);
    deepEqual([result.outcome, result.why], ["not supported", `not supported: ${what}`]);
  });
}

test("code and commands are passed over, and counted", () => {
  const { outcome, leftOut } = played("`./defaults.sh\nsysctl -q net.ipv4.tcp_sack=0`\n0 `ls`\n+0 %{ assert x }%");
  deepEqual([outcome, leftOut], ["passed", ["`./defaults.sh`", "line 3: `ls`", "line 4: %{ assert x }%"]]);
});

test("what comes and is not spoken of is told at the end", () => {
  deepEqual(played(`${CONNECTION}+0 write(4, ..., 9) = 9`).unread, ["0.100000 s > P. 1:10(9) ack 1 win 65535"]);
});

test("settings of Linux hold, where we have the like", () => {
  const text = `\`sysctl -q net.ipv4.tcp_sack=0 net.ipv4.tcp_timestamps=0 net.ipv4.tcp_window_scaling=0\`
0 socket(..., SOCK_STREAM, IPPROTO_TCP) = 3
+0...0.100 connect(3, ..., ...) = 0
+0 > S 0:0(0) <mss 1460>
+.1 < S. 0:0(0) ack 1 win 32792
+0 > . 1:1(0) ack 1`;
  equal(played(text).why, undefined);
});

test("a loose run lets a stack push when it likes, and scale its windows", () => {
  const text = CONNECTION.replaceAll(/<mss \d+>/g, "<mss 1460,nop,wscale 1>");
  const script = parseScript("it.pkt", `${text}+0 write(4, ..., 9) = 9\n+0 > . 1:10(9) ack 1`);
  equal(play(script, onHost).outcome, "failed");
  equal(play(script, onHost, { isLoose: true }).why, undefined);
});

test("datagrams go both ways, and the far side may be out of reach", () => {
  const text = `0 socket(..., SOCK_DGRAM, IPPROTO_UDP) = 3
+0 bind(3, ..., ...) = 0
+0 connect(3, ..., ...) = 0
+0 write(3, ..., 100) = 100
+0 > udp (100)
+.1 < udp (50)
+0 read(3, ..., 1000) = 50
+.1 write(3, ..., 20) = 20
+0 > udp (20)
+0 < icmp unreachable port_unreachable [udp (20)]
+0 write(3, ..., 20) = -1 ECONNREFUSED (Connection refused)
+.1 close(3) = 0
+0 < udp (50)
+0 > icmp unreachable port_unreachable`;
  equal(played(text).why, undefined);
});
