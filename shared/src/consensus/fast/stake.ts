import { I64F64 } from "../../fixed/formats.ts";
import { stakeFilter } from "../epoch/stake-filter.ts";
import { totalStake } from "../epoch/total-stake.ts";
import type { EpochInput, EpochStake } from "../epoch/types.ts";
import { divBits, normaliseBits } from "./primitives.ts";

/** Largest rao total that a double division handles exactly. */
const EXACT_TOTAL = 2 ** 52;

/** Steps 2 to 4: shares of the filtered stake. Whole rao below 2^52 in total go through doubles, anything else through BigInt. */
export function stakeShares(input: Pick<EpochInput, "stake" | "stakeThresholdRao" | "ownerUid">): Float64Array {
  return (input.stake.kind === "total" ? sharesOfWholeRao(input.stake.totalRao, input) : null) ?? sharesByBigInt(input);
}

function sharesOfWholeRao(
  totalRao: readonly bigint[],
  { stakeThresholdRao, ownerUid }: Pick<EpochInput, "stakeThresholdRao" | "ownerUid">,
): Float64Array | null {
  const shares = new Float64Array(totalRao.length);
  let total = 0;
  for (let uid = 0; uid < totalRao.length; uid += 1) {
    const rao = totalRao[uid]!;
    if (rao === 0n || (uid !== ownerUid && rao < stakeThresholdRao)) continue;
    shares[uid] = Number(rao);
    total += shares[uid]!;
    if (total >= EXACT_TOTAL) return null;
  }
  if (total !== 0)
    for (let uid = 0; uid < shares.length; uid += 1) if (shares[uid] !== 0) shares[uid] = divBits(shares[uid]!, total);
  return shares;
}

/** The reference steps on the uids that have any stake, the others being 0 anyway. */
function sharesByBigInt(input: Pick<EpochInput, "stake" | "stakeThresholdRao" | "ownerUid">): Float64Array {
  const uids = stakedUids(input.stake);
  const stake = totalStake(onlyUids(input.stake, uids));
  const owner = input.ownerUid === null ? -1 : uids.indexOf(input.ownerUid);
  const filtered = stakeFilter(stake, input.stakeThresholdRao, owner);
  const total = I64F64.clamp(filtered.reduce((sum, value) => sum + value, 0n));
  const shares = new Float64Array(
    input.stake.kind === "total" ? input.stake.totalRao.length : input.stake.alphaRao.length,
  );
  // One division to 32 bits gives the same as one to 64 bits that is narrowed: both floor.
  for (const [k, value] of filtered.entries()) if (value !== 0n) shares[uids[k]!] = Number((value << 32n) / total);
  return shares;
}

function stakedUids(stake: EpochStake): number[] {
  const uids: number[] = [];
  if (stake.kind === "total") {
    for (let uid = 0; uid < stake.totalRao.length; uid += 1) if (stake.totalRao[uid] !== 0n) uids.push(uid);
  } else {
    for (let uid = 0; uid < stake.alphaRao.length; uid += 1)
      if (stake.alphaRao[uid] !== 0n || stake.taoRao[uid] !== 0n) uids.push(uid);
  }
  return uids;
}

function onlyUids(stake: EpochStake, uids: readonly number[]): EpochStake {
  const pick = (values: readonly bigint[]): bigint[] => uids.map((uid) => values[uid]!);
  if (stake.kind === "total") return { kind: "total", totalRao: pick(stake.totalRao) };
  return { ...stake, alphaRao: pick(stake.alphaRao), taoRao: pick(stake.taoRao) };
}

/** Step 5: permits of the next epoch, as 0 or 1. Only the non-zero stakes are sorted. */
export function nextPermits(stake: Float64Array, maxValidators: number, ownerUid: number | null): Uint8Array {
  const permits = new Uint8Array(stake.length);
  const staked: number[] = [];
  for (let uid = 0; uid < stake.length; uid += 1) if (stake[uid] !== 0) staked.push(uid);
  if (staked.length > maxValidators) staked.sort((a, b) => stake[b]! - stake[a]! || b - a);
  for (const uid of staked.slice(0, maxValidators)) permits[uid] = 1;
  if (ownerUid !== null) permits[ownerUid] = 1;
  return permits;
}

/** Step 6: normalised stake of the active uids that hold a permit. */
export function activeShares(stake: Float64Array, active: Uint8Array, permits: Uint8Array): Float64Array {
  const shares = new Float64Array(stake.length);
  for (let uid = 0; uid < stake.length; uid += 1)
    if (active[uid] === 1 && permits[uid] === 1) shares[uid] = stake[uid]!;
  normaliseBits(shares);
  return shares;
}
