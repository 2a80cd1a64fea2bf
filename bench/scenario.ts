/** One thing that is measured. */

import type { Peer } from "./peer.ts";
import type { Site } from "./site.ts";

export interface Scenario {
  /** As `--only` names it. */
  readonly name: string;
  readonly title: string;
  /** What is done, in a sentence or two. */
  readonly how: string;
  readonly peers: readonly Peer[];
  measure(peers: readonly Peer[], site: Site, isQuick: boolean): Promise<Result>;
}

/** What `--quick` leaves of a load: one round, of one second. */
export function shortened<Load extends { rounds: number; seconds?: number }>(load: Load, isQuick: boolean): Load {
  if (!isQuick) return load;
  return { ...load, rounds: 1, ...("seconds" in load && { seconds: 1 }) };
}

export interface Result {
  /** What was measured, as a table. */
  readonly table: string;
  readonly goals: readonly Goal[];
  /** Whom it could not measure, and why; what else is to be known. */
  readonly notes: readonly string[];
}

export interface Goal {
  readonly name: string;
  readonly wanted: string;
  readonly measured: string;
  readonly isMet: boolean;
}
