/** A cache that can be watched at an address, as long as a test runs. */

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after } from "node:test";
import { type Administered, admin } from "../../src/handlers/admin.ts";
import { kernel } from "../../src/socket/kernel.ts";
import type { Address } from "../../src/socket/socket.ts";
import type { Handler } from "../../src/web/handler.ts";
import { serve } from "../../src/web/server.ts";

export const folder = mkdtempSync(join(tmpdir(), "maitred-admin-"));
after(() => rmSync(folder, { recursive: true }));

/** Where it listens; by TCP unless a path is given. */
export async function opened(handler: Handler, at: Address = { host: "127.0.0.1", port: 0 }): Promise<Address> {
  const server = await serve(kernel, at, handler);
  after(() => server.close());
  return server.address;
}

export const openedFor = (cache: Administered, at?: Address): Promise<Address> => opened(admin(cache), at);

/** As it is said on the command line. */
export const printed = (at: Address): string => ("path" in at ? `unix:${at.path}` : `${at.host}:${at.port}`);
