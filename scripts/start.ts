/** Opens the house: the example site, at http://localhost:8080/. More of `maitred serve`'s options may follow: `-- --port 3000`. */

import { parseArgs } from "node:util";

const words = process.argv.slice(2);
const { port = "8080" } = parseArgs({
  args: words,
  options: { port: { type: "string", short: "p" } },
  strict: false,
}).values;
const url = `http://localhost:${port}`;

console.log(`Try, from another terminal, or with a browser:

  curl -v ${url}/
  curl '${url}/cgi-bin/adder?15000&213'
  curl -H 'Accept: application/json' ${url}/images/
  curl -r 0-999 -o pi.txt ${url}/pi.txt && curl -C - -o pi.txt ${url}/pi.txt
`);

process.argv.splice(2, Number.POSITIVE_INFINITY, "serve", "examples/site", ...words);
await import("../src/main.ts");
