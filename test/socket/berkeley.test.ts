import { deepEqual, equal, notEqual, ok, rejects, throws } from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { latin1, utf8 } from "../../src/base/bytes.ts";
import {
  AF_INET,
  AF_INET6,
  AF_UNIX,
  type Berkeley,
  berkeley,
  INADDR_ANY,
  SHUT_RD,
  SHUT_RDWR,
  SHUT_WR,
  SOCK_DGRAM,
  SOCK_STREAM,
} from "../../src/socket/berkeley.ts";
import { kernel } from "../../src/socket/kernel.ts";
import { simulate } from "../../src/socket/simulated.ts";
import { type Address, type InternetAddress, SocketError, type SocketErrorCode } from "../../src/socket/socket.ts";
import { memoryNetwork } from "./memory.ts";

const folder = mkdtempSync(join(tmpdir(), "maitred-berkeley-"));
after(() => rmSync(folder, { recursive: true }));

const HERE = { host: "127.0.0.1", port: 0 };

const KNOW_PATHS = [
  ["memory", memoryNetwork()],
  ["kernel", kernel],
] as const;
const ALL = [...KNOW_PATHS, ["simulated", simulate({ seed: 7 }).host("10.0.0.1")]] as const;

/** Plays it over each of the networks, and closes what is left open. */
function play(
  name: string,
  act: (calls: Berkeley, path: string) => Promise<void>,
  carriers: typeof ALL | typeof KNOW_PATHS = ALL,
): void {
  for (const [carrier, network] of carriers) {
    test(`${carrier}: ${name}`, async () => {
      const calls = berkeley(network);
      try {
        await act(calls, join(folder, `${name.length}.sock`));
      } finally {
        for (let fd = 3; fd < 20; fd++) await calls.close(fd).catch(() => {});
      }
    });
  }
}

/** A listening socket, one that has connected to it, and one that was accepted for it. */
async function three({
  socket,
  bind,
  listen,
  accept,
  connect,
  getsockname,
}: Berkeley): Promise<[number, number, number]> {
  const listenfd = socket(AF_INET, SOCK_STREAM);
  await bind(listenfd, HERE);
  await listen(listenfd, 5);
  const clientfd = socket(AF_INET, SOCK_STREAM);
  await connect(clientfd, getsockname(listenfd));
  return [listenfd, clientfd, await accept(listenfd)];
}

play("the textbook's echo, line for line", async (calls) => {
  const { socket, bind, listen, accept, connect, send, recv, shutdown, close, getsockname } = calls;
  const listenfd = socket(AF_INET, SOCK_STREAM, 0);
  await bind(listenfd, { host: INADDR_ANY, port: 0 });
  await listen(listenfd, 1024);
  const server = (async () => {
    const connfd = await accept(listenfd);
    for (let buf = await recv(connfd, 4); buf.length > 0; buf = await recv(connfd, 4)) await send(connfd, buf);
    await close(connfd);
  })();

  const { port } = getsockname(listenfd) as InternetAddress;
  const clientfd = socket(AF_INET, SOCK_STREAM, 0);
  await connect(clientfd, { host: "127.0.0.1", port });
  equal(await send(clientfd, utf8("hello, world")), 12);
  shutdown(clientfd, SHUT_WR);
  let heard = "";
  for (let buf = await recv(clientfd, 100); buf.length > 0; buf = await recv(clientfd, 100)) heard += latin1(buf);
  equal(heard, "hello, world");
  await server;
  await close(clientfd);
  await close(listenfd);
});

play("descriptors are the lowest that are free", async ({ socket, close }) => {
  deepEqual(
    [1, 2, 3].map(() => socket(AF_INET, SOCK_STREAM)),
    [3, 4, 5],
  );
  await close(4);
  equal(socket(AF_INET6, SOCK_DGRAM), 4);
  equal(socket(AF_UNIX, SOCK_STREAM), 6);
});

