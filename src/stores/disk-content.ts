/** The content of a stored response on disk: at hand where it is short, else in a file. */

import type { Content } from "../cache/store.ts";
import type { Body } from "../http/message.ts";
import type { ByteRange } from "../http/ranges.ts";
import { DiskBody } from "./disk-body.ts";
import type { Entry } from "./disk-entry.ts";
import type { DiskFiles } from "./disk-files.ts";

import { areWhole, type Span } from "./disk-spans.ts";

/** Whose content it is. */
export interface Owner {
  readonly files: DiskFiles;
  /** Somebody could not read it, and why. */
  unreadable(id: number, file: string, error: unknown): void;
}

/** @internal */
export class DiskContent implements Content {
  readonly length: number;
  readonly ranges: readonly ByteRange[] | undefined;
  readonly owner: Owner;
  readonly id: number;
  readonly file: string | undefined;
  /** How many bytes are stored. */
  readonly size: number;
  readonly #bytes: Uint8Array;
  readonly #spans: readonly Span[];

  constructor(owner: Owner, { id, length, spans, content, file }: Entry) {
    this.owner = owner;
    this.id = id;
    this.length = length;
    this.file = file;
    this.ranges = areWhole(spans, length) ? undefined : spans.map(({ first, last }) => ({ first, last }));
    this.size = spans.reduce((sum, { first, last }) => sum + last - first + 1, 0);
    this.#spans = spans;
    this.#bytes = content ?? new Uint8Array(0);
  }

  read(first: number, last: number): Uint8Array | Body {
    if (this.file === undefined) return this.#bytes.subarray(first, last + 1);
    const span = this.#spans.find((one) => one.first <= first && last <= one.last);
    if (span === undefined) throw new RangeError(`Cannot read bytes ${first} to ${last}: not all of them are stored`);
    const { owner, id, file } = this;
    const { files } = owner;
    return new DiskBody(
      {
        files,
        file,
        span,
        isSound: () => files.isSound(file, { first, last }),
        provedSound: () => files.provedSound(file, span),
        failed: (error) => owner.unreadable(id, file, error),
      },
      { first, last },
    );
  }
}
