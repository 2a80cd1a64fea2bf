/** What came out of one probe. */

/** What HTTP demands; what is no fault to leave, but good to have; what is only asked. */
export type Kind = "required" | "optimal" | "check";

export interface Finding {
  readonly id: string;
  /** What is probed, as a sentence. */
  readonly name: string;
  readonly kind: Kind;
  /** Undefined where it passed. */
  readonly wrong: string | undefined;
}

/** How many of one kind there are, and how many of those passed. */
export function score(findings: readonly Finding[], kind: Kind): { passed: number; of: number } {
  const its = findings.filter((finding) => finding.kind === kind);
  return { passed: its.filter(({ wrong }) => wrong === undefined).length, of: its.length };
}
