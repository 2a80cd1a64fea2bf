import { deepEqual, equal } from "node:assert/strict";
import { test } from "node:test";
import { completeChecksum, putVnetHeader, VNET_HEADER } from "../../src/link/tap-offloads.ts";
import { checksum, pseudoHeader } from "../../src/wire/checksum.ts";
import { ETHERTYPE, emitEthernet } from "../../src/wire/ethernet.ts";
import { emitIpv4Packet, ipv4Packet, PROTOCOL } from "../../src/wire/ipv4.ts";
import { emitTcp, parseTcp, parseTcpUnsent } from "../../src/wire/tcp.ts";
import { ACK, segmentOf } from "../../src/wire/tcp-segment.ts";
import { emitUdp, parseUdp } from "../../src/wire/udp.ts";

const [SOURCE, DESTINATION] = [0x0a000001, 0x0a000002];
const START = 34;

function frameOf(payload: Uint8Array, protocol: number): Uint8Array {
  const packet = emitIpv4Packet(ipv4Packet({ protocol, source: SOURCE, destination: DESTINATION, payload }));
  return emitEthernet({ destination: 2, source: 1, type: ETHERTYPE.ipv4, payload: packet });
}

const segment = (length: number) =>
  segmentOf({
    from: 80,
    to: 40_000,
    seq: 7,
    ack: 9,
    flags: ACK,
    timestamp: 1,
    echo: 2,
    payload: new Uint8Array(length).fill(7),
  });

function behindHeader(frame: Uint8Array, size: number): Uint8Array {
  const bytes = new Uint8Array(VNET_HEADER + frame.length);
  bytes.set(frame, VNET_HEADER);
  putVnetHeader(bytes, frame.length, size);
  return bytes;
}

function putBig(bytes: Uint8Array, at: number, value: number): void {
  new DataView(bytes.buffer, bytes.byteOffset).setUint16(at, value);
}

/** As the kernel reads it: flags, type, and the four numbers. */
const read = (bytes: Uint8Array) => [bytes[0], bytes[1], ...new Uint16Array(bytes.slice(2, VNET_HEADER).buffer)];

test("a frame that is complete needs nothing", () => {
  const frame = frameOf(emitTcp(segment(100), SOURCE, DESTINATION), PROTOCOL.tcp);
  const bytes = behindHeader(frame, 0);
  deepEqual(read(bytes), [0, 0, 0, 0, 0, 0]);
  deepEqual(bytes.subarray(VNET_HEADER), frame);
});

test("a long segment is to be cut behind its header, which has options", () => {
  const frame = frameOf(emitTcp(segment(5000), SOURCE, DESTINATION), PROTOCOL.tcp);
  deepEqual(read(behindHeader(frame, 1448)), [1, 1, START + 32, 1448, START, 16]);
});

test("a short one only lacks its checksum", () => {
  const frame = frameOf(emitTcp(segment(500), SOURCE, DESTINATION), PROTOCOL.tcp);
  deepEqual(read(behindHeader(frame, 1448)), [1, 0, 0, 0, START, 16]);
});

test("what stands in place of the checksum is the pseudo header's sum, from which a checksum is made", () => {
  const whole = emitTcp(segment(501), SOURCE, DESTINATION);
  const bytes = behindHeader(frameOf(whole, PROTOCOL.tcp), 1448);
  const frame = bytes.slice(VNET_HEADER);
  const pseudo = pseudoHeader(SOURCE, DESTINATION, PROTOCOL.tcp, whole.length);
  equal(parseTcp(frame.subarray(START), pseudo), undefined);
  // TCP is not completed: who gets it knows.
  completeChecksum(bytes, frame);
  deepEqual(parseTcpUnsent(frame.subarray(START), pseudo), parseTcp(whole, pseudo));
  putBig(frame, START + 16, checksum(frame, START, frame.length));
  deepEqual(frame.subarray(START), whole);
});

test("datagrams are completed as well, and never with a zero, which would mean that there is none", () => {
  // Of all payloads of two bytes, one has the sum zero.
  for (let i = 0; i < 0x10000; i += 1) {
    const whole = emitUdp({ from: 53, to: 1024, payload: Uint8Array.of(i >> 8, i) }, SOURCE, DESTINATION);
    const frame = frameOf(whole, PROTOCOL.udp);
    const pseudo = pseudoHeader(SOURCE, DESTINATION, PROTOCOL.udp, whole.length);
    const folded = (pseudo & 0xffff) + (pseudo >>> 16);
    frame[START + 6] = folded >> 8;
    frame[START + 7] = folded;
    const header = new Uint8Array(VNET_HEADER);
    header.set(new Uint8Array(Uint16Array.of(0, 0, START, 6).buffer), 2);
    header[0] = 1;
    completeChecksum(header, frame);
    if (parseUdp(frame.subarray(START), pseudo) === undefined || (frame[START + 6] === 0 && frame[START + 7] === 0)) {
      equal(i, "completed");
    }
  }
});

test("a frame that is complete is let be, and so is one whose header points behind its end", () => {
  const frame = frameOf(emitTcp(segment(10), SOURCE, DESTINATION), PROTOCOL.tcp);
  const before = frame.slice();
  completeChecksum(new Uint8Array(VNET_HEADER), frame);
  const wild = new Uint8Array(VNET_HEADER).fill(0xff);
  completeChecksum(wild, frame);
  deepEqual(frame, before);
});
