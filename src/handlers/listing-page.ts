/** The page that shows what is in a folder: one table, no script. */

import { escapeHtml } from "../web/page.ts";

/** One thing in a folder; in JSON these are the names nginx uses for it. */
export interface ListingEntry {
  readonly name: string;
  readonly type: "directory" | "file";
  /** ISO 8601, in UTC. */
  readonly modified: string;
  /** In bytes; folders have none. */
  readonly size?: number;
}

/**
 * The page for the folder at this path. Links are relative, so that it works below any prefix.
 *
 * @example
 * listingPage(["menu"], [{ name: "cake.html", type: "file", size: 120, modified: "2024-11-21T08:22:00.000Z" }]);
 */
export function listingPage(segments: readonly string[], entries: readonly ListingEntry[]): string {
  const title = escapeHtml(`/${segments.map((segment) => `${segment}/`).join("")}`);
  const up = segments.length === 0 ? "" : '<tr><td><a href="../">../<span> (up)</span></a><td><td>\n';
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta name="color-scheme" content="light dark">
<title>${title}</title>
<style>${STYLE}</style>
<nav aria-label="Path">${trail(segments)}</nav>
<main>
<h1>${title}</h1>
<table>
<caption>${count(entries)}</caption>
<thead><tr><th scope="col">Name<th scope="col">Size<th scope="col">Modified (UTC)</thead>
<tbody>
${up}${entries.map(row).join("")}</tbody>
</table>
</main>
`;
}

const STYLE = `
body { font: 1rem/1.6 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem }
nav ol { display: flex; flex-wrap: wrap; list-style: none; margin: 0; padding: 0 }
nav li + li::before { content: "/"; padding: 0 .4em; opacity: .7 }
h1 { font-size: 1.4rem; overflow-wrap: anywhere }
table { border-collapse: collapse; width: 100% }
caption { text-align: left; opacity: .8; padding-bottom: .5rem }
th, td { text-align: left; padding: .2rem 1rem .2rem 0; vertical-align: top; border-bottom: 1px solid #8884 }
th:nth-child(2), td:nth-child(2) { text-align: right; white-space: nowrap; font-variant-numeric: tabular-nums }
td:first-child { overflow-wrap: anywhere }
td:last-child { white-space: nowrap; font-variant-numeric: tabular-nums }
tbody tr:hover { background: #8882 }
`;

/** Where one is, each folder on the way a link. */
function trail(segments: readonly string[]): string {
  const names = ["root", ...segments];
  const items = names.map((name, i) => {
    const up = names.length - 1 - i;
    const here = up === 0 ? ' aria-current="page"' : "";
    return `<li><a href="${up === 0 ? "./" : "../".repeat(up)}"${here}><bdi>${escapeHtml(name)}</bdi></a>`;
  });
  return `<ol>${items.join("")}</ol>`;
}

function count(entries: readonly ListingEntry[]): string {
  const folders = entries.filter(({ type }) => type === "directory").length;
  const files = entries.length - folders;
  return `${folders} ${folders === 1 ? "folder" : "folders"}, ${files} ${files === 1 ? "file" : "files"}`;
}

/** A name begins with "./", or one like "a:b" would be a URL; <bdi> keeps letters of another direction to themselves. */
function row({ name, type, size, modified }: ListingEntry): string {
  const slash = type === "directory" ? "/" : "";
  const link = `<a href="./${encodeURIComponent(name)}${slash}"><bdi>${escapeHtml(name)}</bdi>${slash}</a>`;
  const bytes = size === undefined ? "" : `<data value="${size}">${printSize(size)}</data>`;
  const minute = modified.slice(0, 16).replace("T", " ");
  return `<tr><td>${link}<td>${bytes}<td><time datetime="${modified}">${minute}</time>\n`;
}

const UNITS = ["kB", "MB", "GB", "TB", "PB"];

function printSize(bytes: number): string {
  if (bytes < 1000) return `${bytes} B`;
  const power = Math.min(Math.floor(Math.log10(bytes) / 3), UNITS.length);
  return `${(bytes / 1000 ** power).toFixed(1)} ${UNITS[power - 1]}`;
}
