import { deepEqual, throws } from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { readCertificates } from "../../src/commands/certificates.ts";
import { Refusal } from "../../src/commands/refusal.ts";
import { ca, identity } from "../socket/certificates/read.ts";

const folder = mkdtempSync(join(tmpdir(), "maitred-certificates-"));
after(() => rmSync(folder, { recursive: true }));

function file(text: string): string {
  const path = join(folder, "ca.pem");
  writeFileSync(path, text);
  return path;
}

const [one, two] = [ca.trim(), identity("self").cert.trim()];

test("one certificate, or several with words between them", () => {
  deepEqual(readCertificates(file(ca)), [one]);
  deepEqual(readCertificates(file(`Ours:\n${one}\n\nTheirs:\r\n${two}`)), [one, two]);
});

const BROKEN = one.replace(/\n.{8}/, "\nAAAAAAAA");

const REFUSED: [text: string, why: string][] = [
  ["", "there is no certificate in it (PEM)"],
  [identity("self").key, "there is no certificate in it (PEM)"],
  [one.slice(0, 300), "there is no certificate in it (PEM)"],
  [BROKEN, "its certificate cannot be read"],
  [`${one}\n${BROKEN}`, "certificate 2 of 2 cannot be read"],
];

for (const [text, why] of REFUSED) {
  test(`a file is refused: ${why}`, () => {
    const path = file(text);
    throws(
      () => readCertificates(path),
      (error) => error instanceof Refusal && error.message === `Cannot use --ca "${path}": ${why}`,
    );
  });
}
