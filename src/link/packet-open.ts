/** Opens a packet socket of Linux (packet(7)) on one interface, or says in one line why not and what to do about it. */

import { closeSync } from "node:fs";
import { getSystemErrorName } from "node:util";
import { LINKTYPE } from "../wire/pcapng.ts";
import { ASK, askDevice, deviceNames, isDeviceName } from "./device.ts";
import { O_CLOEXEC, type System } from "./linux.ts";
import { PacketError } from "./packet-error.ts";

/** From <sys/socket.h>, <linux/if_packet.h>, <linux/if_ether.h> and <linux/if.h>. */
const AF_PACKET = 17;
const SOCK_RAW = 3;
const ETH_P_ALL = 3;
const PACKET_ADD_MEMBERSHIP = 1;
const PACKET_RX_RING = 5;
const PACKET_VERSION = 10;
const TPACKET_V3 = 2;
const PACKET_MR_PROMISC = 1;
const IFF_UP = 0x1;
const IFF_LOOPBACK = 0x8;

/** @internal The level at which packet sockets have their options. */
export const SOL_PACKET = 263;

/**
 * 8 MiB, in blocks that the longest packet fits into: 64 KiB, and what the kernel says of it. Where a program stands still
 * for 20 ms, 50,000 packets wait there; an ordinary socket has room for a few hundred.
 */
const BLOCK = 128 * 1024;
const BLOCKS = 64;
/** The kernel makes no use of it here, but wants the frames to fill the blocks. */
const FRAME = 2048;

/**
 * A block that is not full is handed over after so many milliseconds: soon enough for whoever watches, and no more than
 * fifty wake-ups a second.
 *
 * @internal
 */
export const PATIENCE = 20;

/** From <linux/if_arp.h>: what the packets of an interface begin with. Where there is nothing before IP, it is a tunnel. */
const HARDWARE: Readonly<Record<number, number>> = {
  1: LINKTYPE.ethernet,
  772: LINKTYPE.ethernet,
  519: LINKTYPE.raw,
  768: LINKTYPE.raw,
  776: LINKTYPE.raw,
  65534: LINKTYPE.raw,
};

/** @internal */
export interface OpenSocket {
  readonly fd: number;
  /** The number of the interface. */
  readonly index: number;
  readonly linkType: number;
  readonly isLoopback: boolean;
  /** The ring, and how long its blocks are. */
  readonly memory: ArrayBuffer;
  readonly blockLength: number;
  /** Gives memory and descriptor back. */
  readonly close: () => void;
}

/** @internal Throws a `PacketError`. */
export function openSocket(system: System, name: string, isPromiscuous: boolean): OpenSocket {
  const index = deviceIndex(system, name);
  if (index === undefined) throw new PacketError("ENODEV", `${cannot(name)}: there is no such interface${others()}`);
  const linkType = HARDWARE[asked(system, name, ASK.hardware)];
  if (linkType === undefined) {
    throw new PacketError("EPFNOSUPPORT", `${cannot(name)}: its packets begin with neither Ethernet nor IP`);
  }
  const flags = asked(system, name, ASK.flags);
  if ((flags & IFF_UP) === 0) throw new PacketError("ENETDOWN", `${cannot(name)}: it is down (ip link set ${name} up)`);

  // Of no protocol yet: so nothing comes before all is ready.
  const fd = checked(system, name, system.socket(AF_PACKET, SOCK_RAW | O_CLOEXEC, 0));
  let giveBack = (): void => {};
  try {
    const set = (option: number, value: Uint8Array): void => {
      checked(system, name, system.setsockopt(fd, SOL_PACKET, option, value, value.length));
    };
    set(PACKET_VERSION, words(TPACKET_V3));
    set(PACKET_RX_RING, words(BLOCK, BLOCKS, FRAME, (BLOCK / FRAME) * BLOCKS, PATIENCE, 0, 0));
    const shared = system.share(fd, BLOCK * BLOCKS);
    if (shared === undefined) throw refusal(system, name);
    giveBack = shared.giveBack;
    const address = addressOf(index);
    checked(system, name, system.bind(fd, address, address.length));
    // It is so for as long as the socket is open.
    if (isPromiscuous) set(PACKET_ADD_MEMBERSHIP, membership(index, PACKET_MR_PROMISC));
    const close = (): void => {
      giveBack();
      closeSync(fd);
    };
    const isLoopback = (flags & IFF_LOOPBACK) !== 0;
    return { fd, index, linkType, isLoopback, memory: shared.bytes, blockLength: BLOCK, close };
  } catch (error) {
    giveBack();
    closeSync(fd);
    throw error;
  }
}

/** @internal The number of the interface; undefined where there is none of that name. */
export const deviceIndex = (system: System, name: string): number | undefined =>
  isDeviceName(name) ? askDevice(system, name, ASK.index)?.words[0] : undefined;

/** @internal */
export const cannot = (name: string): string => `Cannot capture on "${name}"`;

function asked(system: System, name: string, what: number): number {
  const answer = askDevice(system, name, what);
  if (answer === undefined) throw refusal(system, name);
  return answer.halves[0]!;
}

function checked(system: System, name: string, result: number): number {
  if (result < 0) throw refusal(system, name);
  return result;
}

function refusal(system: System, name: string): PacketError {
  const code = getSystemErrorName(-system.errno());
  return new PacketError(code, `${cannot(name)}: ${REASONS[code] ?? code}`);
}

const REASONS: Readonly<Record<string, string>> = {
  EPERM: "it takes the right CAP_NET_RAW, which root has (sudo)",
  ENOMEM: "there is no memory for its packets (8 MiB)",
  EAFNOSUPPORT: "this kernel has no packet sockets (load them: modprobe af_packet)",
};

function others(): string {
  const names = deviceNames();
  return names.length === 0 ? "" : ` (there are: ${names.join(", ")})`;
}

const words = (...numbers: number[]): Uint8Array => new Uint8Array(Uint32Array.from(numbers).buffer);

/** A `struct sockaddr_ll`: family, protocol in the order of the network, interface, and what only who sends must say. */
function addressOf(index: number): Uint8Array {
  const address = new Uint8Array(20);
  new Uint16Array(address.buffer)[0] = AF_PACKET;
  address[3] = ETH_P_ALL;
  new Int32Array(address.buffer)[1] = index;
  return address;
}

/** A `struct packet_mreq`: interface, type, and an address where it is about one. */
function membership(index: number, type: number): Uint8Array {
  const request = new Uint8Array(16);
  new Int32Array(request.buffer)[0] = index;
  new Uint16Array(request.buffer)[2] = type;
  return request;
}