play("a listening socket stays, and every connection has a descriptor of its own", async (calls) => {
  const { socket, connect, accept, send, recv, getsockname, getpeername } = calls;
  const [listenfd, one, connfd] = await three(calls);
  const two = socket(AF_INET, SOCK_STREAM);
  await connect(two, getsockname(listenfd));
  const connfd2 = await accept(listenfd);
  equal(new Set([listenfd, one, connfd, two, connfd2]).size, 5);
  deepEqual(getsockname(connfd), getsockname(listenfd));
  deepEqual([getpeername(connfd), getpeername(connfd2)], [getsockname(one), getsockname(two)]);
  deepEqual(getpeername(one), getsockname(listenfd));
  await send(two, utf8("two"));
  await send(one, utf8("one"));
  deepEqual([latin1(await recv(connfd, 9)), latin1(await recv(connfd2, 9))], ["one", "two"]);
});

play("recv gives at most so many bytes, and keeps the rest", async (calls) => {
  const { send, recv, shutdown } = calls;
  const [, clientfd, connfd] = await three(calls);
  await send(clientfd, utf8("hello"));
  equal(latin1(await recv(connfd, 0)), "");
  equal(latin1(await recv(connfd, 3)), "hel");
  equal(latin1(await recv(connfd, 3)), "lo");
  shutdown(clientfd, SHUT_WR);
  equal((await recv(connfd, 3)).length, 0);
  equal((await recv(connfd, 3)).length, 0);
});

play("several may receive or accept at once: they take turns", async (calls) => {
  const { socket, connect, send, recv, accept, getsockname } = calls;
  const [listenfd, clientfd, connfd] = await three(calls);
  const received = Promise.all([recv(connfd, 1), recv(connfd, 1)]);
  await send(clientfd, utf8("ab"));
  deepEqual(
    (await received).map((bytes) => latin1(bytes)),
    ["a", "b"],
  );
  const accepted = Promise.all([accept(listenfd), accept(listenfd)]);
  for (let i = 0; i < 2; i++) await connect(socket(AF_INET, SOCK_STREAM), getsockname(listenfd));
  const [one, two] = await accepted;
  notEqual(one, two);
});

play("the caller's buffer is the caller's again when send returns", async (calls) => {
  const { send, recv } = calls;
  const [, clientfd, connfd] = await three(calls);
  const buf = utf8("first");
  await send(clientfd, buf);
  buf.fill(0);
  equal(latin1(await recv(connfd, 5)), "first");
});

play("recvfrom of a stream says who the peer is", async (calls) => {
  const { send, recvfrom, getsockname } = calls;
  const [, clientfd, connfd] = await three(calls);
  await send(clientfd, utf8("hello"));
  const { bytes, from } = await recvfrom(connfd, 5);
  deepEqual([latin1(bytes), from], ["hello", getsockname(clientfd)]);
});

play("shutdown ends one direction, or the other, or both", async (calls) => {
  const { send, recv, shutdown } = calls;
  const [, clientfd, connfd] = await three(calls);
  shutdown(clientfd, SHUT_WR);
  equal((await recv(connfd, 1)).length, 0);
  await send(connfd, utf8("still heard"));
  equal(latin1(await recv(clientfd, 20)), "still heard");
  await fails(() => send(clientfd, utf8("x")), "EPIPE");
  await send(connfd, utf8("no more"));
  shutdown(clientfd, SHUT_RD);
  equal((await recv(clientfd, 20)).length, 0);
  shutdown(connfd, SHUT_RDWR);
  equal((await recv(connfd, 1)).length, 0);
  await fails(() => send(connfd, utf8("x")), "EPIPE");
});

play("the system chooses a port for whoever listens without one", async (calls) => {
  const { socket, listen, connect, accept, getsockname } = calls;
  const listenfd = socket(AF_INET, SOCK_STREAM);
  deepEqual(getsockname(listenfd), { host: "0.0.0.0", port: 0 });
  await listen(listenfd);
  const { port } = getsockname(listenfd) as InternetAddress;
  notEqual(port, 0);
  const clientfd = socket(AF_INET, SOCK_STREAM);
  await connect(clientfd, { host: "localhost", port });
  ok((await accept(listenfd)) > clientfd);
});

