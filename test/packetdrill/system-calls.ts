/** Each system call by its name: what it asks of a socket, and what it comes to. */

import type { Arguments } from "./arguments.ts";
import { numberOf } from "./arguments.ts";
import { type Endpoint, isErrno } from "./machine.ts";
import { Failed } from "./problems.ts";
import type { CallAction, Expression } from "./script.ts";
import { SYMBOLS } from "./symbols.ts";
import type { Attempt, Open, System } from "./system.ts";
import { failed, has, outcomeOf } from "./system.ts";
import { getsockopt, setsockopt } from "./system-options.ts";
import { pollCall } from "./system-poll.ts";

type Call = (system: System, args: Arguments, action: CallAction) => Attempt;

/** As packetdrill has it, where a script leaves the port of the machine or of the far side to us. */
export const DEFAULT_PORT = 8080;

export const CALLS: Readonly<Record<string, Call>> = {
  socket: (system, args) => () => {
    const type = args.number(1);
    const kind = (type & 15) === SYMBOLS.SOCK_DGRAM ? "datagram" : "stream";
    if (!args.isAny(0) && args.number(0) !== SYMBOLS.AF_INET) args.refuse("another family than AF_INET");
    if ((type & 15) > 2) args.refuse("raw sockets");
    const socket = system.machine.socket(kind);
    const isNonBlocking = has(type, "SOCK_NONBLOCK");
    return { value: 0, opens: { socket, kind, isNonBlocking, conversation: undefined } };
  },

  bind: (system, args) => () => {
    const open = system.open(args.number(0));
    const endpoint = args.endpoint(1) ?? { address: system.machine.address, port: DEFAULT_PORT };
    const answer = open.socket.bind(endpoint);
    if (answer === 0 && open.kind === "datagram") system.wire.listens(endpoint.port);
    return outcomeOf(answer);
  },

  listen: (system, args) => () => {
    const { socket } = system.open(args.number(0));
    const answer = socket.listen(args.number(1));
    if (answer === 0) system.wire.listens(socket.local!.port);
    return outcomeOf(answer);
  },

  accept: (system, args) => () => accept(system, system.open(args.number(0)), 0),
  accept4: (system, args) => () => accept(system, system.open(args.number(0)), args.number(3)),

  connect: (system, args) => {
    const endpoint = args.endpoint(1) ?? { address: system.machine.remote, port: DEFAULT_PORT };
    let hasBegun = false;
    return () => {
      const open = system.open(args.number(0));
      if (!hasBegun) {
        hasBegun = true;
        const answer = open.socket.connect(endpoint);
        if (answer === 0 || answer === "EINPROGRESS") begins(system, open);
        if (answer !== "EINPROGRESS" || open.isNonBlocking) return outcomeOf(answer);
      }
      if (!has(open.socket.ready(), "POLLOUT")) return undefined;
      const error = open.socket.get(SYMBOLS.SOL_SOCKET!, SYMBOLS.SO_ERROR!);
      return isErrno(error) ? failed(error) : { value: 0 };
    };
  },

  read: (system, args) => receiving(system, args, lengthAt(args, 2), 0),
  recv: (system, args) => receiving(system, args, lengthAt(args, 2), args.number(3)),
  recvfrom: (system, args) => receiving(system, args, lengthAt(args, 2), args.number(3)),
  readv: (system, args) => receiving(system, args, vectorLength(args.at(1)), 0),
  recvmsg: (system, args) => receiving(system, args, messageLength(args), args.number(2)),

  write: (system, args) => sending(system, args, lengthAt(args, 2), args.text(1), 0),
  send: (system, args) => sending(system, args, lengthAt(args, 2), args.text(1), args.number(3)),
  sendto: (system, args) => {
    const to = args.endpoint(4) ?? { address: system.machine.remote, port: DEFAULT_PORT };
    return sending(system, args, lengthAt(args, 2), args.text(1), args.number(3), to);
  },
  writev: (system, args) => sending(system, args, vectorLength(args.at(1)), undefined, 0),
  sendmsg: (system, args) => sending(system, args, messageLength(args), undefined, args.number(2)),

  shutdown: (system, args) => () => outcomeOf(system.open(args.number(0)).socket.shutdown(args.number(1))),

  close: (system, args) => () => {
    system.close(args.number(0));
    return { value: 0 };
  },

  fcntl: (system, args) => () => {
    const open = system.open(args.number(0));
    if (args.number(1) === SYMBOLS.F_GETFL) {
      return { value: SYMBOLS.O_RDWR! | (open.isNonBlocking ? SYMBOLS.O_NONBLOCK! : 0) };
    }
    if (args.number(1) !== SYMBOLS.F_SETFL) args.refuse("anything but F_GETFL and F_SETFL");
    open.isNonBlocking = has(args.number(2), "O_NONBLOCK");
    return { value: 0 };
  },

  ioctl: (system, args) => () => {
    const { socket } = system.open(args.number(0));
    const what = args.number(1);
    const isIn = what === SYMBOLS.SIOCINQ;
    if (!isIn && what !== SYMBOLS.SIOCOUTQ) args.refuse("anything but SIOCINQ and SIOCOUTQ");
    const got = isIn ? socket.unread() : socket.unacknowledged();
    const [expected] = args.inBrackets(2);
    if (expected !== undefined && expected.kind !== "ellipsis" && numberOf(expected) !== got) {
      throw new Failed(`ioctl() to tell of ${numberOf(expected)} bytes`, `${got}`);
    }
    return { value: 0 };
  },

  poll: pollCall,
  setsockopt,
  getsockopt,
};

