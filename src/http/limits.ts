/** How much of a head we are willing to read: a peer must not fill our memory with it. */

export interface Limits {
  /** Bytes of the request line or status line; 414 beyond (RFC 9112 §3 asks for 8000 at least). */
  readonly startLine: number;
  /** Bytes of one field line; 431 beyond. */
  readonly field: number;
  /** Bytes of all field lines together; 431 beyond. */
  readonly fields: number;
  /** How many field lines; 431 beyond. */
  readonly fieldCount: number;
  /** Bytes of the trailer section; 431 beyond. */
  readonly trailer: number;
  /** Bytes of all chunk extensions of one message: nobody uses them but attackers. 400 beyond. */
  readonly chunkExtensions: number;
}

/** Those of nginx and Apache, about. */
export const LIMITS: Limits = {
  startLine: 8192,
  field: 8192,
  fields: 65536,
  fieldCount: 100,
  trailer: 8192,
  chunkExtensions: 16384,
};
