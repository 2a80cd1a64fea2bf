/** How options are declared: each with what is said about it, and how its value is read. */

import { Option } from "commander";
import { count, duration, oneOf } from "./flags.ts";

/**
 * An option of the command line.
 *
 * @example
 * flag("--lan", "listen on all addresses"); // an Option of commander's
 */
export const flag = (flags: string, description: string): Option => new Option(flags, description);

/**
 * One whose value is read by a function that knows its name, for its refusals.
 *
 * @example
 * limit("--grace <time>", "for answers under way", duration); // an Option of commander's
 */
export const limit = (flags: string, description: string, read: (flag: string) => (text: string) => number): Option =>
  flag(flags, description).argParser(read(flags.split(" ")[0]!));

/**
 * Those of a machine of our own, in place of the kernel's sockets; and which of a command's others make no sense then.
 *
 * @example
 * for (const option of tapOptions(["host"])) console.log(option.flags);
 */
export const tapOptions = (conflicts: string[]): Option[] => [
  flag("--tap <device>", "speak by our own TCP/IP through a TAP device, as a machine at its other end").conflicts(
    conflicts,
  ),
  flag("--address <address/length>", "that machine's address: 10.0.0.2/24"),
  flag("--gateway <address>", "where it sends packets for other networks (default: nowhere)"),
  flag("--capture <file>", "write all that passes there, for Wireshark or maitred print"),
];

/**
 * Those that every server has: how many guests, how patient, what is said about it.
 *
 * @example
 * for (const option of houseOptions()) console.log(option.flags);
 */
export const houseOptions = (): Option[] => [
  limit("--max-connections <count>", "connections at once; 503 beyond (default: 20000)", count),
  limit("--head-timeout <time>", "for a request's head to come (default: 30s)", duration),
  limit("--body-timeout <time>", "for its content's next bytes to come (default: 30s)", duration),
  limit("--idle-timeout <time>", "between two requests (default: 75s)", duration),
  limit("--write-timeout <time>", "for a reader to make room (default: 60s)", duration),
  limit("--grace <time>", "for answers under way, when it closes (default: 10s)", duration),
];

/**
 * And what every server says.
 *
 * @example
 * for (const option of logOptions()) console.log(option.flags);
 */
export const logOptions = (): Option[] => [
  flag("--log <format>", `${LOG_FORMATS.join(", ")} (default: pretty on a terminal, else none)`).argParser(
    oneOf("--log", LOG_FORMATS),
  ),
  flag("-v, --verbose", "if something goes wrong, say where in the code"),
];

const LOG_FORMATS = ["pretty", "common", "combined", "json", "none"] as const;
