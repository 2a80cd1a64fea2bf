import { deepEqual, equal } from "node:assert/strict";
import { test } from "node:test";
import { concat, utf8 } from "../../src/base/bytes.ts";
import { simulate } from "../../src/socket/simulated.ts";
import type { CableWishes } from "../../src/socket/simulated-cable.ts";
import { PcapReader } from "../../src/wire/pcap-reader.ts";
import type { PcapngBlock } from "../../src/wire/pcapng.ts";
import { printPacket } from "../../src/wire/print.ts";

function blocksOf(file: readonly Uint8Array[]): PcapngBlock[] {
  const reader = new PcapReader();
  reader.push(new Uint8Array(concat(file)));
  const blocks: PcapngBlock[] = [];
  for (let block = reader.next(); block !== undefined; block = reader.next()) blocks.push(block);
  deepEqual([reader.problem, reader.left], [undefined, 0]);
  return blocks;
}

/** A line for each packet: on which interface, what it is, and what is remarked. */
function linesOf(blocks: readonly PcapngBlock[]): string[] {
  const names = blocks.flatMap((block) => (block.kind === "interface" ? [block.name] : []));
  return blocks.flatMap((block) => {
    if (block.kind !== "packet") return [];
    equal(block.direction, "out");
    const words = printPacket(block.bytes, { hasFcs: true });
    return `${names[block.interface!]}: ${words}${block.comments.map((comment) => ` # ${comment}`).join("")}`;
  });
}

test("each packet is written down once for each cable, with the names of who sends it", async () => {
  const file: Uint8Array[] = [];
  const net = simulate({ seed: 7, date: new Date("1994-11-06T08:49:37Z") });
  const [office, home] = [net.lan(), net.lan()];
  const a = net.host("10.0.1.1/24", { lan: office, gateway: "10.0.1.254", name: "a" });
  net.capture((bytes) => file.push(bytes));
  net.router({ "10.0.1.254/24": office, "10.0.2.254/24": home }, { name: "router" });
  net.host("10.0.2.1/24", { lan: home, gateway: "10.0.2.254", name: "b" });
  await a.ping("b");
  const blocks = blocksOf(file);
  deepEqual(blocks[0], {
    kind: "section",
    hardware: undefined,
    os: undefined,
    application: "maitred",
    comments: ["seed 7"],
  });
  const named = blocks.flatMap((block) => (block.kind === "names" ? block.entries.flatMap(({ names }) => names) : []));
  deepEqual(named, ["a", "router", "b"]);
  const echoes = linesOf(blocks).filter((line) => line.includes("ICMP"));
  deepEqual(
    echoes.map((line) => line.replace(/, id.*/, "")),
    [
      "a eth0: IP 10.0.1.1 > 10.0.2.1: ICMP echo request",
      "router eth1: IP 10.0.1.1 > 10.0.2.1: ICMP echo request",
      "b eth0: IP 10.0.2.1 > 10.0.1.1: ICMP echo reply",
      "router eth0: IP 10.0.2.1 > 10.0.1.1: ICMP echo reply",
    ],
  );
});

for (const [wishes, remark] of [
  [{ loss: 1 }, "lost: loss"],
  [{ burst: { begin: 1, end: 0 } }, "lost: burst"],
  [{ verdict: () => "drop" }, "lost: verdict"],
  [{ partition: { from: 0, to: "1h" } }, "lost: partition"],
  [{ corrupt: 1 }, "damaged"],
  [{ verdict: (frame) => ({ replace: frame }) }, "changed"],
  [{ duplicate: 1 }, "sent twice"],
  [{ reorder: 1, reorderBy: "20ms" }, "late by 20 ms"],
  [{ duplicate: 1, corrupt: 1 }, "damaged; sent twice"],
  [{ delay: "10ms", jitter: "1ms" }, undefined],
] as readonly (readonly [CableWishes, string | undefined])[]) {
  test(`what becomes of a packet is remarked: ${remark ?? "nothing, if it only has its way to go"}`, async () => {
    const file: Uint8Array[] = [];
    const net = simulate({ seed: 7 });
    net.capture((bytes) => file.push(bytes));
    const [a, b] = [net.host("10.0.0.1"), net.host("10.0.0.2")];
    const datagrams = await a.datagrams({ host: "10.0.0.1", port: 1024 });
    // They know each other.
    net.between(a, b);
    await a.ping(b.address);
    net.between(a, b, wishes);
    await datagrams.send(utf8("hello"), { host: "10.0.0.2", port: 7 });
    const line = linesOf(blocksOf(file)).at(-1);
    equal(
      line,
      `10.0.0.1 eth1: IP 10.0.0.1.1024 > 10.0.0.2.7: UDP, length 5${remark === undefined ? "" : ` # ${remark}`}`,
    );
  });
}

test("what a partition swallows is remarked, and what there is no room for", async () => {
  const file: Uint8Array[] = [];
  const net = simulate({ seed: 7 });
  net.capture((bytes) => file.push(bytes));
  const [a, b] = [net.host("10.0.0.1"), net.host("10.0.0.2")];
  net.between(a, b, { rate: "8kbit", queue: 100 });
  await a.ping(b.address);
  const datagrams = await a.datagrams({ host: "10.0.0.1", port: 1024 });
  const say = (): Promise<void> => datagrams.send(new Uint8Array(1000), { host: "10.0.0.2", port: 7 });
  await say();
  await say();
  net.partition(a, b);
  await say();
  const lines = linesOf(blocksOf(file)).slice(-3);
  deepEqual(
    lines.map((line) => line.replace(/^.*length 1000/, "")),
    ["", " # lost: no room", " # lost: partition"],
  );
});
