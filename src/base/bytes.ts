/** Bytes: as big-endian fields, as text of one byte a letter, joined. Knows no `node:`, so that a page can use it. */

/**
 * Text whose letters are single bytes, U+0000 to U+00FF: HTTP's heads are such text.
 * (`TextDecoder("latin1")` is not it: that one means windows-1252.)
 *
 * @example
 * latin1(Uint8Array.of(71, 69, 84)); // "GET"
 */
export const latin1: (bytes: Uint8Array, from?: number, to?: number) => string =
  typeof Buffer === "undefined" ? latin1InScript : latin1InNode;

function latin1InNode(bytes: Uint8Array, from = 0, to = bytes.length): string {
  return Buffer.prototype.latin1Slice.call(bytes, from, to);
}

/** @internal for carriers without `Buffer`, and its test */
export function latin1InScript(bytes: Uint8Array, from = 0, to = bytes.length): string {
  let text = "";
  // A call takes only so many arguments.
  for (let at = from; at < to; at += 4096) {
    text += String.fromCharCode(...bytes.subarray(at, Math.min(at + 4096, to)));
  }
  return text;
}

/**
 * The other way round; what is above U+00FF keeps its low byte only, so check before.
 *
 * @example
 * fromLatin1("GET"); // Uint8Array [71, 69, 84]
 */
export const fromLatin1: (text: string) => Uint8Array =
  typeof Buffer === "undefined" ? fromLatin1InScript : (text) => Buffer.from(text, "latin1");

/** @internal for carriers without `Buffer`, and its test */
export function fromLatin1InScript(text: string): Uint8Array {
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i);
  return bytes;
}

/**
 * The same text in memory of its own. Text that is cut out of another, or put together of others, holds on to all of
 * those; what is kept for long should not.
 *
 * @example
 * ownText("GET /menu HTTP/1.1".slice(4, 9)); // "/menu"
 */
export function ownText(text: string): string {
  const own = latin1(fromLatin1(text));
  // JSON says any letter there is, even half of one.
  return own === text ? own : JSON.parse(JSON.stringify(text));
}

const encoder = new TextEncoder();

/**
 * UTF-8.
 *
 * @example
 * utf8("메뉴").length; // 6
 */
export const utf8 = (text: string): Uint8Array => encoder.encode(text);

/**
 * One after the other, in one piece; text as `fromLatin1` has it. It goes `into` these bytes, if it fits.
 *
 * @example
 * concat([utf8("a"), utf8("b")]); // Uint8Array [97, 98]
 */
export function concat(parts: readonly (Uint8Array | string)[], into?: Uint8Array): Uint8Array {
  const [only] = parts;
  if (parts.length === 1 && only instanceof Uint8Array) return only;
  let length = 0;
  for (const part of parts) length += part.length;
  const whole = into !== undefined && length <= into.length ? into.subarray(0, length) : newBytes(length);
  let at = 0;
  for (const part of parts) {
    if (typeof part === "string") putLatin1(whole, part, at);
    else whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/**
 * Bytes to be filled, with anything in them: Node takes small ones from a pool, and writes no zeros.
 *
 * @example
 * newBytes(3).length; // 3
 */
export const newBytes: (length: number) => Uint8Array =
  typeof Buffer === "undefined" ? (length) => new Uint8Array(length) : (length) => Buffer.allocUnsafe(length);

const putLatin1: (bytes: Uint8Array, text: string, at: number) => void =
  typeof Buffer === "undefined"
    ? (bytes, text, at) => bytes.set(fromLatin1InScript(text), at)
    : (bytes, text, at) => void Buffer.prototype.latin1Write.call(bytes, text, at, text.length);

/**
 * Reads big-endian fields, one after the other; reading past the end is a RangeError.
 *
 * @example
 * new ByteReader(Uint8Array.of(0x1f, 0x90)).u16(); // 8080
 */
export class ByteReader {
  readonly bytes: Uint8Array;
  readonly #view: DataView;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  get left(): number {
    return this.bytes.length - this.#at;
  }

  u8(): number {
    const value = this.#view.getUint8(this.#at);
    this.#at += 1;
    return value;
  }

  u16(): number {
    const value = this.#view.getUint16(this.#at);
    this.#at += 2;
    return value;
  }

  u32(): number {
    const value = this.#view.getUint32(this.#at);
    this.#at += 4;
    return value;
  }

  /** A view of the next bytes, not a copy. */
  take(length: number): Uint8Array {
    if (length < 0 || length > this.left) throw new RangeError(`Cannot take ${length} bytes: ${this.left} are left`);
    const part = this.bytes.subarray(this.#at, this.#at + length);
    this.#at += length;
    return part;
  }
}

/**
 * Writes big-endian fields, one after the other, into bytes of a known length.
 *
 * @example
 * new ByteWriter(2).u16(8080).bytes; // Uint8Array [0x1f, 0x90]
 */
export class ByteWriter {
  readonly bytes: Uint8Array;
  readonly #view: DataView;
  #at = 0;

  constructor(length: number) {
    this.bytes = new Uint8Array(length);
    this.#view = new DataView(this.bytes.buffer);
  }

  u8(value: number): this {
    this.#view.setUint8(this.#at, value);
    this.#at += 1;
    return this;
  }

  u16(value: number): this {
    this.#view.setUint16(this.#at, value);
    this.#at += 2;
    return this;
  }

  u32(value: number): this {
    this.#view.setUint32(this.#at, value);
    this.#at += 4;
    return this;
  }

  put(bytes: Uint8Array): this {
    this.bytes.set(bytes, this.#at);
    this.#at += bytes.length;
    return this;
  }
}
