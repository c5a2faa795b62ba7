import { I32F32 } from "./formats.ts";

const E_BITS = (22_802_600n << 32n) >> 23n;
const LAST_TERM = 31n;
const SAFE_LIMIT = I32F32.fromInt(20);

/**
 * e^x on I32F32 as the runtime's library computes it: 30 terms of the series with a floor after every product and quotient, and
 * 1/series for a negative x. Undefined when an intermediate value leaves the type. Source: spec/economics.md 1.5.
 */
export function exp(x: bigint): bigint | undefined {
  if (x === 0n) return I32F32.one;
  if (x === I32F32.one) return E_BITS;
  const series = expSeries(x < 0n ? -x : x);
  if (series === undefined) return undefined;
  return x < 0n ? I32F32.checkedDiv(I32F32.one, series) : series;
}

/** exp with x clamped to [-20, 20]; where exp is undefined it gives 0 for x <= 0 and the type's maximum otherwise. */
export function expSafe(x: bigint): bigint {
  const clamped = x < -SAFE_LIMIT ? -SAFE_LIMIT : x > SAFE_LIMIT ? SAFE_LIMIT : x;
  return exp(clamped) ?? (clamped <= 0n ? 0n : I32F32.max);
}

function expSeries(y: bigint): bigint | undefined {
  let result = y + I32F32.one;
  let term = y;
  for (let i = 2n; i <= LAST_TERM; i += 1n) {
    term = (term * y) >> 32n;
    if (term > I32F32.max) return undefined;
    term /= i;
    result += term;
    if (result > I32F32.max) return undefined;
  }
  return result > I32F32.max ? undefined : result;
}
