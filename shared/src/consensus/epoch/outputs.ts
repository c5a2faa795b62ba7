import { toU16Fraction } from "../../fixed/fractions.ts";
import type { EpochOutput, EpochTrace } from "./types.ts";

/**
 * Step 16: what is stored and paid. u16 values are floored proportions; a bond row is kept only for a uid with a new permit, including
 * entries whose u16 value is 0. Source: spec/economics.md 2.8.
 */
export function outputs(trace: EpochTrace): EpochOutput {
  return {
    active: trace.inactive.map((inactive) => !inactive),
    permits: trace.newPermits,
    incentive: trace.incentive.map(toU16Fraction),
    consensus: trace.consensus.map(toU16Fraction),
    dividends: trace.dividends.map(toU16Fraction),
    validatorTrust: trace.validatorTrust.map(toU16Fraction),
    stakeWeight: trace.stake.map(toU16Fraction),
    bonds: trace.bonds.map((row, uid) =>
      trace.newPermits[uid] ? row.map(([j, bits]) => [j, toU16Fraction(bits)] as const) : [],
    ),
    emissionRao: trace.emission.combined,
    serverEmissionRao: trace.emission.server,
    validatorEmissionRao: trace.emission.validator,
  };
}
