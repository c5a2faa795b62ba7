import { toU64 } from "../../fixed/convert.ts";
import { I64F64 } from "../../fixed/formats.ts";

/** Step 3: stake whose floor is below the threshold becomes 0, except the owner's. I64F64 bits. Source: spec/economics.md 2.2 (3). */
export function stakeFilter(totalStake: readonly bigint[], thresholdRao: bigint, ownerUid: number | null): bigint[] {
  return totalStake.map((stake, uid) => (uid !== ownerUid && toU64(stake, I64F64) < thresholdRao ? 0n : stake));
}
