/** Letters compared; longer words are cut. */
const maxLength = 64;

/** The word nearest to `word` (at most a third of its letters wrong), for "did you mean". Undefined when nothing is near. */
export function didYouMean(word: string, words: readonly string[]): string | undefined {
  const typed = word.toLowerCase().slice(0, maxLength);
  let best: string | undefined;
  let bestDistance = Math.max(1, Math.floor(typed.length / 3)) + 1;
  for (const candidate of words) {
    const distance = editDistance(typed, candidate.toLowerCase().slice(0, maxLength));
    if (distance < bestDistance) [best, bestDistance] = [candidate, distance];
  }
  return best;
}

/** Levenshtein distance with two rows: O(a*b) time, bounded by `maxLength`. */
function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const substitution = row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(substitution, row[j]! + 1, next[j - 1]! + 1));
    }
    row = next;
  }
  return row[b.length]!;
}
