/** What goes wrong with a packet socket, in one line for people and with a code for programs. */

/**
 * The codes are those of POSIX: ENOSYS where there can be no such socket at all.
 *
 * @example
 * const error = new PacketError("ENODEV", 'Cannot capture on "eth7": there is no such interface');
 * error.code; // "ENODEV"
 */
export class PacketError extends Error {
  override readonly name = "PacketError";
  readonly code: string;

  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}
