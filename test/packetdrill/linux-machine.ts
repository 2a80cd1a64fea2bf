/**
 * The kernel of Linux as the machine that a script tries, in real time: its sockets, and a TUN device for the wire.
 * It asks who is right when a script fails on our stack. Only as root, in a network namespace of its own
 * (`unshare --net`), so that nothing leaves this process: the device leads to the script and nowhere else.
 */

import { execFileSync } from "node:child_process";
import { closeSync, openSync, readSync, writeFileSync, writeSync } from "node:fs";
import koffi from "koffi";
import type { Endpoint, Errno, LiveSocket, Machine, Received, SentPacket, Wishes } from "./machine.ts";
import { ERROR_NUMBERS, SYMBOLS } from "./symbols.ts";

const libc = koffi.load("libc.so.6");
const ioctl = libc.func("int ioctl(int fd, size_t request, _Inout_ uint8_t *argument)");
const poll = libc.func("int poll(_Inout_ uint8_t *fds, size_t count, int timeout)");
const socket = libc.func("int socket(int family, int type, int protocol)");
const bind = libc.func("int bind(int fd, _In_ uint8_t *address, uint32_t length)");
const listen = libc.func("int listen(int fd, int backlog)");
const accept4 = libc.func("int accept4(int fd, void *address, void *length, int flags)");
const connect = libc.func("int connect(int fd, _In_ uint8_t *address, uint32_t length)");
const sendto = libc.func(
  "long sendto(int fd, _In_ uint8_t *bytes, size_t n, int flags, _In_ uint8_t *to, uint32_t length)",
);
const recv = libc.func("long recv(int fd, _Out_ uint8_t *bytes, size_t n, int flags)");
const shutdown = libc.func("int shutdown(int fd, int how)");
const close = libc.func("int close(int fd)");
const setsockopt = libc.func("int setsockopt(int fd, int level, int name, _In_ uint8_t *value, uint32_t length)");
const getsockopt = libc.func(
  "int getsockopt(int fd, int level, int name, _Out_ uint8_t *value, _Inout_ uint8_t *length)",
);
const getsockname = libc.func("int getsockname(int fd, _Out_ uint8_t *address, _Inout_ uint8_t *length)");
const getpeername = libc.func("int getpeername(int fd, _Out_ uint8_t *address, _Inout_ uint8_t *length)");

/** struct tcp_info: eight single bytes, then these. */
const TCP_INFO = `rto ato snd_mss rcv_mss unacked sacked lost retrans fackets last_data_sent last_ack_sent
  last_data_recv last_ack_recv pmtu rcv_ssthresh rtt rttvar snd_ssthresh snd_cwnd advmss reordering`
  .split(/\s+/)
  .map((name) => `tcpi_${name}`);
const TCP_INFO_LENGTH = 8 + 4 * TCP_INFO.length;

const NON_BLOCKING = SYMBOLS.SOCK_NONBLOCK!;

export class LinuxMachine implements Machine {
  readonly address: number;
  readonly remote: number;
  readonly #tun = openTun("tun0");
  readonly #sent: SentPacket[] = [];
  readonly #sockets: LinuxSocket[] = [];
  readonly #buffer = new Uint8Array(65536);

  constructor({ address, remote, mtu, sysctl }: Wishes) {
    this.address = address;
    this.remote = remote;
    setting("net.ipv6.conf.all.disable_ipv6", "1");
    for (const words of [
      `link set lo up`,
      `addr add ${dotted(address)}/32 dev tun0`,
      `link set tun0 mtu ${mtu} up`,
      `route add default dev tun0`,
    ]) {
      execFileSync("ip", words.split(" "));
    }
    for (const [name, value] of sysctl) setting(name, value);
  }

  now(): number {
    return performance.now();
  }

  advance(until: number): void {
    const left = until - this.now();
    // Sockets change without a packet, too: a few milliseconds at a time, and the last of them awake.
    const ready = Buffer.alloc(8);
    ready.writeInt32LE(this.#tun);
    ready.writeInt16LE(SYMBOLS.POLLIN!, 4);
    if (poll(ready, 1, left > 2 ? 1 : 0) > 0) this.#read();
  }

  #read(): void {
    const at = this.now();
    for (;;) {
      try {
        const length = readSync(this.#tun, this.#buffer);
        this.#sent.push({ at, bytes: this.#buffer.slice(0, length) });
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === "EAGAIN") return;
        throw error;
      }
    }
  }

