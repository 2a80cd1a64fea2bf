#!/usr/bin/env node
/* The door for whichever Node comes along: plain old JavaScript, so that one that is too old can still say so. */

const [major, minor] = process.version.slice(1).split(".").map(Number);

// Since 22.18 and 23.6 Node runs TypeScript as it is, which a checkout and `maitred app.ts` need.
if (major < 22 || (major === 22 && minor < 18) || (major === 23 && minor < 6)) {
  console.error(
    `Cannot start maitred: this is Node ${process.version}, and it needs 22.18 or newer (https://nodejs.org)`,
  );
  process.exit(1);
}

// A package has what was built; a checkout has the sources, which are newer than whatever was built of them.
const inCheckout = require("node:fs").existsSync(`${__dirname}/../src/main.ts`);
import(inCheckout ? "../src/main.ts" : "../dist/bundle/main.js");
