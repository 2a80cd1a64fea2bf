import { deepEqual, equal } from "node:assert/strict";
import { test } from "node:test";
import { ETHERTYPE, parseEthernet } from "../../src/wire/ethernet.ts";
import { tagged, untagged } from "../../src/wire/vlan.ts";
import { hex } from "./packets.ts";

const ADDRESSES = "020000000002 020000000001";
const PLAIN = hex(`${ADDRESSES} 0806 01020304`);

const FRAMES: [what: string, frame: string, type: number | undefined, payload?: string][] = [
  ["no tag", "0806 01020304", ETHERTYPE.arp, "01020304"],
  ["a customer's tag", "8100 a005 0806 01020304", ETHERTYPE.arp, "01020304"],
  ["a provider's tag, and a customer's", "88a8 0002 8100 0003 0806 01020304", ETHERTYPE.arp, "01020304"],
  ["a tag and nothing else", "8100 a005 0806", ETHERTYPE.arp, ""],
  ["half a tag", "8100 a005 08", undefined],
  ["a tag, and half another", "88a8 0002 8100 0003", undefined],
];

for (const [what, bytes, type, payload = ""] of FRAMES) {
  test(`a frame with ${what}`, () => {
    const frame = untagged(parseEthernet(hex(`${ADDRESSES} ${bytes}`))!);
    equal(frame?.type, type);
    if (frame !== undefined) deepEqual(frame.payload, hex(payload));
  });
}

test("a tag is put between the addresses and the type, and taken off again", () => {
  deepEqual(tagged(PLAIN, 0xa005), hex(`${ADDRESSES} 8100 a005 0806 01020304`));
  const twice = tagged(tagged(PLAIN, 3), 2, 0x88a8);
  deepEqual(twice, hex(`${ADDRESSES} 88a8 0002 8100 0003 0806 01020304`));
  deepEqual(untagged(parseEthernet(twice)!), parseEthernet(PLAIN));
});
