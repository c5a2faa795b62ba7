import { convertFixed } from "../../fixed/convert.ts";
import { I32F32, I64F64 } from "../../fixed/formats.ts";
import { normalise } from "../../fixed/vector.ts";

/** Step 4: shares of the filtered stake, normalised in I64F64 and then narrowed to I32F32. Source: spec/economics.md 2.2 (4). */
export function normaliseStake(filteredStake: readonly bigint[]): bigint[] {
  return normalise(filteredStake, I64F64).map((share) => convertFixed(share, I64F64, I32F32));
}
