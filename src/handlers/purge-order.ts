/** What shall be purged, as it is ordered over HTTP: in JSON, or as a form. */

import type { Purging, Selection } from "../cache/store.ts";

export interface PurgeOrder {
  readonly which: Selection;
  readonly how: Purging;
}

const WHAT = ["url", "prefix", "host", "tag", "everything"] as const;
const HOW_TO = `say one of ${WHAT.slice(0, -1).join(", ")} and everything`;

/**
 * Reads an order. Throws a TypeError of one line where it is none, or could be two: who purges too much will notice too late.
 *
 * @example
 * readOrder('{ "tag": "menu", "soft": true }', "application/json"); // { which: { by: "tag", tag: "menu" }, how: "invalidate" }
 * readOrder("everything=1", undefined); // { which: { by: "everything" }, how: "remove" }
 */
export function readOrder(text: string, type: string | undefined): PurgeOrder {
  const given = isJson(text, type) ? fromJson(text) : fromForm(text);
  const unknown = [...given.keys()].find((name) => name !== "soft" && !WHAT.some((what) => what === name));
  if (unknown !== undefined) throw refuse(`there is nothing called ${JSON.stringify(unknown)} to say here: ${HOW_TO}`);
  const named = WHAT.filter((what) => given.has(what) && given.get(what) !== false);
  const [what, ...more] = named;
  if (what === undefined) throw refuse(`it does not say what: ${HOW_TO}`);
  if (more.length > 0) throw refuse(`it says ${named.join(" and ")}: ${HOW_TO}`);
  return {
    which: selectionOf(what, given.get(what)),
    how: isYes("soft", given.get("soft") ?? false) ? "invalidate" : "remove",
  };
}

function isJson(text: string, type: string | undefined): boolean {
  const media = type?.replace(/;.*$/s, "").trim().toLowerCase();
  if (media === undefined || media === "") return text.trimStart().startsWith("{");
  if (media === "application/json") return true;
  if (media === "application/x-www-form-urlencoded") return false;
  throw refuse(`${media} is neither JSON (application/json) nor a form (application/x-www-form-urlencoded)`);
}

function fromJson(text: string): Map<string, unknown> {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw refuse("it is not JSON");
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw refuse("it is not an object of JSON");
  return new Map(Object.entries(value));
}

function fromForm(text: string): Map<string, unknown> {
  const given = new Map<string, unknown>();
  for (const [name, value] of new URLSearchParams(text)) {
    if (given.has(name)) throw refuse(`it says ${JSON.stringify(name)} twice`);
    given.set(name, value);
  }
  return given;
}

function selectionOf(what: (typeof WHAT)[number], value: unknown): Selection {
  if (what === "everything") {
    if (isYes(what, value)) return { by: "everything" };
    throw refuse(`it does not say what: ${HOW_TO}`);
  }
  if (typeof value !== "string" || value === "") throw refuse(`its ${what} is not a word`);
  switch (what) {
    case "url":
      return { by: "url", url: value };
    case "prefix":
      return { by: "prefix", prefix: value };
    case "tag":
      return { by: "tag", tag: value };
    case "host":
      if (/[/?#@\s]|:\d*$/.test(value))
        throw refuse(`${JSON.stringify(value)} is not a host: say it without port and path`);
      return { by: "host", host: value.toLowerCase() };
  }
}

function isYes(name: string, value: unknown): boolean {
  if (typeof value === "boolean") return value;
  if (value === "1" || value === "true" || value === "on") return true;
  if (value === "0" || value === "false" || value === "") return false;
  throw refuse(`${name} is neither true nor false`);
}

const refuse = (why: string): TypeError => new TypeError(`Cannot purge: ${why}`);
