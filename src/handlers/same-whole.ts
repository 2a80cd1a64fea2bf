/** Whether a part that comes is of the same whole as what is stored (RFC 9111 §3.4). */

import type { Assessment } from "../cache/assess.ts";
import { strongValidator } from "../cache/decide.ts";
import { sameStrongly } from "../http/etags.ts";
import type { Fields } from "../http/fields.ts";

/**
 * "if they all share the same strong validator". `part` are the fields that it came with.
 *
 * @example
 * isSameWhole(assess(stored, DEFAULT_RULES, 0), Fields.of({ ETag: '"v1"' })); // true
 */
export function isSameWhole({ fields, date }: Assessment, part: Fields): boolean {
  const validator = strongValidator(fields, date);
  if (validator === undefined) return false;
  const etag = part.get("etag");
  if (validator.startsWith('"')) return etag !== undefined && sameStrongly(etag, validator);
  return etag === undefined && part.get("last-modified") === validator;
}

/**
 * Whether it says that it is of another. Without a validator it says nothing.
 *
 * @example
 * isOfAnother(assess(stored, DEFAULT_RULES, 0), Fields.of({ ETag: '"v2"' })); // true
 */
export const isOfAnother = ({ fields }: Assessment, part: Fields): boolean =>
  VALIDATORS.some((name) => fields.has(name) && part.has(name) && fields.get(name) !== part.get(name));

const VALIDATORS = ["etag", "last-modified"];
