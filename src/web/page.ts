/** The small, honest page that says what went wrong. */

import { utf8 } from "../base/bytes.ts";
import { Fields } from "../http/fields.ts";
import type { Request } from "../http/message.ts";
import { reasonOf } from "../http/status.ts";
import type { Answer } from "./handler.ts";

/**
 * A complete answer for a status: a page for who reads HTML, a line of text for everyone else.
 * `detail` is for people: what was tried and why not. It must say nothing about the inside.
 *
 * @example
 * statusPage(404, request, "There is no such file");
 */
export function statusPage(
  status: number,
  request?: Pick<Request, "fields">,
  detail?: string,
  fields: Fields = new Fields(),
): Answer {
  const title = `${status} ${reasonOf(status)}`;
  const html = request?.fields.get("accept")?.includes("text/html") ?? false;
  const body = utf8(html ? page(title, detail) : `${title}${detail === undefined ? "" : `: ${detail}`}\n`);
  fields
    .append("Content-Type", html ? "text/html; charset=utf-8" : "text/plain; charset=utf-8")
    .append("Content-Length", String(body.length))
    .append("Vary", "Accept")
    .append("X-Content-Type-Options", "nosniff");
  return { status, fields, body };
}

const page = (title: string, detail: string | undefined): string => `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta name="color-scheme" content="light dark">
<title>${title}</title>
<style>body { font: 1rem/1.5 system-ui, sans-serif; max-width: 40rem; margin: 15vh auto; padding: 0 1rem }</style>
<h1>${title}</h1>
${detail === undefined ? "" : `<p>${escapeHtml(detail)}</p>\n`}`;

const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

/**
 * Text as it may stand in HTML, also within an attribute's quotes.
 *
 * @example
 * escapeHtml('<a href="x">'); // "&lt;a href=&quot;x&quot;&gt;"
 */
export const escapeHtml = (text: string): string => text.replace(/[&<>"']/g, (letter) => ENTITIES[letter]!);
