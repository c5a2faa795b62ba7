import { u16Fraction } from "../../fixed/fractions.ts";
import { bondsAlpha } from "../epoch/bonds-alpha.ts";
import { lastEpochBlock } from "../epoch/recent-registration.ts";
import { runEpoch } from "../epoch.ts";
import type { EpochInput, EpochOutput } from "../epoch/types.ts";
import { validateEpochInput, validateSettingsAndUids } from "../epoch/validate.ts";
import { fastBondWeights } from "./bond-weights.ts";
import { oldBonds, storedColumnSums } from "./bonds.ts";
import { type FastBonds, fastClassicBonds } from "./classic-bonds.ts";
import { clipTrustIncentive } from "./clip.ts";
import { columnConsensus } from "./consensus.ts";
import { fastEmission } from "./emission.ts";
import { bitsToU16 } from "./primitives.ts";
import { type BitRows, checkStoredRows, packRows, type StoredRows, unpackRows } from "./rows.ts";
import { fastSigmoid } from "./sigmoid.ts";
import { activeShares, nextPermits, stakeShares } from "./stake.ts";
import type { FastEpochInput, FastEpochOutput } from "./types.ts";
import { countedWeights } from "./weights.ts";
import { fastYuma3Bonds } from "./yuma3-bonds.ts";

/**
 * The epoch on plain rows by the fast form: the same bits as `runEpoch`, several times faster. Throws E_EPOCH_INPUT like it.
 * A caller with many epochs to run keeps its rows packed and calls {@link runPackedEpoch}.
 */
export function runEpochFast(input: EpochInput): EpochOutput {
  if (beyondDoubles(input)) return runEpoch(input);
  validateEpochInput(input);
  const output = packedEpoch({ ...input, weights: packRows(input.weights), bonds: packRows(input.bonds) });
  return {
    active: Array.from(output.active, Boolean),
    permits: Array.from(output.permits, Boolean),
    incentive: [...output.incentive],
    consensus: [...output.consensus],
    dividends: [...output.dividends],
    validatorTrust: [...output.validatorTrust],
    stakeWeight: [...output.stakeWeight],
    bonds: unpackRows(output.bonds),
    emissionRao: [...output.emissionRao],
    serverEmissionRao: [...output.serverEmissionRao],
    validatorEmissionRao: [...output.validatorEmissionRao],
  };
}

/** The epoch on packed rows. Throws E_EPOCH_INPUT naming the field for an impossible input. Cost: linear in the number of entries. */
export function runPackedEpoch(input: FastEpochInput): FastEpochOutput {
  validateSettingsAndUids(input);
  checkStoredRows("weights", input.weights, input.registeredAt.length);
  checkStoredRows("bonds", input.bonds, input.registeredAt.length);
  return beyondDoubles(input) ? packedReference(input) : packedEpoch(input);
}

/** True where sums or rates could leave the integers that a double holds (or saturate): the reference computes those. */
function beyondDoubles({
  bondsMovingAverage,
  registeredAt,
}: Pick<EpochInput, "bondsMovingAverage" | "registeredAt">): boolean {
  return bondsMovingAverage > 1_000_000 || registeredAt.length > 32_768;
}

function packedReference(input: FastEpochInput): FastEpochOutput {
  const output = runEpoch({ ...input, weights: unpackRows(input.weights), bonds: unpackRows(input.bonds) });
  return {
    active: flags(output.active, Boolean),
    permits: flags(output.permits, Boolean),
    incentive: Uint16Array.from(output.incentive),
    consensus: Uint16Array.from(output.consensus),
    dividends: Uint16Array.from(output.dividends),
    validatorTrust: Uint16Array.from(output.validatorTrust),
    stakeWeight: Uint16Array.from(output.stakeWeight),
    bonds: packRows(output.bonds),
    emissionRao: BigUint64Array.from(output.emissionRao),
    serverEmissionRao: BigUint64Array.from(output.serverEmissionRao),
    validatorEmissionRao: BigUint64Array.from(output.validatorEmissionRao),
  };
}

function packedEpoch(input: FastEpochInput): FastEpochOutput {
  const { ownerUid } = input;
  const active = flags(input.lastUpdate, (updated) => updated + input.activityCutoff >= input.block);
  const stake = stakeShares(input);
  const permits = flags(input.permits, Boolean);
  if (ownerUid !== null) permits[ownerUid] = 1;
  const activeStake = activeShares(stake, active, permits);
  const weights = countedWeights(input, permits);
  const consensus = columnConsensus(activeStake, weights, Number(u16Fraction(input.kappa)));
  const clipped = clipTrustIncentive(weights, consensus, activeStake);
  const bondWeights = fastBondWeights(weights, clipped.values, Number(u16Fraction(input.bondsPenalty)));
  const { bonds, dividends } = bondsStep(input, activeStake, bondWeights, clipped.incentive, consensus);
  const emission = fastEmission(clipped.incentive, dividends, activeStake, stake, input.emissionRao);
  const next = nextPermits(stake, input.maxValidators, ownerUid);
  return {
    active,
    permits: next,
    incentive: toU16(clipped.incentive),
    consensus: toU16(consensus),
    dividends: toU16(dividends),
    validatorTrust: toU16(clipped.trust),
    stakeWeight: toU16(stake),
    bonds: keptBonds(bonds, next),
    emissionRao: emission.combined,
    serverEmissionRao: emission.server,
    validatorEmissionRao: emission.validator,
  };
}

function bondsStep(
  input: FastEpochInput,
  activeStake: Float64Array,
  bondWeights: BitRows,
  incentive: Float64Array,
  consensus: Float64Array,
): FastBonds {
  const n = activeStake.length;
  const since = lastEpochBlock(input.block, input.tempo, input.lastStepBlock);
  const divisors = input.yuma3 ? new Float64Array(n).fill(65_535) : storedColumnSums(input.bonds, n);
  const old = oldBonds(input.bonds, input.registeredAt, since, divisors);
  const alpha = Number(bondsAlpha(input.bondsMovingAverage));
  if (!input.yuma3) return fastClassicBonds(activeStake, bondWeights, incentive, old, alpha);
  const liquid = input.liquidAlpha === null ? null : fastSigmoid(input.liquidAlpha);
  return fastYuma3Bonds(activeStake, bondWeights, incentive, old, alpha, consensus, liquid);
}

/** 1 where the test holds. A plain loop: the iterator of Uint8Array.from costs more than the step it feeds. */
function flags<T>(values: readonly T[], test: (value: T) => boolean): Uint8Array {
  const result = new Uint8Array(values.length);
  for (let i = 0; i < values.length; i += 1) if (test(values[i]!)) result[i] = 1;
  return result;
}

function toU16(bits: Float64Array): Uint16Array {
  const values = new Uint16Array(bits.length);
  for (let i = 0; i < bits.length; i += 1) values[i] = bitsToU16(bits[i]!);
  return values;
}

function keptBonds(bonds: BitRows, permits: Uint8Array): StoredRows {
  const n = permits.length;
  const offsets = new Int32Array(n + 1);
  const uids = new Uint16Array(bonds.uids.length);
  const values = new Uint16Array(bonds.uids.length);
  let at = 0;
  for (let i = 0; i < n; i += 1) {
    if (permits[i] === 1) {
      for (let k = bonds.offsets[i]!; k < bonds.offsets[i + 1]!; k += 1) {
        uids[at] = bonds.uids[k]!;
        values[at] = bitsToU16(bonds.values[k]!);
        at += 1;
      }
    }
    offsets[i + 1] = at;
  }
  return { offsets, uids: uids.subarray(0, at), values: values.subarray(0, at) };
}
