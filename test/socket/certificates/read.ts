/** The certificates beside it, as `make.sh` made them. */

import { readFileSync } from "node:fs";

const read = (name: string): string => readFileSync(new URL(name, import.meta.url), "utf8");

/** Who has signed all of them but `self`. */
export const ca = read("ca.crt");

/** What a server shows: `localhost` is for 127.0.0.1 and ::1, too; `other` is for other.test. */
export const identity = (name: "localhost" | "other" | "expired" | "self") => ({
  cert: read(`${name}.crt`),
  key: read(`${name}.key`),
});
