/** Network devices of Linux, asked about by `ioctl` (its man-pages, netdevice(7)). */

import { closeSync, readFileSync } from "node:fs";
import { O_CLOEXEC, type System } from "./linux.ts";

/** A `struct ifreq` is a name that ends with NUL, and a union behind it. */
const IFREQ = 40;
const IFNAMSIZ = 16;

/** From <sys/socket.h>; any socket will do to ask about a device. */
const AF_UNIX = 1;
const SOCK_DGRAM = 2;

/** @internal What can be asked, from <linux/sockios.h>. */
export const ASK = { index: 0x8933, flags: 0x8913, mtu: 0x8921, hardware: 0x8927 } as const;

/**
 * Whether Linux would take it for a name: the bytes are counted, not the letters.
 *
 * @internal
 */
export const isDeviceName = (name: string): boolean =>
  /^[^\s/:\0]+$/.test(name) && name !== "." && name !== ".." && new TextEncoder().encode(name).length < IFNAMSIZ;

/** @internal A `struct ifreq`, and the union in it as numbers. */
export interface DeviceRequest {
  readonly bytes: Uint8Array;
  readonly words: Int32Array;
  readonly halves: Uint16Array;
}

/** @internal One about the device of that name. */
export function deviceRequest(name: string): DeviceRequest {
  const bytes = new Uint8Array(IFREQ);
  new TextEncoder().encodeInto(name, bytes);
  return { bytes, words: new Int32Array(bytes.buffer, IFNAMSIZ), halves: new Uint16Array(bytes.buffer, IFNAMSIZ) };
}

/** @internal The name in it, which may be another than it was: of "tap%d" the system makes one with a number. */
export const nameIn = ({ bytes }: DeviceRequest): string =>
  new TextDecoder().decode(bytes.subarray(0, bytes.indexOf(0)));

/** @internal What the system answers; undefined where it does not, and `errno` says why. */
export function askDevice(system: System, name: string, what: number): DeviceRequest | undefined {
  const socket = system.socket(AF_UNIX, SOCK_DGRAM | O_CLOEXEC, 0);
  if (socket < 0) return undefined;
  try {
    const request = deviceRequest(name);
    return system.ioctl(socket, what, request.bytes) < 0 ? undefined : request;
  } finally {
    closeSync(socket);
  }
}

/**
 * The names of those that there are.
 *
 * @example
 * deviceNames().includes("lo");
 */
export function deviceNames(): string[] {
  try {
    // Unlike /sys, it knows which namespace asks.
    return [...readFileSync("/proc/self/net/dev", "utf8").matchAll(/^ *([^\s|]+):/gm)].map(([, name]) => name!);
  } catch {
    return [];
  }
}
