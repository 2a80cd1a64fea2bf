/**
 * What scripts assert of TCP_INFO: `%{ assert tcpi_snd_cwnd == 10, tcpi_snd_cwnd }%`. Of Python that is comparisons,
 * sums and logic; a piece of code that has more is left out, since we do not run programs.
 */

import { Failed } from "./problems.ts";

/** Names of Linux that stand for numbers. */
const CONSTANTS: Readonly<Record<string, number>> = {
  True: 1,
  False: 0,
  TCP_ESTABLISHED: 1,
  TCP_SYN_SENT: 2,
  TCP_SYN_RECV: 3,
  TCP_FIN_WAIT1: 4,
  TCP_FIN_WAIT2: 5,
  TCP_TIME_WAIT: 6,
  TCP_CLOSE: 7,
  TCP_CLOSE_WAIT: 8,
  TCP_LAST_ACK: 9,
  TCP_LISTEN: 10,
  TCP_CLOSING: 11,
  TCP_CA_Open: 0,
  TCP_CA_Disorder: 1,
  TCP_CA_CWR: 2,
  TCP_CA_Recovery: 3,
  TCP_CA_Loss: 4,
};

/** Says whether it could be checked; throws `Failed` where what is asserted is not so. */
export function checkAssertions(code: string, info: ReadonlyMap<string, number>): boolean {
  const lines = code.split("\n").map((line) => line.replace(/#.*/, "").trim());
  const asserted = lines.filter((line) => line !== "").map((line) => /^assert\s+(.*?)(?:,[^,]*)?$/.exec(line)?.[1]);
  const checks = asserted.map((text) => text && evaluate(text, info));
  if (checks.length === 0 || checks.some((check) => typeof check !== "number")) return false;
  const wrong = asserted.find((_, i) => checks[i] === 0);
  if (wrong !== undefined) throw new Failed(wrong, valuesIn(wrong, info));
  return true;
}

function valuesIn(text: string, info: ReadonlyMap<string, number>): string {
  const names = [...new Set(text.match(/\btcpi_\w+/g))];
  return names.map((name) => `${name} = ${info.get(name)}`).join(", ") || "not so";
}

/** From the weakest to the strongest. */
const LEVELS: readonly (readonly string[])[] = [
  ["or"],
  ["and"],
  ["==", "!=", "<=", ">=", "<", ">"],
  ["+", "-"],
  ["*", "/", "//", "%"],
];

const OPERATIONS: Readonly<Record<string, (a: number, b: number) => number>> = {
  or: (a, b) => a || b,
  and: (a, b) => a && b,
  "==": (a, b) => Number(a === b),
  "!=": (a, b) => Number(a !== b),
  "<=": (a, b) => Number(a <= b),
  ">=": (a, b) => Number(a >= b),
  "<": (a, b) => Number(a < b),
  ">": (a, b) => Number(a > b),
  "+": (a, b) => a + b,
  "-": (a, b) => a - b,
  "*": (a, b) => a * b,
  "/": (a, b) => a / b,
  "//": (a, b) => Math.floor(a / b),
  "%": (a, b) => a % b,
};

const TOKEN = /\s*(\d+(?:\.\d+)?|\w+|[=!<>]=|\/\/|[-+*/%<>()])/y;

/** Undefined for what is no such expression, or names what we do not know. */
function evaluate(text: string, info: ReadonlyMap<string, number>): number | undefined {
  const tokens: string[] = [];
  TOKEN.lastIndex = 0;
  const end = text.trimEnd().length;
  for (let at = 0; at < end; at = TOKEN.lastIndex) {
    const token = TOKEN.exec(text)?.[1];
    if (token === undefined) return undefined;
    tokens.push(token);
  }
  const value = level(0);
  return tokens.length === 0 ? value : undefined;

  function level(depth: number): number | undefined {
    const operators = LEVELS[depth];
    if (operators === undefined) return single();
    let value = level(depth + 1);
    while (tokens[0] !== undefined && operators.includes(tokens[0])) {
      const operation = OPERATIONS[tokens.shift()!]!;
      const other = level(depth + 1);
      value = value === undefined || other === undefined ? undefined : operation(value, other);
    }
    return value;
  }

  function single(): number | undefined {
    const token = tokens.shift();
    if (token === undefined) return undefined;
    if (token === "(") {
      const value = level(0);
      return tokens.shift() === ")" ? value : undefined;
    }
    const operand = token === "-" || token === "not" ? single() : undefined;
    if (token === "-") return operand === undefined ? undefined : -operand;
    if (token === "not") return operand === undefined ? undefined : Number(operand === 0);
    return /^\d/.test(token) ? Number(token) : (info.get(token) ?? CONSTANTS[token]);
  }
}
