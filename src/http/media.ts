/** Media types: what kind of content it is (RFC 9110 §8.3.1). */

export interface MediaType {
  /** In lower case: "text/html". */
  readonly type: string;
  /** Names in lower case, values as meant: without the quotes they may have been sent in. */
  readonly parameters: ReadonlyMap<string, string>;
}

const TOKEN = "[!#$%&'*+\\-.^_`|~0-9A-Za-z]+";
const TYPE = new RegExp(`${TOKEN}/${TOKEN}`, "y");
// parameters = *( OWS ";" OWS [ parameter ] ), where the quoted value goes up to a quote that no backslash precedes.
const PARAMETER = new RegExp(
  `[ \\t]*;[ \\t]*(?:(${TOKEN})=(?:(${TOKEN})|"((?:[\\t \\x21\\x23-\\x5b\\x5d-\\x7e\\x80-\\xff]|\\\\[\\t\\x20-\\x7e\\x80-\\xff])*)"))?`,
  "y",
);

/**
 * Reads a media type; undefined where it is none, as a whole. A parameter that comes twice counts once, the first time.
 *
 * @example
 * parseMediaType('Text/HTML; Charset="utf-8"'); // { type: "text/html", parameters: Map { "charset" => "utf-8" } }
 */
export function parseMediaType(text: string): MediaType | undefined {
  TYPE.lastIndex = 0;
  const type = TYPE.exec(text)?.[0].toLowerCase();
  if (type === undefined) return undefined;

  const parameters = new Map<string, string>();
  for (let at = TYPE.lastIndex; at < text.length; at = PARAMETER.lastIndex) {
    PARAMETER.lastIndex = at;
    const parts = PARAMETER.exec(text);
    if (parts === null) return undefined;
    const [, name, token, quoted] = parts;
    if (name === undefined) continue;
    const lower = name.toLowerCase();
    if (!parameters.has(lower)) parameters.set(lower, token ?? quoted!.replace(/\\(.)/g, "$1"));
  }
  return { type, parameters };
}

/**
 * Writes a media type, its values in quotes where they must be.
 *
 * @example
 * printMediaType({ type: "text/plain", parameters: new Map([["title", "a menu"]]) }); // 'text/plain; title="a menu"'
 */
export function printMediaType({ type, parameters }: MediaType): string {
  let text = type;
  for (const [name, value] of parameters) {
    text += `; ${name}=${ONLY_TOKEN.test(value) ? value : `"${value.replace(/["\\]/g, "\\$&")}"`}`;
  }
  return text;
}

const ONLY_TOKEN = new RegExp(`^${TOKEN}$`);

/** Not text/… and not …+xml or …+json, but of a kind that compression makes smaller. */
const COMPRESSIBLE: ReadonlySet<string> = new Set([
  "application/ecmascript",
  "application/graphql",
  "application/javascript",
  "application/json",
  "application/json5",
  "application/rtf",
  "application/sql",
  "application/toml",
  "application/vnd.ms-fontobject",
  "application/wasm",
  "application/x-httpd-php",
  "application/x-javascript",
  "application/x-ndjson",
  "application/x-sh",
  "application/x-tar",
  "application/x-yaml",
  "application/xml",
  "application/xml-dtd",
  "application/yaml",
  "font/collection",
  "font/otf",
  "font/ttf",
  "image/bmp",
  "image/svg+xml",
  "image/vnd.microsoft.icon",
  "image/x-icon",
]);

/**
 * Whether content of this type gets smaller by compression, as text does and a photograph does not.
 * Parameters are no matter. A stream of events says no: its events must not wait in a compressor.
 *
 * @example
 * isCompressible("text/html; charset=utf-8"); // true
 * isCompressible("image/png"); // false
 */
export function isCompressible(type: string): boolean {
  const bare = withoutParameters(type);
  if (bare.startsWith("text/")) return bare !== "text/event-stream";
  return COMPRESSIBLE.has(bare) || /\+(?:json|xml)$/.test(bare);
}

/** Text that is not called so; all of it is UTF-8 today, and who says so spares the reader a guess. */
const TEXT = /^(?:text\/.*|application\/(?:javascript|json|xml)|.*\+(?:json|xml))$/;

/**
 * The type with `; charset=utf-8` where it is one of text (also JavaScript, JSON, SVG, XML) and says no charset yet.
 *
 * @example
 * withCharset("text/html"); // "text/html; charset=utf-8"
 * withCharset("image/png"); // "image/png"
 */
export function withCharset(type: string): string {
  if (!TEXT.test(withoutParameters(type)) || parseMediaType(type)?.parameters.has("charset")) return type;
  return `${type}; charset=utf-8`;
}

const withoutParameters = (type: string): string => type.split(";", 1)[0]!.trimEnd().toLowerCase();
