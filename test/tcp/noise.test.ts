/**
 * Whatever comes, in whatever state: nobody throws, nothing is heard that was not said within the window, no more is
 * kept than there is room for, and nobody is answered more often than he asks. FUZZ_MS and FUZZ_SEED as in transfers.
 */

import { equal, ok } from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { TcpConnection } from "../../src/tcp/connection.ts";
import type { TcpSettings } from "../../src/tcp/handshake.ts";
import { distance, plus } from "../../src/tcp/sequence.ts";
import type { TcpState } from "../../src/tcp/states.ts";
import { ACK, FIN, SYN, segmentOf, type TcpSegment } from "../../src/wire/tcp-segment.ts";

const TIME = Number(process.env.FUZZ_MS ?? 900);
const SEED = Number(process.env.FUZZ_SEED ?? Date.now() % 2 ** 31);
const BOUNDS = { numRuns: 10_000_000, interruptAfterTimeLimit: TIME, seed: SEED };

const OURS = 0xffff_f000;
const THEIRS = 0xffff_fff0;
const ROOM = 5000;
const SETTINGS: TcpSettings = { isn: OURS, mss: 1000, receiveBuffer: ROOM, largestReceiveBuffer: ROOM };

/** What stands at a number is known by the number: so what is heard can be told from what is not. */
const byteAt = (seq: number): number => (seq * 7 + (seq >>> 8) * 13) & 0xff;
const bytesAt = (seq: number, length: number): Uint8Array =>
  Uint8Array.from({ length }, (_, i) => byteAt(plus(seq, i)));

/** How to get there: what the peer sends, relative to the beginning, and what the application does. */
const WAYS: Record<string, (connection: TcpConnection, say: Say) => void> = {
  "SYN-SENT": () => {},
  "SYN-RECEIVED": (_, say) => say(SYN, 0),
  ESTABLISHED: (_, say) => say(SYN | ACK, 0),
  "FIN-WAIT-1": (connection, say) => {
    say(SYN | ACK, 0);
    leave(connection);
  },
  "FIN-WAIT-2": (connection, say) => {
    say(SYN | ACK, 0);
    leave(connection);
    say(ACK, 1);
  },
  "CLOSE-WAIT": (_, say) => {
    say(SYN | ACK, 0);
    say(ACK | FIN, 1);
  },
  CLOSING: (connection, say) => {
    say(SYN | ACK, 0);
    leave(connection);
    say(ACK | FIN, 1, 1);
  },
  "LAST-ACK": (connection, say) => {
    say(SYN | ACK, 0);
    say(ACK | FIN, 1);
    leave(connection);
  },
  "TIME-WAIT": (connection, say) => {
    say(SYN | ACK, 0);
    leave(connection);
    say(ACK | FIN, 1);
  },
};

function leave(connection: TcpConnection): void {
  connection.end();
  connection.take(0);
}

type Say = (flags: number, seq: number, ack?: number) => void;

/** A connection in that state, with everything taken that it has sent. */
function inState(state: string, hasTimestamps: boolean): TcpConnection {
  const connection = TcpConnection.open(2000, 1000, { ...SETTINGS, hasTimestamps }, 0);
  connection.take(0);
  WAYS[state]!(connection, (flags, seq, ack = distance(OURS, connection.sender.next)) => {
    const syn = (flags & SYN) === 0 ? {} : { mss: 1000, isSackPermitted: true, windowScale: 2 };
    connection.receive(
      segmentOf({
        seq: plus(THEIRS, seq),
        ack: plus(OURS, ack),
        flags,
        window: 20_000,
        ...syn,
        timestamp: hasTimestamps ? 100 : undefined,
        echo: hasTimestamps ? 0 : undefined,
      }),
      0,
    );
    connection.take(0);
  });
  equal(connection.state, state);
  return connection;
}

/** Near something that matters, or anywhere. */
const near = (base: number): fc.Arbitrary<number> =>
  fc.oneof(
    { weight: 4, arbitrary: fc.integer({ min: -5, max: 5 }).map((n) => plus(base, n)) },
    { weight: 4, arbitrary: fc.integer({ min: -ROOM, max: 2 * ROOM }).map((n) => plus(base, n)) },
    { weight: 1, arbitrary: fc.nat(0xffff_ffff) },
  );

const maybe = <T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> => fc.option(arbitrary, { nil: undefined });
const u16 = fc.nat(0xffff);
const u32 = fc.nat(0xffff_ffff);

