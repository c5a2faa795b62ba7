/** Decimal places of {@link powRatio}. */
export const POW_SCALE: bigint = 10n ** 18n;

const FRACTION = 320n;
const ONE = 1n << FRACTION;
/** Added before the final floor: far above the error of the series, far below one unit of the 18th decimal. */
const GUARD = 1n << 100n;

/**
 * floor(10^18 * (num/den)^(expNum/expDen)) for non-negative integers with den, expDen > 0: the power function of the pool. Exponents 0, 1 and 1/2
 * are exact by integer arithmetic; any other goes through ln and exp with 320 fraction bits. (0/d)^e is 0, also for e = 0.
 * Source: spec/economics.md 4.2, 4.3 and 6 (12).
 */
export function powRatio(num: bigint, den: bigint, expNum: bigint, expDen: bigint): bigint {
  if (num === 0n) return 0n;
  if (expNum === 0n || num === den) return POW_SCALE;
  if (expNum === expDen) return (num * POW_SCALE) / den;
  if (expNum * 2n === expDen) return integerSqrt((num * POW_SCALE * POW_SCALE) / den);
  const power = expFixed((lnRatio(num, den) * expNum) / expDen);
  return (power * POW_SCALE + GUARD * POW_SCALE) >> FRACTION;
}

/** Greatest integer whose square is at most n. */
export function integerSqrt(n: bigint): bigint {
  if (n < 2n) return n;
  let guess = 1n << (BigInt(n.toString(2).length + 1) >> 1n);
  for (;;) {
    const next = (guess + n / guess) >> 1n;
    if (next >= guess) return guess;
    guess = next;
  }
}

/** ln(num/den) with FRACTION bits: the ratio is brought into [1, 2) by a power of two, the rest is 2*atanh((m-1)/(m+1)). */
function lnRatio(num: bigint, den: bigint): bigint {
  let shift = BigInt(num.toString(2).length - den.toString(2).length);
  const scaled = (k: bigint): bigint => (k >= 0n ? (num << FRACTION) / (den << k) : (num << (FRACTION - k)) / den);
  if (scaled(shift) < ONE) shift -= 1n;
  const mantissa = scaled(shift);
  return twiceAtanh(((mantissa - ONE) << FRACTION) / (mantissa + ONE)) + shift * LN_2;
}

function twiceAtanh(y: bigint): bigint {
  const square = (y * y) >> FRACTION;
  let power = y;
  let sum = 0n;
  for (let k = 1n; power !== 0n; k += 2n) {
    sum += power / k;
    power = (power * square) >> FRACTION;
  }
  return 2n * sum;
}

const LN_2 = twiceAtanh(ONE / 3n);

/** e^x with FRACTION bits: x = k*ln2 + r with r in [0, ln2), then the series. */
function expFixed(x: bigint): bigint {
  const k = x >= 0n ? x / LN_2 : -((-x + LN_2 - 1n) / LN_2);
  const rest = x - k * LN_2;
  let term = ONE;
  let sum = 0n;
  for (let i = 1n; term !== 0n; i += 1n) {
    sum += term;
    term = ((term * rest) >> FRACTION) / i;
  }
  return k >= 0n ? sum << k : sum >> -k;
}
