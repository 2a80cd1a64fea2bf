/** The options about the cache that `maitred proxy` and `maitred serve` share, and what is said about them. */

import type { Option } from "commander";
import type { PolicyName } from "../cache/eviction/policies.ts";
import { adminAddress, duration, oneOf, several, size } from "./flags.ts";
import { didYouMean } from "./nearest.ts";
import { flag, limit } from "./option.ts";
import { Refusal } from "./refusal.ts";

/**
 * The options. `guesses`: whether lifetimes are guessed where nothing else is said.
 *
 * @example
 * cacheOptions(true)[0]?.long; // "--cache"
 */
export const cacheOptions = (guesses: boolean): Option[] => [
  flag("--cache", "keep answers, and use them again as RFC 9111 has it; --memory, --disk and --shared mean it, too"),
  limit("--memory <size>", "how much memory all of it may take: 64M, 2G (default: 256M)", size),
  limit(
    "--max-object <size>",
    "the largest answer that is kept (default: an eighth of the memory; on disk, what fits)",
    size,
  ),
  flag("--eviction <policy>", `who has to go when it is full: ${POLICY_NAMES.join(", ")} (default: s3-fifo)`).argParser(
    oneOf("--eviction", POLICY_NAMES),
  ),
  flag("--disk <folder>", "keep answers there as well, so that they outlive the process"),
  limit("--disk-size <size>", "how much may be kept there (default: 2G)", size),
  flag("--shared <url>", "keep them for all who share that Redis or Valkey as well: redis://host:port, rediss://…"),
  flag(
    "--cache-key <parts>",
    "what tells requests apart: -scheme, -host, -query are left out, header:NAME, cookie:NAME added; with commas",
  ).argParser(several),
  flag("--ignore-query <names>", "query parameters that make no difference: utm_*,fbclid").argParser(several),
  flag("--ttl <pattern=time>", `how long answers live, whatever they say: '/static/*=1h'; ${SEVERAL}`).argParser(
    several,
  ),
  valued("--no-cache <pattern>", `leave these alone: '/account/*', 'http://host/a?*'; ${SEVERAL}`).argParser(several),
  flag(
    "--target-field <name>",
    `a Cache-Control for caches like this one, the first that is there counts; ${SEVERAL} (default: CDN-Cache-Control)`,
  ).argParser(several),
  flag("--refuse-cookies", "do not keep answers that set a cookie (the RFC would)"),
  flag("--heuristic", `guess how long answers live that do not say${guesses ? " (the default)" : ""}`),
  flag("--no-heuristic", `do not${guesses ? "" : " (the default)"}`),
  limit("--stale-if-error <time>", "how long a stale answer may stand in for a server's 500, 502, 503, 504", duration),
  flag(
    "--range-miss <what>",
    "for a part that is not kept, ask for it alone (pass), for all of it (whole), or in slices (slice:1M)",
  ).argParser(rangeMiss),
  flag("--cache-status <how>", "what answers tell of it in Cache-Status: full, brief, none (default: full)").argParser(
    oneOf("--cache-status", ["full", "brief", "none"] as const),
  ),
  flag("--admin [address]", "where it can be watched and purged: host:port of this machine alone, or unix:/path")
    .preset("localhost:3129")
    .argParser(adminAddress),
];

/** Written down here, since whoever asks for help need not wait for the policies themselves. */
const POLICY_NAMES: readonly PolicyName[] = ["lru", "sieve", "s3-fifo", "w-tinylfu"];

const SEVERAL = "may come several times";

/** To commander `--no-x` is the opposite of `--x`, and has no value. This one has. */
function valued(flags: string, description: string): Option {
  const option = flag(flags, description);
  option.negate = false;
  return option;
}

/** As large a slice as is asked for at once where nothing else is said: a few seconds of a film. */
const SLICE = 1024 * 1024;

/**
 * What is done about a range that is not kept: "pass", "whole", or the size of a slice in bytes.
 *
 * @example
 * rangeMiss("slice:64K"); // 65536
 */
export function rangeMiss(text: string): "pass" | "whole" | number {
  if (text === "pass" || text === "whole") return text;
  if (text === "slice") return SLICE;
  if (text.startsWith("slice:")) return size("--range-miss slice:")(text.slice("slice:".length));
  const words = ["pass", "whole", "slice", "slice:SIZE"];
  throw new Refusal(`Cannot use --range-miss "${text}": it is none of ${words.join(", ")}${didYouMean(text, words)}`);
}
