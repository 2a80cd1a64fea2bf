/** Somebody to compare with: how it is started, as its manual advises for speed. */

import type { Site } from "./site.ts";

export interface Peer {
  readonly name: string;
  /** The version, or undefined where it is not there; then `wants` says how it could be. */
  version(): string | undefined;
  readonly wants: string;
  /**
   * The command that serves the site's folder on 127.0.0.1, in the foreground; of a proxy, the origin at that port of
   * 127.0.0.1 instead. Writes its configuration where it has one.
   */
  command(site: Site, port: number, origin: number): readonly string[];
  /** Whether its answers are no files at all, but the same bytes ever again. */
  readonly isBare?: boolean;
  readonly servesCgi?: boolean;
}
