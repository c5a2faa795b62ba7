import { I32F32 } from "../fixed/formats.ts";
import { u16Fraction } from "../fixed/fractions.ts";
import { activeStake } from "./epoch/active-stake.ts";
import type { SigmoidSettings } from "./epoch/alpha-sigmoid.ts";
import { bondWeights } from "./epoch/bond-weights.ts";
import { bondsAlpha } from "./epoch/bonds-alpha.ts";
import { classicBonds } from "./epoch/classic-bonds.ts";
import { clip } from "./epoch/clip.ts";
import { consensus } from "./epoch/consensus.ts";
import { emission } from "./epoch/emission.ts";
import { inactiveMask } from "./epoch/inactive-mask.ts";
import { incentive } from "./epoch/incentive.ts";
import { normaliseStake } from "./epoch/normalise-stake.ts";
import { outputs } from "./epoch/outputs.ts";
import { newPermits, permitsInForce } from "./epoch/permits.ts";
import { lastEpochBlock, maskedBonds } from "./epoch/recent-registration.ts";
import { stakeFilter } from "./epoch/stake-filter.ts";
import { totalStake } from "./epoch/total-stake.ts";
import type { EpochInput, EpochOutput, EpochTrace, LiquidAlpha } from "./epoch/types.ts";
import { validateEpochInput } from "./epoch/validate.ts";
import { validatorTrust } from "./epoch/validator-trust.ts";
import { maskedWeights } from "./epoch/weights.ts";
import { yuma3Bonds } from "./epoch/yuma3-bonds.ts";

export type {
  EmissionVectors,
  EpochInput,
  EpochOutput,
  EpochStake,
  EpochTrace,
  FixedRow,
  LiquidAlpha,
  SparseRow,
} from "./epoch/types.ts";

/**
 * One epoch of one (subnet, mechanism), bit for bit as the chain computes it, in exact BigInt arithmetic: the reference form.
 * Pure: reads the input, changes nothing. Throws E_EPOCH_INPUT naming the field for an impossible input.
 * Cost: O(n * validators) per column for the median. Source: spec/economics.md 2.
 */
export function runEpoch(input: EpochInput): EpochOutput {
  return outputs(traceEpoch(input));
}

/** The ordered list of steps of spec/economics.md 2.2, with every intermediate result. Validates like {@link runEpoch}. */
export function traceEpoch(input: EpochInput): EpochTrace {
  validateEpochInput(input);
  const inactive = inactiveMask(input.lastUpdate, input.activityCutoff, input.block);
  const total = totalStake(input.stake);
  const stake = normaliseStake(stakeFilter(total, input.stakeThresholdRao, input.ownerUid));
  const permits = permitsInForce(input.permits, input.ownerUid);
  const active = activeStake(stake, inactive, permits);
  const weights = maskedWeights(input, permits);
  const agreed = consensus(active, weights, u16Fraction(input.kappa));
  const clippedWeights = clip(weights, agreed);
  const earned = incentive(clippedWeights, active);
  const forBonds = bondWeights(weights, clippedWeights, u16Fraction(input.bondsPenalty));
  const since = lastEpochBlock(input.block, input.tempo, input.lastStepBlock);
  const bondsInput = {
    activeStake: active,
    bondWeights: forBonds,
    incentive: earned,
    storedBonds: maskedBonds(input.bonds, input.registeredAt, since),
  };
  const alpha = bondsAlpha(input.bondsMovingAverage);
  const { bonds, dividends } = input.yuma3
    ? yuma3Bonds(bondsInput, agreed, alpha, sigmoidSettings(input.liquidAlpha))
    : classicBonds(bondsInput, alpha);
  return {
    inactive,
    totalStake: total,
    stake,
    permits,
    newPermits: newPermits(stake, input.maxValidators, input.ownerUid),
    activeStake: active,
    weights,
    consensus: agreed,
    clippedWeights,
    validatorTrust: validatorTrust(clippedWeights),
    incentive: earned,
    bondWeights: forBonds,
    bonds,
    dividends,
    emission: emission({ incentive: earned, dividends, activeStake: active, stake }, input.emissionRao),
  };
}

function sigmoidSettings(settings: LiquidAlpha | null): SigmoidSettings | null {
  if (settings === null) return null;
  return {
    low: u16Fraction(settings.low),
    high: u16Fraction(settings.high),
    steepness: I32F32.fromInt(settings.steepness),
  };
}
