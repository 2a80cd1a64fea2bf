/** The word somebody may have meant. */

/** A word of which more is wrong than this is another word. */
const MOST_SLIPS = 0.4;

/**
 * The candidate that takes the fewest slips to become `word`: a letter left out, too many, wrong, or two
 * swapped. Undefined where none is near.
 *
 * @example
 * nearest("ecoh", ["serve", "echo"]); // "echo"
 */
export function nearest(word: string, candidates: Iterable<string>): string | undefined {
  let best: string | undefined;
  let fewest = Number.POSITIVE_INFINITY;
  for (const candidate of candidates) {
    const slips = slipsBetween(word, candidate);
    if (slips < fewest && slips <= Math.max(word.length, candidate.length) * MOST_SLIPS) {
      best = candidate;
      fewest = slips;
    }
  }
  return best;
}

/**
 * A hint to put behind an error: which of the candidates may have been meant. Nothing where none is near.
 *
 * @example
 * didYouMean("ecoh", ["serve", "echo"]); // ' (did you mean "echo"?)'
 */
export function didYouMean(word: string, candidates: Iterable<string>): string {
  const meant = nearest(word, candidates);
  return meant === undefined ? "" : ` (did you mean "${meant}"?)`;
}

/** The distance of Damerau and Levenshtein, row by row: `before` is the last row, `beforeThat` the one above it. */
function slipsBetween(a: string, b: string): number {
  let beforeThat: number[] = [];
  let before = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const wrong = a[i - 1] === b[j - 1] ? 0 : 1;
      row[j] = Math.min(before[j]! + 1, row[j - 1]! + 1, before[j - 1]! + wrong);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) {
        row[j] = Math.min(row[j]!, beforeThat[j - 2]! + 1);
      }
    }
    [beforeThat, before] = [before, row];
  }
  return before[b.length]!;
}
