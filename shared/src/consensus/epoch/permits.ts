/** Step 5: the stored permits with the owner's forced on. Source: spec/economics.md 2.2 (5). */
export function permitsInForce(stored: readonly boolean[], ownerUid: number | null): boolean[] {
  return stored.map((permit, uid) => permit || uid === ownerUid);
}

/** Step 5: permits of the next epoch: the K largest non-zero stakes, plus the owner on top. Source: spec/economics.md 2.2 (5). */
export function newPermits(stake: readonly bigint[], maxValidators: number, ownerUid: number | null): boolean[] {
  return topKNonzero(stake, maxValidators).map((permit, uid) => permit || uid === ownerUid);
}

/**
 * Flags of the K largest non-zero entries. The sort is stable and ascending and the first n-K lose, so of equal entries the one with
 * the higher index wins. Source: spec/economics.md 2.2 (5).
 */
export function topKNonzero(values: readonly bigint[], k: number): boolean[] {
  const flags = values.map((value) => value !== 0n);
  const ascending = values
    .map((value, uid) => ({ value, uid }))
    .sort((a, b) => (a.value < b.value ? -1 : a.value > b.value ? 1 : 0));
  for (const { uid } of ascending.slice(0, Math.max(0, values.length - k))) flags[uid] = false;
  return flags;
}
