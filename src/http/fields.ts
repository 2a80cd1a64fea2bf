/** Header and trailer fields: in the order they came, as they were spelt, with their repetitions (RFC 9110 §5). */

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

  constructor(list: string[] = []) {
    this.#list = list;
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
    const list = this.#list;
    for (let i = 0; i < list.length; i += 2) if (isNamed(list[i]!, name)) return true;
    return false;
  }

  append(name: string, value: string): this {
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
        this.#remove(lower, i + 2);
        return this;
      }
    }
    list.push(name, value);
    return this;
  }

  delete(name: string): this {
    this.#remove(name, 0);
    return this;
  }

  copy(): Fields {
    return new Fields(this.#list.slice());
  }

  /** A copy of those lines whose name, as it is spelt, one keeps. */
  only(keeps: (name: string) => boolean): Fields {
    const list = this.#list;
    const kept: string[] = [];
    for (let i = 0; i < list.length; i += 2) if (keeps(list[i]!)) kept.push(list[i]!, list[i + 1]!);
    return new Fields(kept);
  }

  *[Symbol.iterator](): IterableIterator<[name: string, value: string]> {
    for (let i = 0; i < this.#list.length; i += 2) yield [this.#list[i]!, this.#list[i + 1]!];
  }

  /** As lines of a head, each with its CRLF. What must not stand in a line is the caller's to keep out. */
  print(): string {
    const list = this.#list;
    let text = "";
    for (let i = 0; i < list.length; i += 2) text += `${list[i]}: ${list[i + 1]}\r\n`;
    return text;
  }

  #remove(lower: string, from: number): void {
    const list = this.#list;
    let kept = from;
    for (let i = from; i < list.length; i += 2) {
      if (isNamed(list[i]!, lower)) continue;
      list[kept++] = list[i]!;
      list[kept++] = list[i + 1]!;
    }
    list.length = kept;
  }
}

// Most names differ in length already, which spares the spelling.
const isNamed = (name: string, lower: string): boolean =>
  name.length === lower.length && (name === lower || name.toLowerCase() === lower);
