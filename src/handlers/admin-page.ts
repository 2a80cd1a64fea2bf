/** The page that shows how a cache is doing: two tables, no script. */

import { escapeHtml } from "../web/page.ts";
import { type CacheReport, sectionsOf } from "./cache-report.ts";

/**
 * The page. It shows itself anew every few seconds.
 *
 * @example
 * const cache = { counters: newCounters(), store: new MemoryStore() };
 * adminPage(await reportOn(cache, "maitred", 60));
 */
export function adminPage(report: CacheReport): string {
  const name = escapeHtml(report.name);
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta name="color-scheme" content="light dark">
<meta http-equiv="refresh" content="5">
<title>The cache of ${name}</title>
<style>${STYLE}</style>
<h1>The cache of ${name}</h1>
${sectionsOf(report)
  .map(
    ([heading, rows]) => `<table>
<caption>${escapeHtml(heading)}</caption>
${rows.map(([what, value]) => `<tr><th scope="row">${escapeHtml(what)}<td>${escapeHtml(value)}`).join("\n")}
</table>
`,
  )
  .join("")}<p><a href="entries">What is in it</a> · <a href="state">JSON</a> · <a href="metrics">Prometheus</a>
`;
}

const STYLE = `
body { font: 1rem/1.6 system-ui, sans-serif; max-width: 40rem; margin: 2rem auto; padding: 0 1rem }
h1 { font-size: 1.4rem; overflow-wrap: anywhere }
table { border-collapse: collapse; width: 100%; margin: 1.5rem 0 }
caption { text-align: left; font-weight: 600; padding-bottom: .3rem }
th, td { text-align: left; font-weight: inherit; padding: .2rem 1rem .2rem 0; border-bottom: 1px solid #8884 }
td { text-align: right; padding-right: 0; font-variant-numeric: tabular-nums; overflow-wrap: anywhere }
`;
