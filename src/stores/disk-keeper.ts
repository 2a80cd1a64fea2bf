/** What a disk store takes, and what has to go for it: the budget holds for all there is, on its way or stored. */

import type { Said } from "../cache/said.ts";
import type { Stored } from "../cache/store.ts";
import { DiskContent, type Owner } from "./disk-content.ts";
import type { Entry } from "./disk-entry.ts";
import type { DiskFiles } from "./disk-files.ts";
import type { DiskFilling, Keeper, Written } from "./disk-filling.ts";
import type { DiskIndex } from "./disk-index.ts";
import { DiskLedger, type LedgerOptions } from "./disk-ledger.ts";
import { addSpan } from "./disk-spans.ts";

export interface KeeperOptions extends LedgerOptions {
  readonly maxObject: number;
  readonly inline: number;
}

/** Of the budget, for files that nobody names any more but may be about to open: a 16th. */
const DISCARDED = 16;

/** What a response needs besides its fields and its content, roughly; it is counted exactly afterwards. */
const OVERHEAD = 500;

/** So long it keeps to what a full disk can hold, less a 16th: else it would soon be full again. */
const MODEST = 10 * 60_000;

/** @internal */
export class DiskKeeper implements Keeper, Owner {
  readonly ledger: DiskLedger;
  readonly files: DiskFiles;
  readonly inline: number;
  readonly most: number;
  readonly fillings = new Set<DiskFilling>();
  evictions = 0;
  readonly #budget: number;
  /** How much may be in use, but for what is discarded. */
  #limit = 0;
  /** When the disk was full, it is less than the budget, until then. */
  #modestUntil: number | undefined;
  #inFlight = 0;

  constructor(options: KeeperOptions) {
    this.ledger = new DiskLedger(options);
    this.files = this.ledger.files;
    this.inline = options.inline;
    this.#budget = options.budget;
    this.#mayUse(options.budget);
    this.most = Math.min(options.maxObject, this.#limit);
  }

  /** Bytes in use, at most. */
  get used(): number {
    return this.ledger.attempt(0, (index) => this.#used(index)) + this.files.discardedBytes;
  }

  #used(index: DiskIndex): number {
    return index.bytes + index.disk + this.#inFlight;
  }

  stored(entry: Entry): Stored {
    return { ...entry.said, content: new DiskContent(this, entry) };
  }

  owns(content: unknown): content is DiskContent {
    return content instanceof DiskContent && content.owner === this;
  }

  /** Whether it may be tried to store something. */
  isReady(): boolean {
    const { trouble } = this.ledger;
    if (trouble.text === undefined) return true;
    if (!this.ledger.isReady()) return false;
    if (trouble.full !== undefined && !this.ledger.attempt(false, (index) => this.#giveWay(index))) return false;
    this.ledger.recovered();
    return true;
  }

  /** The disk may be smaller than the budget, or others need it, too. */
  #giveWay(index: DiskIndex): boolean {
    const most = ((this.#used(index) + this.ledger.room) * 15) / 16;
    this.#mayUse(Math.min(this.#budget, Math.max(0, Math.floor(most))));
    this.#modestUntil = this.files.clock.now() + MODEST;
    return this.#makeRoom(index, 0);
  }

  #mayUse(bytes: number): void {
    this.files.room = Math.floor(bytes / DISCARDED);
    this.#limit = bytes - this.files.room;
  }

  reserve(bytes: number): boolean {
    const isRoom = this.ledger.attempt(false, (index) => this.#makeRoom(index, bytes));
    if (isRoom) this.#inFlight += bytes;
    return isRoom;
  }

  free(bytes: number): void {
    this.#inFlight -= bytes;
  }

  newId(): number {
    return this.ledger.index?.newId() ?? 0;
  }

  keep(said: Said, written: Written): Stored | undefined {
    return this.ledger.attempt(undefined, (index) => {
      const entry = written.isOnto ? this.#join(index, said, written) : this.#add(index, said, written);
      if (entry === undefined) return undefined;
      this.ledger.use.passes(entry.disk + (entry.content?.length ?? 0) + OVERHEAD);
      // It may have become more than was guessed.
      this.#makeRoom(index, 0);
      return this.stored(entry);
    });
  }

  #add(index: DiskIndex, said: Said, { id, length, span, content, file }: Written): Entry | undefined {
    const disk = file === undefined ? 0 : blocksOf(span.last - span.first + 1);
    const guess = OVERHEAD + said.key.length * 3 + said.lines.length + (content?.length ?? 0) + disk;
    if (!this.#makeRoom(index, guess)) return undefined;
    const spans = span.last < span.first ? [] : [span];
    const entry = { id, said, length, spans, content, file, disk, used: this.ledger.use.generation };
    index.add(entry);
    return entry;
  }

  /** What it is to be joined to may be gone by now. Or others have brought more of it meanwhile, which is as well. */
  #join(index: DiskIndex, said: Said, { id, length, span, file }: Written): Entry | undefined {
    const before = index.entry(id);
    if (typeof before !== "object" || before.file !== file || before.length !== length) return undefined;
    const spans = span.last < length ? addSpan(before.spans, span) : undefined;
    const disk = blocksOf(span.last - span.first + 1);
    if (spans === undefined || !this.#makeRoom(index, disk)) return undefined;
    const entry = { ...before, said, spans, disk: before.disk + disk };
    index.change(entry, before);
    this.files.provedSound(before.file!, span);
    return entry;
  }

  wasted(id: number, bytes: number): void {
    this.ledger.attempt(undefined, (index) => {
      const before = index.entry(id);
      if (typeof before === "object") index.change({ ...before, disk: before.disk + blocksOf(bytes) }, before);
    });
  }

  failed(error: unknown): void {
    this.ledger.failed(error);
  }

  left(filling: DiskFilling): void {
    this.fillings.delete(filling);
  }

  unreadable(id: number, file: string, error: unknown): void {
    this.ledger.unreadable(id, file, error);
  }

  /** So that so many bytes find room; false where that cannot be. */
  #makeRoom(index: DiskIndex, bytes: number): boolean {
    if (this.#modestUntil !== undefined && this.files.clock.now() >= this.#modestUntil) {
      this.#modestUntil = undefined;
      this.#mayUse(this.#budget);
    }
    const limit = this.#limit;
    while (this.#used(index) + bytes > limit) {
      const ids = this.#inFlight + bytes > limit ? [] : this.ledger.use.oldest(index);
      if (ids.length === 0) return false;
      for (const id of ids) {
        if (this.#used(index) + bytes <= limit) break;
        if (index.remove(id)) this.evictions += 1;
      }
    }
    return true;
  }
}

/** What a file takes on disk, with what the file system has to know of it. */
const blocksOf = (bytes: number): number => Math.ceil(bytes / 4096) * 4096 + 512;