play("a client that is bound speaks from there", async (calls) => {
  const { socket, bind, connect, accept, getpeername, getsockname } = calls;
  const [listenfd] = await three(calls);
  const clientfd = socket(AF_INET, SOCK_STREAM);
  await bind(clientfd, HERE);
  const chosen = getsockname(clientfd);
  await connect(clientfd, getsockname(listenfd));
  deepEqual(getpeername(await accept(listenfd)), chosen);
});

play("who is bound and does not listen refuses", async ({ socket, bind, connect, getsockname }) => {
  const fd = socket(AF_INET, SOCK_STREAM);
  await bind(fd, HERE);
  await fails(() => connect(socket(AF_INET, SOCK_STREAM), getsockname(fd)), "ECONNREFUSED");
});

play("what is closed while somebody waits is no descriptor any more", async (calls) => {
  const { accept, recv, close, socket, bind, recvfrom } = calls;
  const [listenfd, clientfd] = await three(calls);
  const udpfd = socket(AF_INET, SOCK_DGRAM);
  await bind(udpfd, HERE);
  const waiting = [accept(listenfd), recv(clientfd, 1), recvfrom(udpfd, 1)].map((call) => fails(() => call, "EBADF"));
  // They have begun to wait.
  await new Promise((resolve) => setImmediate(resolve));
  for (const fd of [listenfd, clientfd, udpfd]) await close(fd);
  await Promise.all(waiting);
});

play(
  "Unix-domain streams",
  async ({ socket, bind, listen, accept, connect, send, recv, getsockname }, path) => {
    const listenfd = socket(AF_UNIX, SOCK_STREAM);
    await fails(() => listen(listenfd), "EDESTADDRREQ");
    await bind(listenfd, { path });
    deepEqual(getsockname(listenfd), { path });
    await listen(listenfd);
    const clientfd = socket(AF_UNIX, SOCK_STREAM);
    await connect(clientfd, { path });
    await send(clientfd, utf8("hello"));
    equal(latin1(await recv(await accept(listenfd), 5)), "hello");
  },
  KNOW_PATHS,
);

play("datagrams: sendto and recvfrom", async ({ socket, bind, sendto, recvfrom, getsockname }) => {
  const serverfd = socket(AF_INET, SOCK_DGRAM);
  await bind(serverfd, HERE);
  const clientfd = socket(AF_INET, SOCK_DGRAM);
  equal(await sendto(clientfd, utf8("hello"), getsockname(serverfd)), 5);
  const { bytes, from } = await recvfrom(serverfd, 100);
  equal(latin1(bytes), "hello");
  equal((from as InternetAddress).port, (getsockname(clientfd) as InternetAddress).port);
  await sendto(serverfd, utf8("a long answer"), from);
  await sendto(serverfd, utf8("another"), from);
  // What does not fit is lost: a datagram is read whole or not at all.
  equal(latin1((await recvfrom(clientfd, 6)).bytes), "a long");
  equal(latin1((await recvfrom(clientfd, 100)).bytes), "another");
});

play("datagrams: a connected socket hears its peer alone", async (calls) => {
  const { socket, bind, connect, send, recv, sendto, shutdown, getsockname, getpeername } = calls;
  const [me, friend, stranger] = [1, 2, 3].map(() => socket(AF_INET, SOCK_DGRAM)) as [number, number, number];
  for (const fd of [me, friend, stranger]) await bind(fd, HERE);
  await connect(me, getsockname(friend));
  deepEqual(getpeername(me), getsockname(friend));
  await sendto(stranger, utf8("psst"), getsockname(me));
  await sendto(friend, utf8("hello"), getsockname(me));
  equal(latin1(await recv(me, 10)), "hello");
  equal(await send(me, utf8("back")), 4);
  equal(latin1(await recv(friend, 10)), "back");
  shutdown(me, SHUT_RDWR);
  equal((await recv(me, 10)).length, 0);
  await fails(() => send(me, utf8("x")), "EPIPE");
});

