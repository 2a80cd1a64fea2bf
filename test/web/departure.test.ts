/** Who has left? Over the operating system's sockets, where a FIN says less than one would like. */

import { equal } from "node:assert/strict";
import { test } from "node:test";
import { utf8 } from "../../src/base/bytes.ts";
import { Fields } from "../../src/http/fields.ts";
import { kernel } from "../../src/socket/kernel.ts";
import { serve } from "../../src/web/server.ts";

for (const how of ["close", "reset"] as const) {
  test(`a handler hears that its client has left by ${how}, however soon`, async () => {
    const { promise: asked, resolve: isAsked } = Promise.withResolvers<void>();
    const { promise: left, resolve: hasLeft } = Promise.withResolvers<void>();
    const server = await serve(kernel, { host: "127.0.0.1", port: 0 }, async (_, { signal }) => {
      signal.addEventListener("abort", () => hasLeft());
      isAsked();
      await left;
      return { status: 204, fields: new Fields() };
    });
    const client = await kernel.connect(server.address);
    await client.write(utf8("GET / HTTP/1.1\r\nHost: a\r\n\r\n"));
    await asked;
    client[how]();
    await left;
    await server.close();
    equal(server.connections, 0);
  });
}
