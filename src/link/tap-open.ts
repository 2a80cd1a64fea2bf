/** Opens a TAP device of Linux (its Documentation/networking/tuntap.rst), or says in one line what to do about it. */

import { closeSync, constants, openSync } from "node:fs";
import { getSystemErrorName } from "node:util";
import { ASK, askDevice, deviceRequest, nameIn } from "./device.ts";
import type { System } from "./linux.ts";
import { TapError } from "./tap-error.ts";
import { VNET_HEADER } from "./tap-offloads.ts";

/** From <linux/if_tun.h>: frames with their Ethernet header, and nothing before it. */
const TUNSETIFF = 0x400454ca;
const TUNSETOFFLOAD = 0x400454d0;
const IFF_TAP = 0x0002;
const IFF_NO_PI = 0x1000;
const IFF_VNET_HDR = 0x4000;
const TUNSETVNETHDRSZ = 0x400454d8;
/** Frames may come without checksum, and longer than the MTU, if they are TCP over IPv4. */
const TUN_F_CSUM = 0x01;
const TUN_F_TSO4 = 0x02;

export interface Device {
  readonly fd: number;
  readonly name: string;
  readonly mtu: number;
}

/**
 * Attaches to the device of that name, or makes it. Throws a `TapError`.
 *
 * @internal
 */
export function openDevice(system: System, name: string, hasOffloads: boolean): Device {
  const fd = openTun(name);
  try {
    const request = deviceRequest(name);
    request.halves[0] = IFF_TAP | IFF_NO_PI | (hasOffloads ? IFF_VNET_HDR : 0);
    if (system.ioctl(fd, TUNSETIFF, request.bytes) < 0) throw refusal(system, name);
    // Whoever had it before may have asked for frames without checksums, larger than the MTU; that outlives him.
    system.ioctlNumber(fd, TUNSETOFFLOAD, hasOffloads ? TUN_F_CSUM | TUN_F_TSO4 : 0);
    if (hasOffloads) system.ioctl(fd, TUNSETVNETHDRSZ, Uint8Array.of(VNET_HEADER, 0, 0, 0));
    const given = nameIn(request);
    return { fd, name: given, mtu: mtuOf(system, given) };
  } catch (error) {
    closeSync(fd);
    throw error;
  }
}

function openTun(name: string): number {
  try {
    return openSync("/dev/net/tun", constants.O_RDWR | constants.O_NONBLOCK);
  } catch (error) {
    const { code = "EIO" } = error as { code?: string };
    const mayNot = code === "EACCES" || code === "EPERM";
    const reason = mayNot ? "/dev/net/tun may not be opened" : "there is no /dev/net/tun (load it: modprobe tun)";
    throw new TapError(code, `${cannotOpen(name)}: ${reason}`);
  }
}

const cannotOpen = (name: string): string => `Cannot open TAP device "${name}"`;

function refusal(system: System, name: string): TapError {
  const code = getSystemErrorName(-system.errno());
  return new TapError(code, `${cannotOpen(name)}: ${REASONS[code]?.(name) ?? code}`);
}

const REASONS: Readonly<Record<string, (name: string) => string>> = {
  EBUSY: () => "another program has it",
  EINVAL: () => "there is a device of that name, but it is no TAP device with one queue",
  EPERM: (name) => `it is not yours (as root: ip tuntap add dev ${name} mode tap user YOU)`,
};

function mtuOf(system: System, name: string): number {
  const answer = askDevice(system, name, ASK.mtu);
  if (answer === undefined) throw refusal(system, name);
  return answer.words[0]!;
}