function accept(system: System, listener: Open, flags: number): ReturnType<Attempt> {
  const socket = listener.socket.accept();
  if (isErrno(socket)) return waits(listener, socket, false);
  const conversation = system.wire.conversation(socket.local!.port, socket.remote!.port);
  const isNonBlocking = has(flags, "SOCK_NONBLOCK");
  system.current = socket;
  return { value: 0, opens: { socket, kind: "stream", isNonBlocking, conversation } };
}

/** From its first packet on, it is this connection that the script speaks of. */
function begins(system: System, open: Open): void {
  const { local, remote } = open.socket;
  system.current = open.socket;
  if (local !== undefined && remote !== undefined) open.conversation = system.wire.talks(local.port, remote.port);
}

function receiving(system: System, args: Arguments, limit: number, flags: number): Attempt {
  // MSG_WAITALL waits for all of it, in as many pieces as it comes.
  let sum = 0;
  return () => {
    const open = system.open(args.number(0));
    for (;;) {
      const received = open.socket.receive(limit - sum, flags);
      if (isErrno(received)) {
        if (sum > 0 && received !== "EAGAIN") return { value: sum };
        return waits(open, received, has(flags, "MSG_DONTWAIT"));
      }
      system.checkRead(open, received.bytes, has(flags, "MSG_PEEK"));
      sum += received.bytes.length;
      if (!has(flags, "MSG_WAITALL") || sum >= limit || received.bytes.length === 0) return { value: sum };
    }
  };
}

function sending(
  system: System,
  args: Arguments,
  length: number,
  text: string | undefined,
  flags: number,
  to?: Endpoint,
): Attempt {
  if (has(flags, "MSG_FASTOPEN") || has(flags, "MSG_ZEROCOPY")) args.refuse("MSG_FASTOPEN or MSG_ZEROCOPY");
  let sum = 0;
  return () => {
    const open = system.open(args.number(0));
    if (to !== undefined && open.kind === "datagram") open.conversation ??= system.wire.talks(DEFAULT_PORT, to.port);
    for (;;) {
      const bytes = system.bytesToWrite(open, length - sum, text?.slice(sum));
      const sent = open.kind === "datagram" && to ? open.socket.send(bytes, flags, to) : open.socket.send(bytes, flags);
      // Some of it may have gone before it failed, or before it would have to wait.
      const mayWait = !open.isNonBlocking && !has(flags, "MSG_DONTWAIT");
      if (isErrno(sent))
        return sum > 0 && (sent !== "EAGAIN" || !mayWait) ? { value: sum } : waits(open, sent, !mayWait);
      for (const byte of bytes.subarray(0, sent)) open.conversation?.written.push(byte);
      sum += sent;
      // A blocking write comes back when all of it has been taken.
      if (sum >= length || open.kind === "datagram" || !mayWait) return { value: sum };
    }
  };
}

/** "Not yet" is an error for those who will not wait. */
function waits(open: Open, errno: `E${string}`, isImpatient: boolean): ReturnType<Attempt> {
  return errno === "EAGAIN" && !open.isNonBlocking && !isImpatient ? undefined : failed(errno);
}

function lengthAt(args: Arguments, i: number): number {
  return args.number(i);
}

/** `[{..., 1000}, {..., 2000}]` → 3000 */
function vectorLength(vector: Expression): number {
  if (vector.kind !== "list") return 0;
  return vector.items.reduce((sum, item) => sum + (item.kind === "list" ? numberOf(item.items[1]!) : 0), 0);
}

function messageLength(args: Arguments): number {
  const message = args.at(1);
  if (message.kind !== "record") return args.refuse("a message that is none");
  const control = message.fields.get("msg_control");
  if (control !== undefined && !(control.kind === "list" && control.items.length === 0)) args.refuse("msg_control");
  const vector = message.fields.get("msg_iov");
  return vector === undefined ? 0 : vectorLength(vector);
}
