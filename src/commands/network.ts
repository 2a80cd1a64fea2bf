/** `--tap tap0 --address 10.0.0.2/24`: whose sockets a command uses, the kernel's or those of a machine of our own. */

import { openSync, writeSync } from "node:fs";
import { kernel } from "../socket/kernel.ts";
import type { Network } from "../socket/socket.ts";
import type { TapNetwork } from "../socket/tap.ts";
import { Refusal } from "./refusal.ts";

export interface NetworkFlags {
  /** A TAP device, at which a machine of our own is. */
  readonly tap?: string;
  /** That machine's address, with its network's length. */
  readonly address?: string;
  /** Where its packets go that are for other networks. */
  readonly gateway?: string;
  /** The file into which all is written that passes the device. */
  readonly capture?: string;
}

/** A device takes one machine: all parts of a command are on the same. */
const opened = new Map<string, Promise<TapNetwork>>();

/**
 * The network that the flags ask for. Fails with a Refusal where it cannot be had. If the device is taken away later,
 * the process ends: there is nothing left to do.
 *
 * @example
 * const network = await networkOf({});
 * network === kernel; // true
 */
export async function networkOf({ tap, address, gateway, capture }: NetworkFlags): Promise<Network> {
  if (tap === undefined) {
    const flag = address !== undefined ? "--address" : "--gateway";
    if (address !== undefined || gateway !== undefined) {
      throw new Refusal(`Cannot use ${flag} without --tap: it is the address of the machine there`);
    }
    if (capture !== undefined) {
      throw new Refusal(
        "Cannot use --capture without --tap: maitred capture hears what passes the kernel's interfaces",
      );
    }
    return kernel;
  }
  if (address === undefined) {
    throw new Refusal("Cannot use --tap without --address: the machine there needs one of its own, like 10.0.0.2/24");
  }
  const network = opened.get(tap) ?? open(tap, address, gateway, capture);
  opened.set(tap, network);
  return network;
}

/**
 * The host on which a command is to listen: at a TAP device, on what the machine there is called.
 *
 * @example
 * hostFor({ host: "localhost" }); // "localhost"
 * hostFor({ host: "localhost", tap: "tap0", address: "10.0.0.2/24" }); // "10.0.0.2"
 */
export const hostFor = ({ host, tap, address = "" }: NetworkFlags & { readonly host: string }): string =>
  tap === undefined ? host : address.replace(/\/.*$/, "");

/**
 * Takes the machine off again, where there is one.
 *
 * @example
 * await closeNetwork({});
 */
export async function closeNetwork({ tap }: NetworkFlags): Promise<void> {
  if (tap === undefined) return;
  (await opened.get(tap))?.close();
  opened.delete(tap);
}

async function open(
  device: string,
  address: string,
  gateway: string | undefined,
  capture: string | undefined,
): Promise<TapNetwork> {
  const [{ tapNetwork }, { TapError }] = await Promise.all([
    import("../socket/tap.ts"),
    import("../link/tap-error.ts"),
  ]);
  try {
    const network = await tapNetwork({
      device,
      address,
      gateway,
      ...(capture !== undefined && { capture: writerTo(capture) }),
    });
    network.onGone = (error) => {
      console.error(error.message);
      process.exit(1);
    };
    return network;
  } catch (error) {
    // They say in one line what is wrong, and what to do.
    const isOurs = error instanceof TapError || error instanceof RangeError || error instanceof TypeError;
    throw isOurs ? new Refusal(error.message, { cause: error }) : error;
  }
}

/** At once: whatever ends the process, the file has what passed before. What cannot be written ends only the writing. */
function writerTo(path: string): (bytes: Uint8Array) => void {
  let file: number | undefined;
  try {
    file = openSync(path, "w");
  } catch (error) {
    throw new Refusal(`Cannot use --capture "${path}": ${(error as Error).message}`, { cause: error });
  }
  return (bytes) => {
    if (file === undefined) return;
    try {
      writeSync(file, bytes);
    } catch (error) {
      file = undefined;
      console.error(`Cannot write on to ${path}: ${(error as Error).message}`);
    }
  };
}
