import { deepEqual, equal, ok } from "node:assert/strict";
import { test } from "node:test";
import { NewReno } from "../../src/tcp/newreno.ts";
import { Sender, soonest } from "../../src/tcp/sender.ts";
import { ACK, FIN, PSH, segmentOf } from "../../src/wire/tcp-segment.ts";

const MSS = 1000;
const START = 0xffff_fc18;

/** What goes out is written down as `from-to`, counted from the first byte, with a `!` behind what has a FIN, and a `*` for PSH. */
class Line {
  readonly sender = new Sender(START, new NewReno(MSS), MSS);
  now = 0;

  constructor(window = 65_535) {
    this.sender.window.update(0, START, window);
  }

  /** So much is written; what goes out? */
  write(...lengths: readonly number[]): string {
    for (const length of lengths) this.sender.write(Uint8Array.from({ length }, (_, i) => i));
    return this.send();
  }

  end(): string {
    this.sender.end();
    return this.send();
  }

  send(): string {
    const out: string[] = [];
    this.sender.send(this.now, (seq, flags, payload) => {
      const from = (seq - START) >>> 0;
      out.push(`${from}-${from + payload.length}${(flags & FIN) !== 0 ? "!" : ""}${(flags & PSH) !== 0 ? "*" : ""}`);
      equal(flags & ~(FIN | PSH), ACK);
    });
    return out.join(" ");
  }

  acknowledge(n: number, window = 65_535): string {
    const segment = segmentOf({ seq: 0, ack: (START + n) >>> 0, flags: ACK });
    this.sender.acknowledge(segment, window, undefined, this.now);
    return this.send();
  }

  /** Nothing comes for so long. */
  wait(ms: number): string {
    const end = this.now + ms;
    const out: string[] = [];
    for (let at = this.sender.wakeAt; at !== undefined && at <= end; at = this.sender.wakeAt) {
      this.now = at;
      this.sender.tick(at);
      out.push(this.send());
    }
    this.now = end;
    return out.filter((one) => one !== "").join(" ");
  }
}

test("as much as the window of the network has room for, in full segments; the last one pushes", () => {
  const line = new Line();
  equal(line.write(2500), "0-1000 1000-2000 2000-2500*");
  equal(line.write(20_000), "2500-3500 3500-4500 4500-5500 5500-6500 6500-7500 7500-8500 8500-9500");
  equal(line.acknowledge(1000), "9500-10500 10500-11500");
});

test("one segment may take of several pieces", () => {
  const line = new Line();
  equal(line.write(400, 400, 400), "0-1000 1000-1200*");
});

test("each piece of a long segment is acknowledged in its own right; a part of one leaves the rest", () => {
  const line = new Line();
  line.write(3000);
  line.acknowledge(1500);
  deepEqual([line.sender.unacknowledged, line.sender.buffer.length], [(START + 1500) >>> 0, 1500]);
  equal(line.wait(300), "1500-2000");
});

test("Nagle: a short one waits for a short one, but not for a full one (RFC 9293 SHLD-7)", () => {
  const line = new Line();
  equal(line.write(10), "0-10*");
  equal(line.write(10), "");
  equal(line.write(990), "10-1010*");
  equal(line.write(10), "");
  equal(line.acknowledge(10), "1010-1020*");
  const other = new Line();
  equal(other.write(1010), "0-1000 1000-1010*");
});

test("without Nagle, nothing waits (MUST-17)", () => {
  const line = new Line();
  line.sender.noDelay = true;
  equal(line.write(10), "0-10*");
  equal(line.write(10), "10-20*");
});

test("a FIN goes with the last byte, or alone; then nothing goes any more", () => {
  const line = new Line();
  line.sender.write(new Uint8Array(10));
  equal(line.end(), "0-10!*");
  equal(line.sender.isFinished, false);
  equal(line.acknowledge(10), "");
  equal(line.acknowledge(11), "");
  equal(line.sender.isFinished, true);
  equal(line.sender.wakeAt, undefined);
  const other = new Line();
  equal(other.write(10), "0-10*");
  equal(other.end(), "10-10!");
});

