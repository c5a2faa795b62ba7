import { U64_MAX } from "../../fixed/convert.ts";
import { checkInteger, refuseInput } from "./check.ts";

/** Default number of coldkeys whose root dividends are claimed per block. */
export const DEFAULT_CLAIMS_PER_BLOCK = 5;

/**
 * Indices (ascending, without repeats) of the coldkeys that are claimed automatically in a block, out of `indexed` ones, from the 32
 * bytes of the parent block hash. Throws E_ECONOMICS_INPUT. Source: spec/economics.md 3.11.
 */
export function automaticClaimIndices(
  parentHash: Uint8Array,
  indexed: number,
  perBlock: number = DEFAULT_CLAIMS_PER_BLOCK,
): number[] {
  if (parentHash.length !== 32) refuseInput("parentHash", "must have 32 bytes");
  checkInteger("indexed", indexed);
  checkInteger("perBlock", perBlock);
  if (indexed === 0) return [];
  const view = new DataView(parentHash.buffer, parentHash.byteOffset, 32);
  const word = (k: number): bigint => view.getBigUint64((k % 4) * 8);
  const chosen = new Set<number>();
  let last = word(0);
  for (let i = 0; i < perBlock; i += 1) {
    const sum = last + word(i);
    last = (sum > U64_MAX ? U64_MAX : sum) % BigInt(indexed);
    chosen.add(Number(last));
  }
  return [...chosen].sort((a, b) => a - b);
}
