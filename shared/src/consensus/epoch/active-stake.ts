import { normalise } from "../../fixed/vector.ts";

/** Step 6: stake of the active, permitted uids, normalised in I32F32. Source: spec/economics.md 2.2 (6). */
export function activeStake(
  stake: readonly bigint[],
  inactive: readonly boolean[],
  permits: readonly boolean[],
): bigint[] {
  return normalise(stake.map((share, uid) => (inactive[uid] || !permits[uid] ? 0n : share)));
}
