/** setsockopt() and getsockopt(). */

import { type Arguments, numberOf } from "./arguments.ts";
import { isErrno } from "./machine.ts";
import { Failed } from "./problems.ts";
import type { CallAction } from "./script.ts";
import { ERROR_NUMBERS, SYMBOLS } from "./symbols.ts";
import type { Attempt, System } from "./system.ts";
import { failed, outcomeOf } from "./system.ts";

/** `setsockopt(4, SOL_SOCKET, SO_LINGER, {onoff=1, linger=0}, 8) = 0` */
export function setsockopt(system: System, args: Arguments): Attempt {
  return () => outcomeOf(system.open(args.number(0)).socket.set(args.number(1), args.number(2), values(args, 3)));
}

/** `getsockopt(4, SOL_SOCKET, SO_ERROR, [ECONNREFUSED], [4]) = 0` */
export function getsockopt(system: System, args: Arguments, { result }: CallAction): Attempt {
  return () => {
    const got = system.open(args.number(0)).socket.get(args.number(1), args.number(2));
    const isError = args.number(1) === SYMBOLS.SOL_SOCKET && args.number(2) === SYMBOLS.SO_ERROR;
    if (isErrno(got) && !isError) return failed(got);
    const isHopeful = numberOf(result) === 0;
    const [expected] = args.inBrackets(3);
    if (!isHopeful || expected === undefined || expected.kind === "ellipsis") return { value: 0 };
    const wanted = expected.kind === "word" ? (ERROR_NUMBERS[expected.word] ?? numberOf(expected)) : numberOf(expected);
    const number = isErrno(got) ? (ERROR_NUMBERS[got] ?? -1) : got;
    if (number !== wanted) throw new Failed(`getsockopt() to tell ${wanted}`, `${got}`);
    return { value: 0 };
  };
}

function values(args: Arguments, i: number): number[] {
  const arg = args.at(i);
  if (arg.kind === "record") {
    const [onoff, linger] = [arg.fields.get("onoff"), arg.fields.get("linger")];
    if (onoff === undefined || linger === undefined) return args.refuse("a structure other than linger's");
    return [numberOf(onoff), numberOf(linger)];
  }
  if (arg.kind === "string") return args.refuse("a string");
  return args.inBrackets(i).map(numberOf);
}
