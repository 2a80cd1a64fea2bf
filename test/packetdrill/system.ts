/** The process that a script plays: its descriptors, and its system calls, made of what the machine's sockets can do. */

import { Arguments, numberOf } from "./arguments.ts";
import { byteAt, type Conversation } from "./conversation.ts";
import { type Errno, isErrno, type LiveSocket, type Machine } from "./machine.ts";
import { Failed, NotSupported } from "./problems.ts";
import type { CallAction } from "./script.ts";
import { ERRORS, SYMBOLS } from "./symbols.ts";
import { CALLS } from "./system-calls.ts";
import type { Wire } from "./wire.ts";

/** An open descriptor. */
export interface Open {
  readonly socket: LiveSocket;
  readonly kind: "stream" | "datagram";
  isNonBlocking: boolean;
  /** With whom, once that is known. */
  conversation: Conversation | undefined;
}

/** What a call came to; `descriptor` has its number from the script, which may choose it. */
export interface Outcome {
  readonly value: number;
  readonly errno?: Errno;
  readonly opens?: Open;
}

/** Tries a call. Undefined: it would have to wait, so try again when something has happened. */
export type Attempt = () => Outcome | undefined;

/** A call that has begun. */
export interface Pending {
  readonly action: CallAction;
  /** Whether it is done; what it came to is held against what the script says. */
  tryAgain(): boolean;
}

export class System {
  readonly machine: Machine;
  readonly wire: Wire;
  readonly #descriptors = new Map<number, Open>();
  /** The connection that was begun or accepted last: what code in a script asks about. */
  current: LiveSocket | undefined;

  constructor(machine: Machine, wire: Wire) {
    this.machine = machine;
    this.wire = wire;
  }

  begin(action: CallAction): Pending {
    const call = CALLS[action.name];
    if (call === undefined) throw new NotSupported(`not supported: the system call ${action.name}()`);
    const attempt = call(this, new Arguments(action.name, action.args), action);
    return {
      action,
      tryAgain: () => {
        const outcome = attempt();
        if (outcome !== undefined) this.#check(action, outcome);
        return outcome !== undefined;
      },
    };
  }

  open(fd: number): Open {
    const open = this.#descriptors.get(fd);
    if (open === undefined) throw new NotSupported(`not supported: calls on ${fd}, which is not open`);
    return open;
  }

  close(fd: number): void {
    this.open(fd).socket.close();
    this.#descriptors.delete(fd);
  }

  #check({ name, result, errno }: CallAction, outcome: Outcome): void {
    const got = said(outcome.value, outcome.errno);
    if (outcome.opens !== undefined && result.kind !== "ellipsis") {
      const fd = numberOf(result);
      if (fd < 0) throw new Failed(`${name}() = ${said(fd, errno)}`, "a descriptor");
      if (this.#descriptors.has(fd)) throw new NotSupported(`not supported: ${fd} is opened twice`);
      this.#descriptors.set(fd, outcome.opens);
      return;
    }
    if (result.kind === "ellipsis") return;
    const value = numberOf(result);
    const isRight = value === outcome.value && (errno === undefined || errno === outcome.errno);
    if (!isRight) throw new Failed(`${name}() = ${said(value, errno)}`, got);
  }

  /** What was read is what the script had come in, at this place of the stream. */
  checkRead(open: Open, bytes: Uint8Array, isPeek: boolean): void {
    const { conversation } = open;
    if (conversation === undefined || open.kind === "datagram") return;
    const from = conversation.readUpTo;
    const wrong = bytes.findIndex((byte, i) => byte !== byteAt(from + i));
    if (wrong !== -1) throw new Failed(`byte ${from + wrong} of what came in`, "another one");
    if (!isPeek) conversation.readUpTo += bytes.length;
  }

  /** So many bytes to write, those of the text first. */
  bytesToWrite(open: Open, length: number, text: string | undefined): Uint8Array {
    const from = open.conversation?.written.length ?? 0;
    return Uint8Array.from({ length }, (_, i) =>
      text !== undefined && i < text.length ? text.charCodeAt(i) : byteAt(from + i),
    );
  }
}

function said(value: number, errno: string | undefined): string {
  return errno === undefined ? `${value}` : `${value} ${errno} (${ERRORS[errno] ?? "?"})`;
}

export const failed = (errno: Errno): Outcome => ({ value: -1, errno });

/** What a socket answers at once; -1 and why not, where it refuses. */
export const outcomeOf = (answer: number | Errno): Outcome => (isErrno(answer) ? failed(answer) : { value: answer });

/** Whether a flag of that name is among these. */
export const has = (flags: number, name: string): boolean => (flags & SYMBOLS[name]!) !== 0;