const anySegment: fc.Arbitrary<TcpSegment> = fc
  .record({
    seq: near(THEIRS),
    ack: near(OURS),
    flags: fc.oneof(fc.nat(0xff), fc.constantFrom(ACK, ACK, ACK, ACK | FIN)),
    window: fc.oneof(fc.constantFrom(0, 1, 0xffff), u16),
    urgent: u16,
    mss: maybe(u16),
    windowScale: maybe(fc.nat(255)),
    isSackPermitted: fc.boolean(),
    timestamp: maybe(fc.oneof(u32, fc.integer({ min: 50, max: 5000 }))),
    echo: maybe(fc.oneof(u32, fc.nat(5000))),
    sack: maybe(fc.array(fc.record({ start: near(OURS), end: near(OURS) }), { minLength: 1, maxLength: 4 })),
    length: fc.oneof(fc.constantFrom(0, 0, 1), fc.nat(1500), fc.constant(60_000)),
  })
  .map(({ length, ...fields }) =>
    segmentOf({ ...fields, payload: bytesAt(plus(fields.seq, fields.flags & SYN ? 1 : 0), length) }),
  );

/** What happens to it: a segment, an application that does something, or time. */
type Deed =
  | { readonly do: "receive"; readonly segment: TcpSegment }
  | { readonly do: "write" | "wait"; readonly amount: number }
  | { readonly do: "read" | "end" | "close" | "wake" };

const deed: fc.Arbitrary<Deed> = fc.oneof(
  { weight: 12, arbitrary: anySegment.map((segment) => ({ do: "receive" as const, segment })) },
  { weight: 2, arbitrary: fc.nat(5000).map((amount) => ({ do: "write" as const, amount })) },
  { weight: 2, arbitrary: fc.nat(300).map((amount) => ({ do: "wait" as const, amount })) },
  { weight: 2, arbitrary: fc.constantFrom("read", "wake").map((what) => ({ do: what })) as fc.Arbitrary<Deed> },
  { weight: 1, arbitrary: fc.constantFrom("end", "close").map((what) => ({ do: what })) as fc.Arbitrary<Deed> },
);

class Witness {
  readonly #connection: TcpConnection;
  #now = 0;
  #heard = 0;
  #start: number | undefined;

  constructor(connection: TcpConnection) {
    this.#connection = connection;
    this.#look();
  }

  see(one: Deed): void {
    const connection = this.#connection;
    const isWritable = connection.isWritable;
    switch (one.do) {
      case "receive":
        connection.receive(one.segment, this.#now);
        break;
      case "write":
        if (isWritable) connection.write(new Uint8Array(one.amount));
        break;
      case "wait":
        this.#now += one.amount;
        connection.tick(this.#now);
        break;
      case "wake":
        this.#now = Math.max(this.#now, Math.min(connection.wakeAt ?? 0, this.#now + 1000));
        connection.tick(this.#now);
        break;
      case "read":
        this.#read();
        break;
      case "end":
        connection.end();
        break;
      case "close":
        connection.close(this.#now);
        break;
    }
    this.#look();
    this.#countAnswers(one);
  }

  /** The peer's numbers begin with its SYN, whichever that was. */
  #look(): void {
    const { receiver } = this.#connection;
    if (receiver === undefined) return;
    this.#start ??= receiver.next - receiver.readable - Number(receiver.isEnded);
    ok(receiver.readable <= ROOM, `${receiver.readable} bytes wait to be read`);
    ok(distance(receiver.next, receiver.window.edge) <= ROOM, "More is offered than there is room for");
  }

  #read(): void {
    for (let bytes = this.#connection.read(this.#now); bytes !== undefined; bytes = this.#connection.read(this.#now)) {
      const at = plus(this.#start!, this.#heard);
      ok(Buffer.compare(bytes, bytesAt(at, bytes.length)) === 0, `Heard something that was not said at ${at}`);
      this.#heard += bytes.length;
    }
  }

  /** Nobody gets more segments by one than he has sent, but for data that was waiting. */
  #countAnswers(one: Deed): void {
    const empty = this.#connection.take(this.#now).filter(({ payload }) => payload.length === 0);
    ok(empty.length <= 2, `${empty.length} segments without data go out for ${one.do}`);
    const { wakeAt, state } = this.#connection;
    if (state === "CLOSED") equal(wakeAt, undefined);
    else ok(wakeAt === undefined || wakeAt > this.#now - 1, "It should have been woken long ago");
  }
}

for (const state of Object.keys(WAYS) as TcpState[]) {
  test(`whatever comes in ${state}, it is borne`, () => {
    fc.assert(
      fc.property(fc.boolean(), fc.array(deed, { maxLength: 60 }), (hasTimestamps, deeds) => {
        const witness = new Witness(inState(state, hasTimestamps));
        for (const one of deeds) witness.see(one);
      }),
      { ...BOUNDS, interruptAfterTimeLimit: TIME / Object.keys(WAYS).length },
    );
  });
}
