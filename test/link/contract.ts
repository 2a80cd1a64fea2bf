/** What every link must keep. Each link's test file calls this once. */

import { deepEqual, equal } from "node:assert/strict";
import { type TestContext, test } from "node:test";
import type { Link } from "../../src/link/link.ts";
import { FCS, putEthernet, putFcs } from "../../src/wire/ethernet.ts";
import { BROADCAST } from "../../src/wire/mac.ts";
import { numbered, numbersFrom, upTo } from "./numbered.ts";

export interface Ends {
  readonly near: Link;
  readonly far: Link;
  /** Until all that was sent, and what that set off, has come. */
  settle(): Promise<unknown>;
}

export function linkContract(name: string, make: (t: TestContext) => Ends): void {
  test(`${name}: frames come as they were sent, in order, both ways`, async (t) => {
    const { near, far, settle } = make(t);
    const heard = { near: [] as Uint8Array[], far: [] as Uint8Array[] };
    near.onFrame = (frame) => void heard.near.push(frame);
    far.onFrame = (frame) => void heard.far.push(frame);
    const sent = upTo(20).map((i) => whole(near, i, 14 + near.mtu - i));
    for (const frame of sent) {
      equal(near.send(frame.slice()), true);
      equal(far.send(frame.slice()), true);
    }
    await settle();
    deepEqual(heard, { near: sent, far: sent });
  });

  test(`${name}: who sends is not called back from within, however the frames go round`, async (t) => {
    const { near, far, settle } = make(t);
    let isSending = false;
    let turns = 0;
    const answer = (link: Link) => (frame: Uint8Array) => {
      equal(isSending, false);
      if (++turns > 50) return;
      isSending = true;
      link.send(frame);
      isSending = false;
    };
    near.onFrame = answer(near);
    far.onFrame = answer(far);
    for (const i of upTo(3)) near.send(whole(near, i, 60));
    await settle();
    equal(turns, 53);
  });

  test(`${name}: what is longer than the MTU allows is refused`, async (t) => {
    const { near, far, settle } = make(t);
    const numbers = numbersFrom(far);
    equal(near.send(whole(near, 1, 14 + near.mtu + 1)), false);
    equal(near.send(whole(near, 2, 14 + near.mtu)), true);
    await settle();
    deepEqual(numbers, [2]);
  });

  test(`${name}: where nobody is, frames are lost, and whoever comes hears what comes then`, async (t) => {
    const { near, far, settle } = make(t);
    near.send(whole(near, 1, 60));
    await settle();
    const first = numbersFrom(far);
    near.send(whole(near, 2, 60));
    await settle();
    const second = numbersFrom(far);
    near.send(whole(near, 3, 60));
    await settle();
    deepEqual([first, second], [[2], [3]]);
  });

  test(`${name}: once closed it carries nothing, and may be closed again`, async (t) => {
    const { near, far, settle } = make(t);
    const atNear = numbersFrom(near);
    const atFar = numbersFrom(far);
    near.close();
    near.close();
    equal(near.send(whole(near, 1, 60)), false);
    far.send(whole(far, 2, 60));
    await settle();
    deepEqual([atNear, atFar], [[], []]);
  });
}

/** A frame for everybody, of this length without its FCS, and with a good one if the link has any. */
function whole(link: Link, number: number, length: number): Uint8Array {
  const frame = numbered(number, length + (link.hasFcs ? FCS : 0));
  putEthernet(frame, BROADCAST, 0x02_00_00_00_00_01, 0x88b5);
  if (link.hasFcs) putFcs(frame);
  return frame;
}
