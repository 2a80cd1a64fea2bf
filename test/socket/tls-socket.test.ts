import { ok } from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { kernel } from "../../src/socket/kernel.ts";
import { type Socket, SocketError } from "../../src/socket/socket.ts";
import { streamContract } from "./contract.ts";
import { memoryNetwork } from "./memory.ts";
import { tlsNetwork } from "./tls-network.ts";

streamContract("TLS over memory", () => {
  const network = tlsNetwork(memoryNetwork());
  return { client: network, server: network, home: { host: "10.0.0.1", port: 0 }, bound: 1024 * 1024 };
});

streamContract("TLS over the kernel", () => {
  const network = tlsNetwork(kernel);
  return { client: network, server: network, home: { host: "127.0.0.1", port: 0 }, bound: 16 * 1024 * 1024 };
});

const deeds = {
  write: (socket: Socket) => socket.write(new Uint8Array(1_000)),
  "write much": (socket: Socket) => socket.write(new Uint8Array(200_000)),
  read: (socket: Socket) => socket.read(),
  end: (socket: Socket) => socket.end(),
  close: (socket: Socket) => socket.close(),
  reset: (socket: Socket) => socket.reset(),
};

const isExpected = (error: unknown): boolean =>
  error instanceof SocketError || (error instanceof TypeError && error.message.includes("somebody reads already"));

test("whatever both do, and whenever, comes to what the contract knows, and nothing is left waiting", () =>
  fc.assert(
    fc.asyncProperty(
      fc.array(fc.tuple(fc.nat(1), fc.constantFrom(...Object.values(deeds)), fc.nat(3)), { maxLength: 20 }),
      fc.boolean(),
      async (script, overKernel) => {
        const network = tlsNetwork(overKernel ? kernel : memoryNetwork());
        const listener = await network.listen({ host: overKernel ? "127.0.0.1" : "10.0.0.1", port: 0 });
        const near = await network.connect(listener.address);
        const far = (await listener.accept())!;
        const outcomes: Promise<unknown>[] = [];
        for (const [who, act, turns] of script) {
          const outcome = Promise.resolve(act([near, far][who]!));
          outcomes.push(outcome.catch((error: unknown) => ok(isExpected(error), error as Error)));
          for (let i = 0; i < turns; i++) await new Promise(setImmediate);
        }
        near.reset();
        far.reset();
        await Promise.all(outcomes);
        await listener.close();
      },
    ),
    { numRuns: 100 },
  ));