  inject(packet: Uint8Array): void {
    writeSync(this.#tun, packet);
  }

  take(): SentPacket | undefined {
    this.#read();
    return this.#sent.shift();
  }

  socket(kind: "stream" | "datagram"): LiveSocket {
    const type = kind === "stream" ? SYMBOLS.SOCK_STREAM! : SYMBOLS.SOCK_DGRAM!;
    const live = new LinuxSocket(socket(SYMBOLS.AF_INET!, type | NON_BLOCKING, 0));
    this.#sockets.push(live);
    return live;
  }

  close(): void {
    for (const live of this.#sockets) live.close();
    closeSync(this.#tun);
  }
}

class LinuxSocket implements LiveSocket {
  readonly #fd: number;
  #isOpen = true;

  constructor(fd: number) {
    this.#fd = fd;
  }

  get local(): Endpoint | undefined {
    return this.#name(getsockname);
  }

  get remote(): Endpoint | undefined {
    return this.#name(getpeername) ?? this.#wanted;
  }
  #wanted: Endpoint | undefined;

  #name(call: typeof getsockname): Endpoint | undefined {
    const name = Buffer.alloc(16);
    if (call(this.#fd, name, lengthOf(16)) !== 0) return undefined;
    return { port: name.readUInt16BE(2), address: name.readUInt32BE(4) };
  }

  bind(endpoint: Endpoint): 0 | Errno {
    return zero(bind(this.#fd, sockaddr(endpoint), 16));
  }

  listen(backlog: number): 0 | Errno {
    return zero(listen(this.#fd, backlog));
  }

  accept(): LiveSocket | Errno {
    const fd = accept4(this.#fd, null, null, NON_BLOCKING);
    return fd === -1 ? errno() : new LinuxSocket(fd);
  }

  connect(endpoint: Endpoint): 0 | Errno {
    this.#wanted = endpoint;
    return zero(connect(this.#fd, sockaddr(endpoint), 16));
  }

  send(bytes: Uint8Array, flags: number, to?: Endpoint): number | Errno {
    const silently = flags | SYMBOLS.MSG_NOSIGNAL!;
    const sent = sendto(this.#fd, bytes, bytes.length, silently, to ? sockaddr(to) : null, to ? 16 : 0);
    return sent === -1 ? errno() : sent;
  }

  receive(limit: number, flags: number): Received | Errno {
    const bytes = new Uint8Array(limit);
    const length = recv(this.#fd, bytes, limit, flags & ~SYMBOLS.MSG_WAITALL!);
    return length === -1 ? errno() : { bytes: bytes.subarray(0, length), from: undefined };
  }

  shutdown(how: number): 0 | Errno {
    return zero(shutdown(this.#fd, how));
  }

  close(): void {
    if (this.#isOpen) close(this.#fd);
    this.#isOpen = false;
  }

  set(level: number, name: number, value: readonly number[]): 0 | Errno {
    const bytes = Buffer.from(Int32Array.from(value).buffer);
    return zero(setsockopt(this.#fd, level, name, bytes, bytes.length));
  }

  get(level: number, name: number): number | Errno {
    const value = Buffer.alloc(4);
    if (getsockopt(this.#fd, level, name, value, lengthOf(4)) !== 0) return errno();
    const isError = level === SYMBOLS.SOL_SOCKET && name === SYMBOLS.SO_ERROR;
    const number = value.readInt32LE();
    return isError && number !== 0 ? errorOf(number) : number;
  }

  ready(): number {
    const ready = Buffer.alloc(8);
    ready.writeInt32LE(this.#fd);
    ready.writeInt16LE(0x7fff, 4);
    poll(ready, 1, 0);
    return ready.readInt16LE(6);
  }

  unread(): number {
    return this.#count(SYMBOLS.SIOCINQ!);
  }

  unacknowledged(): number {
    return this.#count(SYMBOLS.SIOCOUTQ!);
  }

  #count(request: number): number {
    const value = Buffer.alloc(4);
    return ioctl(this.#fd, request, value) === 0 ? value.readInt32LE() : 0;
  }

  info(): ReadonlyMap<string, number> {
    const told = Buffer.alloc(TCP_INFO_LENGTH);
    const isTold = getsockopt(this.#fd, SYMBOLS.SOL_TCP!, SYMBOLS.TCP_INFO!, told, lengthOf(TCP_INFO_LENGTH)) === 0;
    if (!isTold) return new Map();
    const words = TCP_INFO.map((name, i) => [name, told.readUInt32LE(8 + 4 * i)] as const);
    return new Map([["tcpi_state", told[0]!], ["tcpi_ca_state", told[1]!], ...words]);
  }
}

/** A TUN device, whose packets come bare: IFF_TUN and IFF_NO_PI. */
function openTun(name: string): number {
  const fd = openSync("/dev/net/tun", "r+");
  const request = Buffer.alloc(40);
  request.write(name, "latin1");
  request.writeUInt16LE(0x1001, 16);
  if (ioctl(fd, 0x400454ca, request) !== 0) throw new Error(`Cannot make the device "${name}": ${errno()}`);
  // FIONBIO: who reads looks first.
  if (ioctl(fd, 0x5421, Buffer.from([1, 0, 0, 0])) !== 0)
    throw new Error(`Cannot read "${name}" without waiting: ${errno()}`);
  return fd;
}

function setting(name: string, value: string): void {
  writeFileSync(`/proc/sys/${name.replaceAll(".", "/")}`, value);
}

function sockaddr({ address, port }: Endpoint): Buffer {
  const bytes = Buffer.alloc(16);
  bytes.writeUInt16LE(SYMBOLS.AF_INET!);
  bytes.writeUInt16BE(port, 2);
  bytes.writeUInt32BE(address, 4);
  return bytes;
}

function lengthOf(length: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(length);
  return bytes;
}

const zero = (result: number): 0 | Errno => (result === 0 ? 0 : errno());

const errno = (): Errno => errorOf(koffi.errno());

function errorOf(number: number): Errno {
  return (Object.keys(ERROR_NUMBERS).find((name) => ERROR_NUMBERS[name] === number) ?? `E${number}`) as Errno;
}

const dotted = (address: number): string => [24, 16, 8, 0].map((shift) => (address >>> shift) & 255).join(".");
