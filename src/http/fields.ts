/** Header and trailer fields: in the order they came, as they were spelt, with their repetitions (RFC 9110 §5). */

import { isFieldValue, isToken } from "./grammar.ts";

/**
 * A list of name and value. Names are compared without case; the methods take them in lower case.
 *
 * @example
 * const fields = Fields.of({ "Content-Type": "text/plain" });
 * fields.append("Vary", "Accept");
 * fields.get("content-type"); // "text/plain"
 */
export class Fields implements Iterable<[name: string, value: string]> {
  /** name, value, name, value … */
  readonly #list: string[];
  /**
   * A bit for each length that a name here has, by which most names are known not to be here without a look at the
   * list: a proxy asks for dozens. Set for what has gone, too. 0 where it has not been made yet.
   */
  #lengths = 0;
  /** How much of the list is known to be names that are tokens, and values that are one line. */
  #checked: number;

  /** A list that a reader has made `isSound`: it need not be looked at again before it is written. */
  constructor(list: string[] = [], isSound = false) {
    this.#list = list;
    this.#checked = isSound ? list.length : 0;
  }

  static of(fields: Readonly<Record<string, string | undefined>> | Iterable<readonly [string, string]>): Fields {
    const list: string[] = [];
    for (const [name, value] of Symbol.iterator in fields ? fields : Object.entries(fields)) {
      if (value !== undefined) list.push(name, value);
    }
    return new Fields(list);
  }

  /** How many field lines there are. */
  get size(): number {
    return this.#list.length / 2;
  }

  /** The value; of several, all of them joined by a comma (§5.3). */
  get(name: string): string | undefined {
    if (!this.#mayHave(name)) return undefined;
    const list = this.#list;
    let found: string | undefined;
    for (let i = 0; i < list.length; i += 2) {
      if (isNamed(list[i]!, name)) found = found === undefined ? list[i + 1]! : `${found}, ${list[i + 1]!}`;
    }
    return found;
  }

  /** The values of each line with this name. */
  all(name: string): string[] {
    const list = this.#list;
    const values: string[] = [];
    for (let i = 0; i < list.length; i += 2) if (isNamed(list[i]!, name)) values.push(list[i + 1]!);
    return values;
  }

  has(name: string): boolean {
    if (!this.#mayHave(name)) return false;
    const list = this.#list;
    for (let i = 0; i < list.length; i += 2) if (isNamed(list[i]!, name)) return true;
    return false;
  }

  append(name: string, value: string): this {
    // Of those before it nothing is known where nobody has asked.
    if (this.#lengths !== 0 || this.#list.length === 0) this.#lengths |= lengthBit(name);
    this.#list.push(name, value);
    return this;
  }

  /** In the place of the first with this name; further ones go. */
  set(name: string, value: string): this {
    const lower = name.toLowerCase();
    const list = this.#list;
    for (let i = 0; i < list.length; i += 2) {
      if (isNamed(list[i]!, lower)) {
        list[i] = name;
        list[i + 1] = value;
        if (i < this.#checked && !(isToken(name) && isFieldValue(value))) this.#checked = i;
        this.#remove(lower, i + 2);
        return this;
      }
    }
    return this.append(name, value);
  }

  delete(name: string): this {
    if (this.#mayHave(name)) this.#remove(name, 0);
    return this;
  }

  copy(): Fields {
    return this.#with(this.#list.slice());
  }

  /** A copy of those lines whose name, as it is spelt, one keeps. */
  only(keeps: (name: string) => boolean): Fields {
    const list = this.#list;
    const kept: string[] = [];
    for (let i = 0; i < list.length; i += 2) if (keeps(list[i]!)) kept.push(list[i]!, list[i + 1]!);
    return this.#with(kept);
  }

  /** Some of ours, in our order: if all of us are sound, so are they. */
  #with(list: string[]): Fields {
    const fields = new Fields(list, this.#checked === this.#list.length);
    fields.#lengths = this.#lengths;
    return fields;
  }

  *[Symbol.iterator](): IterableIterator<[name: string, value: string]> {
    for (let i = 0; i < this.#list.length; i += 2) yield [this.#list[i]!, this.#list[i + 1]!];
  }

  /**
   * Throws a TypeError where a name is no token, or a value would break out of its line: the mistake of who made them.
   * What has been found good is not looked at again.
   */
  check(): void {
    const list = this.#list;
    for (let i = this.#checked; i < list.length; i += 2) {
      const [name, value] = [list[i]!, list[i + 1]!];
      if (!isToken(name)) throw new TypeError(`Cannot write a field: ${JSON.stringify(name)} is no name`);
      if (!isFieldValue(value)) {
        throw new TypeError(`Cannot write the field "${name}": its value is not one line of single bytes`);
      }
    }
    this.#checked = list.length;
  }

  /** As lines of a head, each with its CRLF. What must not stand in a line is the caller's to keep out. */
  print(): string {
    const list = this.#list;
    let text = "";
    for (let i = 0; i < list.length; i += 2) text += `${list[i]}: ${list[i + 1]}\r\n`;
    return text;
  }

  #mayHave(name: string): boolean {
    if (this.#lengths === 0) for (let i = 0; i < this.#list.length; i += 2) this.#lengths |= lengthBit(this.#list[i]!);
    return (this.#lengths & lengthBit(name)) !== 0;
  }

  #remove(lower: string, from: number): void {
    const list = this.#list;
    let kept = from;
    for (let i = from; i < list.length; i += 2) {
      if (isNamed(list[i]!, lower)) {
        if (i < this.#checked) this.#checked -= 2;
        continue;
      }
      if (kept !== i) {
        list[kept] = list[i]!;
        list[kept + 1] = list[i + 1]!;
      }
      kept += 2;
    }
    if (kept !== list.length) list.length = kept;
  }
}

const lengthBit = (name: string): number => 1 << (name.length & 31);

/**
 * Whether a name, however it is spelt, is this one in lower case.
 *
 * @example
 * isNamed("Content-Type", "content-type"); // true
 */
export const isNamed = (name: string, lower: string): boolean =>
  // Most names differ in length already, which spares the spelling.
  name.length === lower.length && (name === lower || isLower(name, lower));

/** Whether this is how the name is spelt in lower case: letter by letter, since a copy of it costs more. */
function isLower(name: string, lower: string): boolean {
  for (let i = 0; i < name.length; i++) {
    const letter = name.charCodeAt(i);
    if ((letter >= 0x41 && letter <= 0x5a ? letter + 0x20 : letter) !== lower.charCodeAt(i)) return false;
  }
  return true;
}
