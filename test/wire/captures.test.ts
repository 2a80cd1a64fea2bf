/** What Linux has said to Linux (captures/capture.sh): read, put again byte for byte, and printed as tcpdump prints it. */

import { deepEqual, equal, ok } from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { describe, test } from "node:test";
import { emitArp, parseArp } from "../../src/wire/arp.ts";
import { pseudoHeader } from "../../src/wire/checksum.ts";
import { Conversations } from "../../src/wire/conversations.ts";
import { ETHERTYPE, emitEthernet, parseEthernet } from "../../src/wire/ethernet.ts";
import { emitIcmp, parseIcmp } from "../../src/wire/icmp.ts";
import { emitIpv4Packet, type Ipv4Packet, PROTOCOL, parseIpv4Packet } from "../../src/wire/ipv4.ts";
import { PcapReader } from "../../src/wire/pcap-reader.ts";
import type { CapturedPacket } from "../../src/wire/pcapng.ts";
import { printPacket, printTime } from "../../src/wire/print.ts";
import { emitTcp, parseTcp } from "../../src/wire/tcp.ts";
import type { TcpSegment } from "../../src/wire/tcp-segment.ts";
import { emitUdp, parseUdp } from "../../src/wire/udp.ts";

const FILE = "test/wire/captures/linux.pcapng";
const packets = packetsOf(new Uint8Array(readFileSync(FILE)));

function packetsOf(file: Uint8Array): CapturedPacket[] {
  const reader = new PcapReader();
  reader.push(file);
  const packets: CapturedPacket[] = [];
  for (let block = reader.next(); block !== undefined; block = reader.next()) {
    if (block.kind === "packet") packets.push(block);
  }
  equal(reader.problem, undefined);
  equal(reader.left, 0);
  return packets;
}

/** What has been seen, so that a capture without something does not pass for one with it. */
const seen = new Set<string>();
const isFragment = (packet: Ipv4Packet): boolean => packet.moreFragments || packet.fragmentOffset > 0;

test("each packet is put again as it came", () => {
  for (const [i, { bytes }] of packets.entries()) deepEqual(again(bytes), bytes, `packet ${i + 1}`);
});

test("the capture has something of everything", () => {
  deepEqual(
    [...seen].sort(),
    [
      "a SYN",
      "a fragment",
      "an answer to a SYN",
      "an end",
      "arp 1",
      "arp 2",
      "echo reply",
      "echo request",
      "explicit congestion notification",
      "options of IPv4",
      "selective acknowledgment",
      "something unknown",
      "time exceeded 0",
      "timestamps",
      "udp",
      "unreachable 1",
      "unreachable 3",
      "unreachable 4",
      "urgent data",
      "a reset",
    ].sort(),
  );
});

function again(bytes: Uint8Array): Uint8Array {
  const frame = parseEthernet(bytes)!;
  return emitEthernet({ ...frame, payload: payloadAgain(frame.type, frame.payload) });
}

function payloadAgain(type: number, bytes: Uint8Array): Uint8Array {
  if (type === ETHERTYPE.arp) {
    const packet = parseArp(bytes)!;
    seen.add(`arp ${packet.operation}`);
    return emitArp(packet);
  }
  equal(type, ETHERTYPE.ipv4);
  const packet = parseIpv4Packet(bytes)!;
  if (packet.options.length > 0) seen.add("options of IPv4");
  return emitIpv4Packet({ ...packet, payload: isFragment(packet) ? fragmentAgain(packet) : transportAgain(packet) });
}

function fragmentAgain({ payload }: Ipv4Packet): Uint8Array {
  seen.add("a fragment");
  return payload;
}

function transportAgain({ protocol, source, destination, payload }: Ipv4Packet): Uint8Array {
  const pseudo = pseudoHeader(source, destination, protocol, payload.length);
  if (protocol === PROTOCOL.tcp) {
    const segment = parseTcp(payload, pseudo)!;
    look(segment);
    return emitTcp(segment, source, destination);
  }
  if (protocol === PROTOCOL.udp) {
    seen.add("udp");
    return emitUdp(parseUdp(payload, pseudo)!, source, destination);
  }
  equal(protocol, PROTOCOL.icmp);
  const message = parseIcmp(payload)!;
  seen.add(message.kind.startsWith("echo") ? message.kind : `${message.kind} ${message.code}`);
  return emitIcmp(message);
}

function look({ flags, sack, timestamp, unknownOptions }: TcpSegment): void {
  if ((flags & 0x12) === 0x02) seen.add("a SYN");
  if ((flags & 0x12) === 0x12) seen.add("an answer to a SYN");
  if (flags & 0x01) seen.add("an end");
  if (flags & 0x04) seen.add("a reset");
  if (flags & 0x20) seen.add("urgent data");
  if (flags & 0xc0) seen.add("explicit congestion notification");
  if (sack !== undefined) seen.add("selective acknowledgment");
  if (timestamp !== undefined) seen.add("timestamps");
  if (unknownOptions !== undefined) seen.add("something unknown");
}

const needsTcpdump = { skip: spawnSync("tcpdump", ["--version"]).error !== undefined && "no tcpdump here" };

describe("the lines", needsTcpdump, () => {
  test("are those of tcpdump, but for fragments, of which it does not say where they belong", () => {
    const { stdout } = spawnSync("tcpdump", ["-n", "-r", FILE], {
      encoding: "utf8",
      env: { ...process.env, TZ: "UTC" },
    });
    const theirs = stdout.trimEnd().replaceAll("tfo  ", "tfo ").split("\n");
    const conversations = new Conversations();
    const ours = packets.map(({ time, bytes }) => `${printTime(time!)} ${printPacket(bytes, { conversations })}`);
    equal(ours.length, theirs.length);
    const fragments = ours.filter((line) => line.includes("(frag "));
    ok(fragments.length > 5);
    const compared = ours.map((line, i) => (fragments.includes(line) ? theirs[i]! : line));
    deepEqual(compared, theirs);
  });
});
