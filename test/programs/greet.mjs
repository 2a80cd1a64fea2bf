#!/usr/bin/env node
// What was asked, and the content in capitals: in JavaScript.
const { REQUEST_METHOD, QUERY_STRING, PATH_INFO = "" } = process.env;
process.stdout.write(`Content-Type: text/plain\n\n${REQUEST_METHOD} ${QUERY_STRING} ${PATH_INFO}\n`);
process.stdin.on("data", (bytes) => process.stdout.write(String(bytes).toUpperCase()));
