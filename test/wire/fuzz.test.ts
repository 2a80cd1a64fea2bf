/**
 * Fuzzing, for a bounded time: random bytes, and packets with some bytes changed, cut or added, against everything that
 * reads. Nothing throws, and what is printed is one line. FUZZ_MS says how long (default a second), FUZZ_SEED repeats a run.
 */

import { match, ok } from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { Random } from "../../src/base/random.ts";
import { parseArp } from "../../src/wire/arp.ts";
import { checksum } from "../../src/wire/checksum.ts";
import { Conversations } from "../../src/wire/conversations.ts";
import { hasGoodFcs, parseEthernet } from "../../src/wire/ethernet.ts";
import { emitIcmp, parseIcmp } from "../../src/wire/icmp.ts";
import { emitIpv4Packet, parseIpv4Packet, parseIpv4Quote } from "../../src/wire/ipv4.ts";
import { partiesOf } from "../../src/wire/parties.ts";
import { PcapReader } from "../../src/wire/pcap-reader.ts";
import { LINKTYPE } from "../../src/wire/pcapng.ts";
import { printPacket, printTime } from "../../src/wire/print.ts";
import { parseTcp } from "../../src/wire/tcp.ts";
import { parseTcpOptions } from "../../src/wire/tcp-options.ts";
import { parseUdp } from "../../src/wire/udp.ts";
import { joined } from "./packets.ts";

const TIME = Number(process.env.FUZZ_MS ?? 1000);
const SEED = Number(process.env.FUZZ_SEED ?? Date.now() % 2 ** 32);

const FILE = new Uint8Array(readFileSync("test/wire/captures/linux.pcapng"));

/** The packets of a capture, as far as it can be read. */
function packetsOf(file: Uint8Array, random: Random): Uint8Array[] {
  const reader = new PcapReader();
  const packets: Uint8Array[] = [];
  for (let at = 0; at < file.length; ) {
    const end = at + 1 + random.below(5000);
    reader.push(file.slice(at, end));
    at = end;
    for (let block = reader.next(); block !== undefined; block = reader.next()) {
      if (block.kind !== "packet") continue;
      packets.push(block.bytes);
      ok(reader.interfaces[block.interface] !== undefined);
      printTime(block.time ?? 0);
    }
  }
  return packets;
}

/** Numbers that have been trouble to somebody. */
const ODD = [0, 1, 0x0f, 0x45, 0x4f, 0x7f, 0x80, 0xf0, 0xff];

function mutated(bytes: Uint8Array, random: Random): Uint8Array {
  const changed = bytes.slice();
  // Headers are at the beginning, where most is to be broken.
  for (let n = random.below(6); n > 0; n--) {
    const at = random.below(random.chance(0.8) ? Math.min(80, changed.length) : changed.length);
    changed[at] = random.chance(0.5) ? random.below(256) : ODD[random.below(ODD.length)]!;
  }
  if (random.chance(0.2)) return changed.subarray(0, random.below(changed.length + 1));
  return random.chance(0.1) ? joined(changed, random.bytes(random.below(50))) : changed;
}

function readAll(bytes: Uint8Array, random: Random, conversations: Conversations): void {
  hasGoodFcs(bytes);
  for (const from of [0, 14, 34]) {
    const some = bytes.subarray(from);
    parseEthernet(some, random.chance(0.5));
    parseArp(some);
    parseIpv4Packet(some);
    const quote = parseIpv4Quote(some);
    if (quote !== undefined) emitIpv4Packet(quote);
    // What is damaged would not get past its checksum: the pseudo header makes up for it.
    const pseudo = random.chance(0.9) ? checksum(some, 0, some.length) : random.below(2 ** 20);
    parseTcp(some, pseudo);
    parseTcpOptions(some, 0, Math.min(some.length, 40));
    parseUdp(some, pseudo);
    const message = parseIcmp(some);
    if (message !== undefined) emitIcmp(message);
    const linkType = [LINKTYPE.ethernet, LINKTYPE.raw, random.below(300)][random.below(3)]!;
    const length = some.length + (random.chance(0.5) ? 0 : random.below(70_000));
    partiesOf(some, linkType);
    match(printPacket(some, { linkType, length, hasFcs: random.chance(0.5), conversations }), /^[ -~]+$/);
  }
}

test(`whatever comes, nothing throws (FUZZ_SEED=${SEED})`, () => {
  const random = new Random(SEED);
  const packets = packetsOf(FILE, random);
  const conversations = new Conversations();
  const until = performance.now() + TIME;
  while (performance.now() < until) {
    readAll(random.bytes(random.below(120)), random, conversations);
    for (let n = 0; n < 50; n++)
      readAll(mutated(packets[random.below(packets.length)]!, random), random, conversations);
    for (const packet of packetsOf(mutated(FILE.subarray(0, 4000), random), random)) {
      readAll(packet, random, conversations);
    }
    packetsOf(joined(FILE.subarray(0, 4), random.bytes(60)), random);
  }
});
