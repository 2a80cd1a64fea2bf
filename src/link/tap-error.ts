/** What goes wrong with a TAP device, in one line for people and with a code for programs. */

/**
 * The codes are those of POSIX: ENOSYS where there can be no such device at all.
 *
 * @example
 * const error = new TapError("EBUSY", 'Cannot open TAP device "tap0": another program has it');
 * error.code; // "EBUSY"
 */
export class TapError extends Error {
  override readonly name = "TapError";
  readonly code: string;

  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}
