import { expSafe } from "../../fixed/exp.ts";
import { I32F32 } from "../../fixed/formats.ts";

/** Bounds and steepness of the sigmoid: I32F32 bits for the bounds, the steepness as the stored integer in I32F32 bits. */
export type SigmoidSettings = { readonly low: bigint; readonly high: bigint; readonly steepness: bigint };

const HALF = I32F32.one >> 1n;
const MINUS_HUNDRED = I32F32.fromInt(-100);

/**
 * Rate of one bond under liquid alpha: near `low` while weight and consensus agree, near `high` when the validator bought ahead of the
 * consensus or sells. All I32F32 bits. Source: spec/economics.md 2.6.
 */
export function alphaSigmoid(settings: SigmoidSettings, consensus: bigint, weight: bigint, bond: bigint): bigint {
  const { low, high, steepness } = settings;
  const buy = clampTo(I32F32.sub(weight, consensus), 0n, I32F32.one);
  const sell = clampTo(I32F32.sub(bond, weight), 0n, I32F32.one);
  const difference = weight >= bond ? buy : sell;
  const z = I32F32.mul(I32F32.safeDiv(steepness, MINUS_HUNDRED), I32F32.sub(difference, HALF));
  const gate = I32F32.safeDiv(I32F32.one, I32F32.add(I32F32.one, expSafe(z)));
  return clampTo(I32F32.add(low, I32F32.mul(gate, I32F32.sub(high, low))), low, high);
}

function clampTo(value: bigint, low: bigint, high: bigint): bigint {
  return value < low ? low : value > high ? high : value;
}
