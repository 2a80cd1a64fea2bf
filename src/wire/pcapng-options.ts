/**
 * The options of a pcapng block (draft-ietf-opsawg-pcapng §3.5): code, length, value, each up to a multiple of four
 * bytes; one of code zero ends the list.
 */

import { utf8 } from "../base/bytes.ts";

/** One of them; what its value means depends on the block. */
export interface PcapngOption {
  readonly code: number;
  readonly value: Uint8Array;
}

const END = 0;

/** @internal The code that means the same in every block: somebody's remark, in UTF-8. */
export const COMMENT = 1;

const decoder = new TextDecoder();

/** @internal How many bytes a value takes. */
export const padded = (length: number): number => Math.ceil(length / 4) * 4;

/** @internal A text that may not be there. */
export const textOption = (code: number, text: string | undefined): PcapngOption[] =>
  text === undefined ? [] : [{ code, value: utf8(text) }];

/** @internal A number that may not be there, of one, four or eight bytes. */
export function numberOption(code: number, size: 1 | 4 | 8, number: number | undefined): PcapngOption[] {
  if (number === undefined) return [];
  const value = new Uint8Array(size);
  const view = new DataView(value.buffer);
  if (size === 1) view.setUint8(0, number);
  else view.setUint32(0, number, true);
  if (size === 8) view.setUint32(4, number / 2 ** 32, true);
  return [{ code, value }];
}

/** @internal How many bytes the list takes: none where there is nothing in it. */
export function optionsLength(options: readonly PcapngOption[]): number {
  const length = options.reduce((sum, { value }) => sum + 4 + padded(value.length), 0);
  return length === 0 ? 0 : length + 4;
}

/** @internal Puts the list from `at` on, where zeros stand. */
export function putOptions(bytes: Uint8Array, at: number, options: readonly PcapngOption[]): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let end = at;
  for (const { code, value } of options) {
    if (value.length > 0xffff) {
      throw new RangeError(`Cannot put an option of ${value.length} bytes: 65535 are the most`);
    }
    view.setUint16(end, code, true);
    view.setUint16(end + 2, value.length, true);
    bytes.set(value, end + 4);
    end += 4 + padded(value.length);
  }
}

/** @internal Those in the bytes, up to the end of the list or to one that runs over it. */
export function parseOptions(bytes: Uint8Array, isLittle: boolean): PcapngOption[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const options: PcapngOption[] = [];
  for (let at = 0; at + 4 <= bytes.length; ) {
    const code = view.getUint16(at, isLittle);
    const length = view.getUint16(at + 2, isLittle);
    if (code === END || at + 4 + length > bytes.length) break;
    options.push({ code, value: bytes.subarray(at + 4, at + 4 + length) });
    at += 4 + padded(length);
  }
  return options;
}

/** @internal The text of this code, of several the first. */
export const textOf = (options: readonly PcapngOption[], code: number): string | undefined => textsOf(options, code)[0];

/** @internal All texts of this code. */
export const textsOf = (options: readonly PcapngOption[], code: number): string[] =>
  options.filter((option) => option.code === code).map(({ value }) => decoder.decode(value));

/** @internal The number of this code, if its value has the right size. */
export function numberOf(
  options: readonly PcapngOption[],
  code: number,
  size: 1 | 4 | 8,
  isLittle: boolean,
): number | undefined {
  const value = options.find((option) => option.code === code)?.value;
  if (value?.length !== size) return undefined;
  const view = new DataView(value.buffer, value.byteOffset, size);
  if (size === 1) return view.getUint8(0);
  return size === 4
    ? view.getUint32(0, isLittle)
    : wide(view.getUint32(isLittle ? 4 : 0, isLittle), view.getUint32(isLittle ? 0 : 4, isLittle));
}

/** @internal Of two halves; above 2⁵³ the last bits are lost. */
const wide = (high: number, low: number): number => high * 2 ** 32 + low;
