import { expSafe } from "../../fixed/exp.ts";
import { I32F32 } from "../../fixed/formats.ts";
import { u16Fraction } from "../../fixed/fractions.ts";
import type { LiquidAlpha } from "../epoch/types.ts";
import { divBits, mulBits, ONE } from "./primitives.ts";

/** Largest |z| for which no term of the series leaves the exact range of the primitives (e^8 < 2^12). */
const SERIES_LIMIT = 8 * ONE;
const HALF = ONE / 2;
const E_BITS = Number((22_802_600n << 32n) >> 23n);

/** The alpha sigmoid with its settings as doubles of bits. */
export type FastSigmoid = { readonly low: number; readonly high: number; readonly slope: number };

/** Converts the stored settings. */
export function fastSigmoid({ low, high, steepness }: LiquidAlpha): FastSigmoid {
  return {
    low: Number(u16Fraction(low)),
    high: Number(u16Fraction(high)),
    slope: Number(I32F32.safeDiv(I32F32.fromInt(steepness), I32F32.fromInt(-100))),
  };
}

/** Rate of one bond. */
export function sigmoidRate(
  { low, high, slope }: FastSigmoid,
  consensus: number,
  weight: number,
  bond: number,
): number {
  const difference = weight >= bond ? weight - consensus : bond - weight;
  const clamped = difference < 0 ? 0 : difference > ONE ? ONE : difference;
  const rate = low + mulBits(gate(mulBits(slope, clamped - HALF)), high - low);
  return rate < low ? low : rate > high ? high : rate;
}

/** 1 / (1 + exp z). Far from 0 the exponential leaves the integers that a double can hold: there by BigInt. */
function gate(z: number): number {
  const y = Math.abs(z);
  if (y > SERIES_LIMIT) return Number(I32F32.safeDiv(I32F32.one, I32F32.add(I32F32.one, expSafe(BigInt(z)))));
  if (z === 0) return HALF;
  if (z === ONE) return divBits(ONE, ONE + E_BITS);
  let series = ONE + y;
  let term = y;
  for (let i = 2; i < 32 && term > 0; i += 1) {
    term = Math.floor(mulBits(term, y) / i);
    series += term;
  }
  return divBits(ONE, ONE + (z < 0 ? divBits(ONE, series) : series));
}
