/** The arguments of a system call, and what they stand for. */

import type { Endpoint } from "./machine.ts";
import { NotSupported } from "./problems.ts";
import type { Expression } from "./script.ts";
import { SYMBOLS } from "./symbols.ts";

export class Arguments {
  readonly name: string;
  readonly #args: readonly Expression[];

  constructor(name: string, args: readonly Expression[]) {
    this.name = name;
    this.#args = args;
  }

  at(i: number): Expression {
    const arg = this.#args[i];
    if (arg === undefined) throw new NotSupported(`not supported: ${this.name}() with ${this.#args.length} arguments`);
    return arg;
  }

  isAny(i: number): boolean {
    return this.at(i).kind === "ellipsis";
  }

  number(i: number): number {
    return numberOf(this.at(i));
  }

  /** `[1]` → 1 */
  inBrackets(i: number): readonly Expression[] {
    const arg = this.at(i);
    return arg.kind === "list" ? arg.items : [arg];
  }

  /** The bytes that a call writes: those of a string, else undefined, and it is free to choose so many. */
  text(i: number): string | undefined {
    const arg = this.at(i);
    return arg.kind === "string" ? arg.text : undefined;
  }

  /** `{sa_family = AF_INET, sin_port = htons(8080), sin_addr = inet_addr("10.0.0.1")}`, or undefined for `...`. */
  endpoint(i: number): Endpoint | undefined {
    const arg = this.at(i);
    if (arg.kind === "ellipsis") return undefined;
    if (arg.kind !== "record") return this.refuse("an address that is none");
    if (wordOf(arg.fields.get("sa_family")) !== "AF_INET") return this.refuse("addresses other than IPv4's");
    const port = arg.fields.get("sin_port");
    const address = arg.fields.get("sin_addr");
    if (port === undefined || address === undefined) return this.refuse("an address without a port");
    return { port: numberOf(port), address: numberOf(address) };
  }

  refuse(what: string): never {
    throw new NotSupported(`not supported: ${this.name}() with ${what}`);
  }
}

/** What an expression is as a number: names as Linux has them, `|`, htons() and inet_addr(). */
export function numberOf(expression: Expression): number {
  switch (expression.kind) {
    case "number":
      return expression.value;
    case "word": {
      const value = SYMBOLS[expression.word];
      if (value === undefined) throw new NotSupported(`not supported: the name "${expression.word}"`);
      return value;
    }
    case "or":
      return numberOf(expression.left) | numberOf(expression.right);
    case "function":
      return functionOf(expression.name, expression.args);
    default:
      throw new NotSupported(`not supported: a ${expression.kind} where a number should be`);
  }
}

function functionOf(name: string, [arg]: readonly Expression[]): number {
  if (name === "htons" && arg !== undefined) return numberOf(arg);
  if (name === "inet_addr" && arg?.kind === "string") {
    const address = addressOf(arg.text);
    if (address !== undefined) return address;
  }
  throw new NotSupported(`not supported: ${name}(…) as a value`);
}

/** "192.168.0.1" as a number. */
export function addressOf(text: string): number | undefined {
  const parts = text.split("/")[0]!.split(".").map(Number);
  const isAddress = parts.length === 4 && parts.every((part) => Number.isInteger(part) && part >= 0 && part <= 255);
  return isAddress ? parts.reduce((address, part) => address * 256 + part, 0) : undefined;
}

export const wordOf = (expression: Expression | undefined): string | undefined =>
  expression?.kind === "word" ? expression.word : undefined;