type Attempt = (calls: Berkeley) => unknown;
const tcp = ({ socket }: Berkeley): number => socket(AF_INET, SOCK_STREAM);
const udp = ({ socket }: Berkeley): number => socket(AF_INET, SOCK_DGRAM);
async function bound(c: Berkeley, fd: number): Promise<number> {
  await c.bind(fd, HERE);
  return fd;
}

async function connected(c: Berkeley, fd: number): Promise<number> {
  await c.connect(fd, there(9));
  return fd;
}

async function closed(c: Berkeley): Promise<number> {
  const fd = tcp(c);
  await c.close(fd);
  return fd;
}

const there = (port: number): Address => ({ host: "127.0.0.1", port });

const FAILURES: [what: string, code: SocketErrorCode, attempt: Attempt][] = [
  ["a family nobody knows", "EAFNOSUPPORT", (c) => c.socket(99, SOCK_STREAM)],
  ["a type nobody knows", "EINVAL", (c) => c.socket(AF_INET, 99)],
  ["datagrams by path", "EINVAL", (c) => c.socket(AF_UNIX, SOCK_DGRAM)],

  ["bind to nothing", "EBADF", (c) => c.bind(3, HERE)],
  ["listen on nothing", "EBADF", (c) => c.listen(3)],
  ["accept on nothing", "EBADF", (c) => c.accept(3)],
  ["connect nothing", "EBADF", (c) => c.connect(3, there(1))],
  ["send over nothing", "EBADF", (c) => c.send(3, utf8("x"))],
  ["receive from nothing", "EBADF", (c) => c.recv(3, 1)],
  ["sendto over nothing", "EBADF", (c) => c.sendto(3, utf8("x"), there(1))],
  ["recvfrom nothing", "EBADF", (c) => c.recvfrom(3, 1)],
  ["shut nothing down", "EBADF", (c) => c.shutdown(3, SHUT_WR)],
  ["close nothing", "EBADF", (c) => c.close(3)],
  ["close twice", "EBADF", async (c) => c.close(await closed(c))],
  ["name nothing", "EBADF", (c) => c.getsockname(3)],
  ["name nothing's peer", "EBADF", (c) => c.getpeername(3)],
  ["stdin is no socket", "EBADF", (c) => c.recv(0, 1)],

  ["bind twice", "EINVAL", async (c) => c.bind(await bound(c, tcp(c)), HERE)],
  ["bind datagrams twice", "EINVAL", async (c) => c.bind(await bound(c, udp(c)), HERE)],
  ["bind a connected socket", "EINVAL", async (c) => c.bind((await three(c))[1], HERE)],
  ["bind to an address of IPv6", "EAFNOSUPPORT", (c) => c.bind(tcp(c), { host: "::1", port: 0 })],
  ["bind to an address of IPv4", "EAFNOSUPPORT", (c) => c.bind(c.socket(AF_INET6, SOCK_STREAM), HERE)],
  ["bind to a path", "EAFNOSUPPORT", (c) => c.bind(tcp(c), { path: "/tmp/x" })],
  ["bind a path to a port", "EAFNOSUPPORT", (c) => c.bind(c.socket(AF_UNIX, SOCK_STREAM), HERE)],
  ["bind to no port at all", "EINVAL", (c) => c.bind(tcp(c), there(65_536))],
  ["bind where somebody listens", "EADDRINUSE", async (c) => c.bind(tcp(c), c.getsockname((await three(c))[0]))],
  ["bind where somebody is bound", "EADDRINUSE", async (c) => c.bind(tcp(c), c.getsockname(await bound(c, tcp(c))))],
  ["bind datagrams where some are", "EADDRINUSE", async (c) => c.bind(udp(c), c.getsockname(await bound(c, udp(c))))],

  ["listen to datagrams", "EOPNOTSUPP", (c) => c.listen(udp(c))],
  ["listen when connected", "EINVAL", async (c) => c.listen((await three(c))[1])],
  ["accept without listening", "EINVAL", (c) => c.accept(tcp(c))],
  ["accept on a connection", "EINVAL", async (c) => c.accept((await three(c))[2])],
  ["accept datagrams", "EOPNOTSUPP", (c) => c.accept(udp(c))],

  [
    "connect where nobody listens",
    "ECONNREFUSED",
    async (c) => {
      const [listenfd] = await three(c);
      const address = c.getsockname(listenfd);
      await c.close(listenfd);
      return c.connect(tcp(c), address);
    },
  ],
  ["connect twice", "EISCONN", async (c) => c.connect((await three(c))[1], c.getsockname(3))],
  ["connect a listening socket", "EOPNOTSUPP", async (c) => c.connect((await three(c))[0], c.getsockname(3))],
  ["connect to another family", "EAFNOSUPPORT", (c) => c.connect(tcp(c), { host: "::1", port: 1 })],
  ["connect datagrams to a name", "EINVAL", (c) => c.connect(udp(c), { host: "example.org", port: 1 })],

  ["send without connection", "ENOTCONN", (c) => c.send(tcp(c), utf8("x"))],
  ["send while listening", "ENOTCONN", async (c) => c.send((await three(c))[0], utf8("x"))],
  ["send datagrams to nobody", "EDESTADDRREQ", (c) => c.send(udp(c), utf8("x"))],
  ["sendto without connection", "ENOTCONN", (c) => c.sendto(tcp(c), utf8("x"), there(1))],
  ["sendto over a connection", "EISCONN", async (c) => c.sendto((await three(c))[1], utf8("x"), there(1))],
  ["sendto another than one's peer", "EISCONN", async (c) => c.sendto(await connected(c, udp(c)), utf8("x"), there(9))],
  ["sendto another family", "EAFNOSUPPORT", (c) => c.sendto(udp(c), utf8("x"), { host: "::1", port: 9 })],
  ["sendto too much", "EMSGSIZE", (c) => c.sendto(udp(c), new Uint8Array(70_000), there(9))],
  ["receive without connection", "ENOTCONN", (c) => c.recv(tcp(c), 1)],
  ["receive less than nothing", "EINVAL", async (c) => c.recv((await three(c))[1], -1)],
  ["receive half a byte", "EINVAL", (c) => c.recvfrom(udp(c), 0.5)],

  ["shut down what is not connected", "ENOTCONN", (c) => c.shutdown(tcp(c), SHUT_WR)],
  ["shut down datagrams without a peer", "ENOTCONN", (c) => c.shutdown(udp(c), SHUT_WR)],
  ["shut down sideways", "EINVAL", async (c) => c.shutdown((await three(c))[1], 3)],
  ["name the peer of the unconnected", "ENOTCONN", (c) => c.getpeername(tcp(c))],
  ["name the peer of datagrams without one", "ENOTCONN", (c) => c.getpeername(udp(c))],
];

