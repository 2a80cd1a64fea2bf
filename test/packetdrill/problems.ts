/** What may end a script: it is none, it asks for what we have not, or what came is not what was expected. */

/** The script is not of the language: `handshake.pkt:3: expected a sequence number, got "ack"`. */
export class ScriptError extends Error {
  override readonly name = "ScriptError";
  readonly line: number;

  constructor(path: string, line: number, what: string) {
    super(`${path}:${line}: ${what}`);
    this.line = line;
  }
}

/** The script is of the language, but this part of it we do not speak, or the machine cannot do. */
export class NotSupported extends Error {
  override readonly name = "NotSupported";
}

/** The machine did something else. */
export class Failed extends Error {
  override readonly name = "Failed";
  readonly expected: string;
  readonly got: string;

  constructor(expected: string, got: string) {
    super(`expected ${expected}, got ${got}`);
    this.expected = expected;
    this.got = got;
  }
}
