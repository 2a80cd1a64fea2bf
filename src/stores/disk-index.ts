/** The index of a disk store, in SQLite: what is stored, under which key, and where its content is. */

import { DatabaseSync, type SQLInputValue, type StatementSync } from "node:sqlite";
import { type Entry, entryOf, type Row } from "./disk-entry.ts";
import { touch } from "./disk-lock.ts";
import { SCHEMA, SETTINGS, STATEMENTS, VERSION } from "./disk-schema.ts";
import { printSpans } from "./disk-spans.ts";
import { encodeSaid } from "./record.ts";

/**
 * It is another's, older or newer: not an index that can be gone on with.
 *
 * @internal
 */
export class ForeignIndex extends Error {
  override readonly name = "ForeignIndex";
}

/** A file that is of no use any more, and how much there is of it. */
export interface Rubbish {
  readonly file: string;
  readonly disk: number;
}

/** Where `ids` begins: before every key. */
export interface Cursor {
  readonly key: string;
  readonly variant: string;
}

/**
 * Every call may fail as SQLite does. What is changed is seen at once, and safe with `commit`; `rollback` undoes all since
 * then. Between the two nothing waits: whoever changes something sees to it that `commit` is called soon.
 *
 * @internal
 */
export class DiskIndex {
  responses = 0;
  /** Bytes of files that entries name. */
  disk = 0;
  /** Files that no entry names any more, once what was changed is safe. */
  gone: Rubbish[] = [];
  /** Files that nobody would name, if what was changed were undone. */
  born: Rubbish[] = [];
  readonly #db: DatabaseSync;
  readonly #run = {} as Record<keyof typeof STATEMENTS, StatementSync>;
  #nextId = 1;
  #isChanging = false;
  #bytes: number | undefined;