test("a FIN does not wait for room in the network, but for room at the peer", () => {
  const line = new Line(1000);
  line.sender.write(new Uint8Array(1000));
  equal(line.end(), "0-1000*");
  equal(line.acknowledge(1000, 1000), "1000-1000!");
});

test("a FIN that was acknowledged is not asked after", () => {
  const line = new Line();
  line.end();
  line.acknowledge(1);
  equal(line.wait(3_600_000), "");
  equal(line.sender.wakeAt, undefined);
  equal(line.sender.unansweredSince, undefined);
});

test("a closed window: one byte asks, at longer and longer intervals, and is not counted as sent", () => {
  const line = new Line(1000);
  equal(line.write(1500), "0-1000");
  line.now = 100;
  equal(line.acknowledge(1000, 0), "");
  equal(line.wait(299), "");
  equal(line.wait(1), "1000-1001");
  equal(line.sender.next, (START + 1000) >>> 0);
  equal(line.sender.furthest, (START + 1001) >>> 0);
  equal(line.acknowledge(1000, 0), "");
  equal(line.wait(599), "");
  equal(line.wait(1), "1000-1001");
  equal(line.acknowledge(1001, 500), "1001-1500*");
});

test("a window that is too small for a full segment is used after a while (RFC 9293 §3.8.6.2.1, 0.1 to 1 second)", () => {
  const line = new Line(1000);
  line.write(1500);
  line.now = 100;
  equal(line.acknowledge(1000, 400), "");
  equal(line.wait(300), "1000-1400");
});

test("marks that are passed do not seem to lie ahead half a circle later", () => {
  const line = new Line();
  equal(line.write(10), "0-10*");
  line.acknowledge(10);
  // Full segments only, for more than two gigabytes; time flies with them.
  const piece = new Uint8Array(500 * MSS);
  let n = 10;
  while (n < 2 ** 31 + 2e6) {
    line.sender.write(piece);
    line.send();
    n += piece.length;
    // All of it is acknowledged at once, as if it had gone.
    while (line.sender.buffer.length > 0) {
      const { next } = line.sender;
      line.sender.acknowledge(segmentOf({ seq: 0, ack: next, flags: ACK }), 500 * MSS, undefined, line.now);
      line.sender.send(line.now, () => {});
    }
  }
  ok(line.write(10) !== "", "A short segment waits for one that is long gone");
});

test("since when nothing was acknowledged: from the first sending on, and anew with each step", () => {
  const line = new Line();
  line.now = 50;
  line.write(2000);
  equal(line.sender.unansweredSince, 50);
  line.now = 150;
  line.acknowledge(1000);
  equal(line.sender.unansweredSince, undefined);
  line.wait(1000);
  ok(line.sender.unansweredSince! > 150);
  // An answer that brings us no further is none.
  line.acknowledge(1000);
  ok(line.sender.unansweredSince !== undefined);
  line.acknowledge(2000);
  equal(line.sender.unansweredSince, undefined);
});

test("as one segment, for somebody beneath to cut: full ones only, and lost and acknowledged one by one", () => {
  const line = new Line();
  line.sender.burst = 4 * MSS;
  equal(line.write(9500), "0-4000 4000-8000 8000-9000 9000-9500*");
  equal(line.sender.flights.count, 10);
  equal(line.acknowledge(5000), "");
  equal(line.wait(300), "5000-6000");
});

test("the path takes shorter ones only: what was longer goes again, in pieces", () => {
  const line = new Line();
  line.write(2000);
  line.sender.resize(600);
  equal(line.send(), "0-600 600-1000 1000-1600 1600-2000*");
});

test("the sooner of two times", () => {
  deepEqual(
    [soonest(undefined, undefined), soonest(1, undefined), soonest(undefined, 2), soonest(1, 2), soonest(2, 1)],
    [undefined, 1, 2, 1, 1],
  );
});
