import type { FixedFormat } from "./format.ts";
import { I32F32 } from "./formats.ts";

const E_BITS = 22_802_600n;
const E_FRACTION = 23n;
const SAFE_LIMIT = I32F32.fromInt(20);

/**
 * e^x on a signed type, I32F32 unless told, as the runtime's library computes it: one term of the series per fraction bit with a floor after
 * every product and quotient, and 1/series for a negative x. Undefined when an intermediate value leaves the type. Source: spec/economics.md 1.5.
 */
export function exp(x: bigint, format: FixedFormat = I32F32): bigint | undefined {
  if (x === 0n) return format.one;
  if (x === format.one) return (E_BITS << BigInt(format.fraction)) >> E_FRACTION;
  const series = expSeries(x < 0n ? -x : x, format);
  if (series === undefined) return undefined;
  return x < 0n ? format.checkedDiv(format.one, series) : series;
}

/** exp with x clamped to [-20, 20]; where exp is undefined it gives 0 for x <= 0 and the type's maximum otherwise. */
export function expSafe(x: bigint): bigint {
  const clamped = x < -SAFE_LIMIT ? -SAFE_LIMIT : x > SAFE_LIMIT ? SAFE_LIMIT : x;
  return exp(clamped) ?? (clamped <= 0n ? 0n : I32F32.max);
}

function expSeries(y: bigint, { one, max, fraction }: FixedFormat): bigint | undefined {
  const bits = BigInt(fraction);
  let result = y + one;
  let term = y;
  for (let i = 2n; i < bits; i += 1n) {
    term = (term * y) >> bits;
    if (term > max) return undefined;
    term /= i;
    result += term;
    if (result > max) return undefined;
  }
  return result > max ? undefined : result;
}