  /** Makes one where there is none. Ids are newer than the one that is given. */
  constructor(path: string, newestId = 0) {
    touch(path);
    this.#db = new DatabaseSync(path, { timeout: 0 });
    try {
      this.#db.exec(SETTINGS);
      if (this.#version() === 0) this.#db.exec(`BEGIN; ${SCHEMA} COMMIT`);
      if (this.#version() !== VERSION) throw new ForeignIndex("it is of another version");
      for (const name of Object.keys(STATEMENTS) as (keyof typeof STATEMENTS)[]) {
        this.#run[name] = this.#db.prepare(STATEMENTS[name]);
        this.#run[name].setReturnArrays(true);
      }
      this.#nextId = Math.max(this.#number("last"), newestId) + 1;
      this.#readTotals();
    } catch (error) {
      this.#db.close();
      throw error;
    }
  }

  #version(): number {
    return Number(Object.values(this.#db.prepare("PRAGMA user_version").get()!)[0]);
  }

  /** Bytes that the index itself takes, but for what it could use again. */
  get bytes(): number {
    // The log and what goes with it are not much more than a megabyte.
    this.#bytes ??= (this.#number("pages") - this.#number("free")) * 4096;
    return this.#bytes;
  }

  get newest(): number {
    return this.#number("newest");
  }

  /** For an entry to come; never given twice. */
  newId(): number {
    return this.#nextId++;
  }

  get newestId(): number {
    return this.#nextId - 1;
  }

  /** Of what is damaged there is only the id. */
  find(key: string): (Entry | number)[] {
    const rows = this.#run.find.all(key) as unknown as Row[];
    return rows.map((row) => {
      const entry = entryOf(row);
      // Nobody gets what is another's, even if the tables have come into disorder.
      return typeof entry === "object" && entry.said.key !== key ? entry.id : entry;
    });
  }

  entry(id: number): Entry | number | undefined {
    const row = this.#run.entry.get(id) as unknown as Row | undefined;
    return row === undefined ? undefined : entryOf(row);
  }

  /** The next ids behind the cursor, up to a key that is not meant any more. */
  ids(after: Cursor, end: string, limit: number): { id: number; key: string; variant: string }[] {
    const rows = this.#run.ids.all(after.key, after.variant, end, limit) as unknown as [number, string, string][];
    return rows.map(([id, key, variant]) => ({ id, key, variant }));
  }

  /** The next ids that have this tag or belong to this group. */
  tagged(name: string, after: number, limit: number): number[] {
    return (this.#run.tagged.all(name, after, limit) as unknown as [number][]).map(([id]) => id);
  }

  /** Those that have not been used for longest. */
  oldest(limit: number): { id: number; used: number }[] {
    const rows = this.#run.oldest.all(limit) as unknown as [number, number][];
    return rows.map(([id, used]) => ({ id, used }));
  }

  /** Whether an entry names this file; or has done so a moment ago, and might again. */
  names(id: number, file: string): boolean {
    const place = this.#run.where.get(id) as unknown as [string | null] | undefined;
    return place?.[0] === file || this.gone.some((one) => one.file === file);
  }

  /** In the place of one with the same key and the same `selecting`. */
  add(entry: Entry): void {
    this.#begin();
    const { id, said, length, spans, disk, file, content, used } = entry;
    const variant = JSON.stringify(said.selecting);
    this.#removeRival(id, said.key, variant);
    if (file !== undefined) this.born.push({ file, disk });
    const place: SQLInputValue[] = [length, printSpans(spans), disk, file ?? null, encodeSaid(said), content ?? null];
    this.#run.insert.run(id, said.key, variant, used, Number(said.isInvalid), ...place);
    this.#tag(entry);
    this.#count(1, disk);
  }

  /** Says something else of one that is here, or of more bytes. */
  change(entry: Entry, before: Entry): void {
    this.#begin();
    const { id, said, length, spans, disk } = entry;
    const variant = JSON.stringify(said.selecting);
    this.#removeRival(id, said.key, variant);
    const invalid = Number(said.isInvalid);
    this.#run.change.run(said.key, variant, invalid, length, printSpans(spans), disk, encodeSaid(said), id);
    this.#run.untag.run(id);
    this.#tag(entry);
    this.#count(0, disk - before.disk);
  }

  invalidate(id: number): void {
    this.#begin();
    this.#run.invalidate.run(id);
  }

  use(id: number, used: number): void {
    this.#begin();
    this.#run.use.run(used, id);
  }

  /** Says whether it was here. */
  remove(id: number): boolean {
    const place = this.#run.where.get(id) as unknown as [string | null, number] | undefined;
    if (place === undefined) return false;
    this.#begin();
    const [file, disk] = place;
    this.#run.remove.run(id);
    this.#run.untag.run(id);
    this.#count(-1, -disk);
    if (file !== null) this.gone.push({ file, disk });
    return true;
  }

  get isChanging(): boolean {
    return this.#isChanging;
  }

  commit(): void {
    if (!this.#isChanging) return;
    this.#run.total.run(this.responses, this.disk);
    this.#db.exec("COMMIT");
    this.#isChanging = false;
  }

  /** Gives some of its free room back, where that is a quarter of all, and more than a little. */
  shrink(): void {
    const free = this.#number("free");
    if (free <= 256 || free <= this.#number("pages") / 4) return;
    this.#bytes = undefined;
    this.#db.exec("PRAGMA incremental_vacuum(64)");
  }

  rollback(): void {
    // SQLite may have done so itself.
    if (this.#db.isTransaction) this.#db.exec("ROLLBACK");
    this.#isChanging = false;
    this.#bytes = undefined;
    this.#readTotals();
  }

  close(): void {
    this.#db.close();
  }

  #begin(): void {
    this.#bytes = undefined;
    if (this.#isChanging) return;
    this.#db.exec("BEGIN IMMEDIATE");
    this.#isChanging = true;
    this.gone = [];
    this.born = [];
  }

  #removeRival(id: number, key: string, variant: string): void {
    const rival = this.#run.rival.get(key, variant) as unknown as [number] | undefined;
    if (rival !== undefined && rival[0] !== id) this.remove(rival[0]);
  }

  #tag({ id, said }: Entry): void {
    for (const name of said.tags) this.#run.tag.run(name, id);
    for (const name of said.groups) this.#run.tag.run(name, id);
  }

  #count(responses: number, disk: number): void {
    this.responses += responses;
    this.disk += disk;
  }

  #readTotals(): void {
    const totals = this.#run.totals.get() as unknown as [number, number] | undefined;
    if (totals === undefined) throw new ForeignIndex("it has lost count of what it has");
    [this.responses, this.disk] = totals;
  }

  #number(name: "last" | "newest" | "pages" | "free"): number {
    return (this.#run[name].get() as unknown as [number | null])[0] ?? 0;
  }
}
