import { equal, throws } from "node:assert/strict";
import { test } from "node:test";
import { checkAssertions } from "./assertions.ts";

const INFO = new Map([
  ["tcpi_snd_cwnd", 10],
  ["tcpi_unacked", 3],
  ["tcpi_rto", 300_000],
  ["tcpi_ca_state", 3],
]);

const TRUE = [
  "assert tcpi_snd_cwnd == 10, tcpi_snd_cwnd",
  "assert tcpi_snd_cwnd == 10",
  "assert tcpi_snd_cwnd == 10 and tcpi_unacked != 10 or False",
  "assert (tcpi_snd_cwnd - tcpi_unacked) * 2 >= 14 # room",
  "assert not tcpi_snd_cwnd < 10\nassert tcpi_ca_state == TCP_CA_Recovery, tcpi_ca_state",
  "assert tcpi_rto // 1000 == 300 and 7 % 4 == 3 and -1 < 0 and 1 / 2 == 0.5",
];

for (const code of TRUE) {
  test(`${code.replaceAll("\n", "; ")} is so`, () => equal(checkAssertions(code, INFO), true));
}

test("what is not so says what is", () => {
  throws(() => checkAssertions("assert tcpi_snd_cwnd == 10\nassert tcpi_unacked == tcpi_snd_cwnd - 6", INFO), {
    message: "expected tcpi_unacked == tcpi_snd_cwnd - 6, got tcpi_unacked = 3, tcpi_snd_cwnd = 10",
  });
});

const NOT_OURS = [
  "assert tcpi_delivered == 5",
  "print(tcpi_snd_cwnd)",
  "import sys\nassert tcpi_snd_cwnd == 10",
  "assert tcpi_snd_cwnd in [1, 2]",
  "assert (tcpi_snd_cwnd == 10",
  "assert tcpi_snd_cwnd ==",
  "assert",
  "",
];

for (const code of NOT_OURS) {
  test(`"${code.replaceAll("\n", "; ")}" is left out`, () => equal(checkAssertions(code, INFO), false));
}
