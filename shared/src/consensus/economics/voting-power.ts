import { clampUnsigned, U64_MAX } from "../../fixed/convert.ts";
import { checkRao, refuseInput } from "./check.ts";

/** What 1 is in the weight of the newest stake: 18 decimals. */
export const VOTING_POWER_ONE = 10n ** 18n;

/** Voting power after an epoch: `alpha` of the stake and the rest of the old power, floored. Throws E_ECONOMICS_INPUT. */
export function nextVotingPower(power: bigint, stakeRao: bigint, alpha: bigint): bigint {
  checkRao("power", power);
  checkRao("stakeRao", stakeRao);
  checkRao("alpha", alpha);
  if (alpha > VOTING_POWER_ONE) refuseInput("alpha", "must be at most 10^18");
  return clampUnsigned((alpha * stakeRao + (VOTING_POWER_ONE - alpha) * power) / VOTING_POWER_ONE, U64_MAX);
}