for (const [what, code, attempt] of FAILURES)
  play(`${what}: ${code}`, (calls) => fails(async () => attempt(calls), code));

test("beyond the limit there are no descriptors, for socket or accept, and who waits goes on waiting", async () => {
  const calls = berkeley(memoryNetwork(), { limit: 6 });
  const [listenfd, clientfd] = await three(calls);
  throws(() => tcp(calls), { code: "EMFILE" });
  await calls.close(5);
  const other = tcp(calls);
  await calls.connect(other, calls.getsockname(listenfd));
  await fails(() => calls.accept(listenfd), "EMFILE");
  await calls.close(clientfd);
  equal(await calls.accept(listenfd), clientfd);
});

test("whoever is accepted when somebody has just taken the last descriptor is turned away", async () => {
  const calls = berkeley(memoryNetwork(), { limit: 6 });
  const listenfd = tcp(calls);
  await calls.listen(listenfd);
  const accepting = fails(() => calls.accept(listenfd), "EMFILE");
  const clientfd = tcp(calls);
  tcp(calls);
  const { port } = calls.getsockname(listenfd) as InternetAddress;
  await calls.connect(clientfd, there(port));
  await accepting;
  await fails(() => calls.recv(clientfd, 1), "ECONNRESET");
});

function fails(action: () => Promise<unknown>, code: SocketErrorCode): Promise<void> {
  return rejects(action, (error: unknown) => {
    ok(error instanceof SocketError, String(error));
    equal(error.code, code);
    return true;
  });
}
