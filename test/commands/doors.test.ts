import { deepEqual, equal, ok, rejects } from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { type DoorFlags, openDoors } from "../../src/commands/doors.ts";
import type { InternetAddress } from "../../src/socket/socket.ts";

const folder = mkdtempSync(join(tmpdir(), "maitred-doors-"));
after(() => rmSync(folder, { recursive: true }));
const path = join(folder, "door");
writeFileSync(join(folder, "file"), "no socket");

const OPEN: [what: string, flags: DoorFlags, hosts: string[]][] = [
  ["a host", { host: "127.0.0.1", port: 0 }, ["127.0.0.1"]],
  ["localhost, which is two", { host: "localhost", port: 0 }, ["127.0.0.1", "::1"]],
  ["all that the machine has, each family for itself", { host: "localhost", port: 0, lan: true }, ["0.0.0.0", "::"]],
];

for (const [what, flags, hosts] of OPEN) {
  test(`${what}, on one port`, async () => {
    const doors = await openDoors(flags);
    const addresses = doors.flatMap((door) => door.addresses) as InternetAddress[];
    for (const door of doors) await door.close();
    deepEqual(
      addresses.map(({ host }) => host),
      hosts,
    );
    equal(new Set(addresses.map(({ port }) => port)).size, 1);
    ok(addresses[0]!.port > 0);
  });
}

test("a path, which outranks all that", async () => {
  const [door, ...more] = await openDoors({ host: "localhost", port: 0, unix: path });
  deepEqual(door!.addresses, [{ path }]);
  deepEqual(more, []);
  await door!.close();
});

test("what is taken is refused, and nothing stays open", async () => {
  for (const host of ["127.0.0.1", "localhost"]) {
    const [taken] = await openDoors({ host, port: 0 });
    const { port } = taken!.address as InternetAddress;
    const refused = (where: string) => ({
      name: "Refusal",
      message: `Cannot listen on ${where}:${port}: something else listens there (--port chooses another port)`,
    });
    await rejects(openDoors({ host, port }), refused(host));
    await rejects(openDoors({ host, port, lan: true }), refused("0.0.0.0"));
    await taken!.close();
  }
  // Taken in the second family only: the first is given back.
  const [taken] = await openDoors({ host: "::1", port: 0 });
  const { port } = taken!.address as InternetAddress;
  await rejects(openDoors({ host: "localhost", port, lan: true }), { name: "Refusal" });
  const [free] = await openDoors({ host: "0.0.0.0", port });
  await free!.close();
  await taken!.close();
});

const REFUSED: [what: string, flags: DoorFlags, message: string][] = [
  [
    "an address of another machine",
    { host: "192.0.2.1", port: 0 },
    "Cannot listen on 192.0.2.1:0: this machine does not have that address (--lan means all it has)",
  ],
  [
    "a path where something else is",
    { host: "localhost", port: 0, unix: join(folder, "file") },
    `Cannot listen on ${join(folder, "file")}: something is there already (if nobody listens any more, delete it)`,
  ],
  [
    "a path in no folder",
    { host: "localhost", port: 0, unix: join(folder, "no", "door") },
    `Cannot listen on ${join(folder, "no", "door")}: there is no such folder`,
  ],
];

for (const [what, flags, message] of REFUSED) {
  test(`${what} is refused`, () => rejects(openDoors(flags), { name: "Refusal", message }));
}

test("sockets that systemd is said to hand over, and does not, are refused", async () => {
  Object.assign(process.env, { LISTEN_PID: String(process.pid), LISTEN_FDS: "many" });
  await rejects(openDoors({ host: "127.0.0.1", port: 0 }), {
    name: "Refusal",
    message: 'Cannot take over the sockets: LISTEN_FDS="many" is not a whole number',
  });
});
