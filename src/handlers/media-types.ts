/** Which media type a file has, by its name: the one place that asks the list of them (RFC 9110 §8.3). */

import mime from "mime";
import { withCharset } from "../http/media.ts";

/**
 * The type for a file's name, with `; charset=utf-8` where it is text. For a name that says nothing it is
 * application/octet-stream: with `nosniff` beside it no browser runs what it does not know.
 *
 * @example
 * mediaTypeOf("menu.html"); // "text/html; charset=utf-8"
 * mediaTypeOf("README"); // "application/octet-stream"
 */
export function mediaTypeOf(name: string): string {
  // With a slash before it a name without a dot is not taken for an extension: a file may be called "html".
  return withCharset(mime.getType(`/${name}`) ?? "application/octet-stream");
}
