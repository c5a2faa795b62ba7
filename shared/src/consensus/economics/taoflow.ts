import { convertFixed } from "../../fixed/convert.ts";
import { exp } from "../../fixed/exp.ts";
import { I32F32, I64F64, U64F64 } from "../../fixed/formats.ts";
import { lnSafe } from "../../fixed/ln.ts";
import { sumFixed } from "../../fixed/vector.ts";
import { refuseInput } from "./check.ts";

/** Default smoothing factor of a flow average, as numerator over 2^63-1 (half-life 216000 blocks). */
export const DEFAULT_FLOW_SMOOTHING = 29_597_889_189_277n;
const FLOW_DIVISOR = (1n << 63n) - 1n;
const LN_FLOOR = I32F32.fromInt(-20);

/** Next value of a flow average, I64F64 bits: `(1-c)*e + c*F`, F in rao (may be negative). Source: spec/economics.md 3.5, legacy (1). */
export function nextFlowEma(emaBits: bigint, flowRao: bigint, smoothing: bigint = DEFAULT_FLOW_SMOOTHING): bigint {
  const rate = I64F64.safeDiv(I64F64.fromInt(smoothing), I64F64.fromInt(FLOW_DIVISOR));
  return I64F64.add(I64F64.mul(I64F64.sub(I64F64.one, rate), emaBits), I64F64.mul(rate, I64F64.fromInt(flowRao)));
}

/** Flow averages of one subnet, I64F64 bits: what users staked less unstaked, and what the protocol put in less took out. */
export type SubnetFlow = { readonly userEmaBits: bigint; readonly protocolEmaBits: bigint };

/** Settings of the legacy split: net flow on or off, cutoff A (I64F64 bits) and exponent p (U64F64 bits, 1 or more). */
export type TaoflowSettings = { readonly netFlow: boolean; readonly cutoffBits: bigint; readonly exponentBits: bigint };

/** The chain's defaults. */
export const DEFAULT_TAOFLOW: TaoflowSettings = { netFlow: true, cutoffBits: 0n, exponentBits: U64F64.one };

/**
 * Shares by the legacy flow rule, U64F64 bits. The chain no longer calls it; it is kept for study and holds to about 1 percent.
 * All shares are 0 when no flow is above the lower limit. Source: spec/economics.md 3.5, legacy (2-5).
 */
export function taoflowShares(flows: readonly SubnetFlow[], settings: TaoflowSettings = DEFAULT_TAOFLOW): bigint[] {
  if (settings.exponentBits <= 0n) refuseInput("settings.exponentBits", "must be positive");
  const scores = settings.netFlow ? netFlows(flows) : flows.map(({ userEmaBits }) => userEmaBits);
  const lowest = scores.reduce((least, score) => (score < least ? score : least), 0n);
  const limit = settings.cutoffBits > lowest ? settings.cutoffBits : lowest;
  const offsets = scores.map((score) => (score > limit ? convertFixed(I64F64.sub(score, limit), I64F64, U64F64) : 0n));
  const greatest = offsets.reduce((most, offset) => (offset > most ? offset : most), 0n);
  if (greatest === 0n) return offsets;
  const powers = offsets.map((offset) => power(U64F64.safeDiv(offset, greatest), settings.exponentBits));
  const total = sumFixed(powers, U64F64);
  return powers.map((value) => U64F64.safeDiv(value, total));
}

/** User flow less the protocol flow, the positive part of which is scaled down to what users bring. I64F64 bits. */
function netFlows(flows: readonly SubnetFlow[]): bigint[] {
  const positive = (values: readonly bigint[]): bigint =>
    values.reduce((sum, value) => (value > 0n ? sum + value : sum), 0n);
  const ratio = I64F64.safeDiv(
    positive(flows.map((f) => f.userEmaBits)),
    positive(flows.map((f) => f.protocolEmaBits)),
  );
  const factor = ratio < I64F64.one ? ratio : I64F64.one;
  return flows.map(({ userEmaBits, protocolEmaBits }) =>
    I64F64.sub(userEmaBits, protocolEmaBits > 0n ? I64F64.mul(factor, protocolEmaBits) : protocolEmaBits),
  );
}

/** base^p for a base in 0..1, by exp(p*ln(base)) unless p is 1. */
function power(base: bigint, exponent: bigint): bigint {
  if (exponent === U64F64.one || base === 0n || base === U64F64.one) return base;
  const logarithm = I32F32.mul(
    convertFixed(exponent, U64F64, I32F32),
    lnSafe(convertFixed(base, U64F64, I32F32), I32F32),
  );
  if (logarithm === 0n || logarithm < LN_FLOOR) return 0n;
  return convertFixed(exp(logarithm) ?? 0n, I32F32, U64F64);
}
