import { deepEqual, equal, ok, throws } from "node:assert/strict";
import { test } from "node:test";
import { VirtualClock } from "../../src/base/clock.ts";
import { Random } from "../../src/base/random.ts";
import { Host } from "../../src/host/host.ts";
import type { TcpListening } from "../../src/host/tcp-listening.ts";
import { cut } from "../../src/host/tcp-segmentation.ts";
import type { TcpStream } from "../../src/host/tcp-stream.ts";
import { giveFrame } from "../../src/link/frames.ts";
import type { Link } from "../../src/link/link.ts";
import { Pair, type PairEnd } from "../../src/link/pair.ts";
import { checksum, pseudoHeader } from "../../src/wire/checksum.ts";
import { ETHERTYPE, emitEthernet, parseEthernet } from "../../src/wire/ethernet.ts";
import { emitIpv4Packet, PROTOCOL, parseIpv4Packet } from "../../src/wire/ipv4.ts";
import { emitTcp, parseTcp } from "../../src/wire/tcp.ts";
import { ACK, FIN, PSH, segmentOf, URG } from "../../src/wire/tcp-segment.ts";

test("a long segment becomes some that fit; the last one has what ends it", () => {
  const payload = new Uint8Array(250).map((_, i) => i);
  const pieces = cut(segmentOf({ seq: 0xffffffff, ack: 5, flags: ACK | PSH | FIN, window: 9, payload }), 100);
  deepEqual(
    pieces.map(({ seq, ack, flags, window, payload }) => [seq, ack, flags, window, payload[0], payload.length]),
    [
      [0xffffffff, 5, ACK, 9, 0, 100],
      [99, 5, ACK, 9, 100, 100],
      [199, 5, ACK | PSH | FIN, 9, 200, 50],
    ],
  );
});

test("what is urgent ends where it did", () => {
  const pieces = cut(segmentOf({ flags: ACK | URG, urgent: 150, payload: new Uint8Array(250) }), 100);
  deepEqual(
    pieces.map(({ flags, urgent }) => [flags, urgent]),
    [
      [ACK | URG, 150],
      [ACK | URG, 50],
      [ACK, 0],
    ],
  );
});

/** A link that does what a kernel does behind a TAP device: it cuts, makes checksums, and loses a frame now and then. */
class Cutter implements Link {
  readonly hasFcs = false;
  readonly segmentation = 65_000;
  readonly lengths: number[] = [];
  readonly #end: PairEnd;
  readonly #random: Random;
  readonly #loss: number;

  constructor(end: PairEnd, loss: number) {
    this.#end = end;
    this.#loss = loss;
    this.#random = new Random(7);
  }

  get mtu(): number {
    return this.#end.mtu;
  }

  get onFrame(): ((frame: Uint8Array) => void) | undefined {
    return this.#end.onFrame;
  }

  set onFrame(handler) {
    this.#end.onFrame = handler;
  }

  send(frame: Uint8Array, segment = 0): boolean {
    if (segment === 0) return this.#carry(frame);
    const ethernet = parseEthernet(frame)!;
    const packet = parseIpv4Packet(ethernet.payload)!;
    const { source, destination, payload } = packet;
    const pseudo = pseudoHeader(source, destination, PROTOCOL.tcp, payload.length);
    equal(parseTcp(payload, pseudo), undefined);
    this.lengths.push(frame.length);
    new DataView(payload.buffer, payload.byteOffset).setUint16(16, checksum(payload, 0, payload.length, pseudo));
    for (const piece of cut(parseTcp(payload, pseudo)!, segment)) {
      const whole = emitIpv4Packet({ ...packet, payload: emitTcp(piece, source, destination) });
      ok(whole.length <= this.mtu);
      this.#carry(emitEthernet({ ...ethernet, type: ETHERTYPE.ipv4, payload: whole }));
    }
    giveFrame(frame);
    return true;
  }

  #carry(frame: Uint8Array): boolean {
    return this.#random.chance(this.#loss) || this.#end.send(frame);
  }

  close(): void {
    this.#end.close();
  }
}

for (const loss of [0, 0.02]) {
  test(`what the link cuts arrives whole, at a loss of ${loss * 100} %`, async () => {
    const clock = new VirtualClock();
    const pair = new Pair();
    const cutter = new Cutter(pair.a, loss);
    const client = new Host({ clock, random: new Random(1) });
    const server = new Host({ clock, random: new Random(2) });
    client.attach(cutter, { address: "10.0.0.1/24" });
    server.attach(pair.b, { address: "10.0.0.2/24" });
    const listening = server.tcp.listen({ port: 80 }) as TcpListening;
    const near = client.tcp.connect({ address: 0x0a000002, port: 80 }) as TcpStream;
    const sent = new Uint8Array(1_000_000).map((_, i) => i * 7 + (i >> 8));
    near.onChange = () => {
      if (!near.isConnected || near.queued > 0 || near.acknowledged > 0) return;
      near.write(sent);
      near.end();
    };
    const heard: Uint8Array[] = [];
    let far: TcpStream | undefined;
    for (let i = 0; i < 3000 && far?.isEnded !== true; i++) {
      while (pair.deliver() > 0) {
        // Until nothing is under way.
      }
      far ??= listening.accept();
      for (let piece = far?.read(); piece !== undefined; piece = far?.read()) heard.push(piece);
      await clock.advance(10);
    }
    ok(Buffer.concat(heard).equals(sent));
    ok(cutter.lengths.length > 0 && Math.max(...cutter.lengths) > 10_000, "it was never asked to cut much");
    client.close();
    server.close();
  });
}

test("a router will have no link that cuts", () => {
  const router = new Host({ clock: new VirtualClock(), random: new Random(1), isRouter: true });
  throws(() => router.attach(new Cutter(new Pair().a, 0), { address: "10.0.0.1/24" }), RangeError);
});
