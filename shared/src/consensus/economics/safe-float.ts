import { U64_MAX } from "../../fixed/convert.ts";

/**
 * Decimal float of the share pool: value = mantissa * 10^exponent. A stored value is never negative; its mantissa fits u128, its
 * exponent i64. Normalised values have 21 significant digits. Source: spec/economics.md 3.12.
 */
export type SafeFloat = { readonly mantissa: bigint; readonly exponent: number };

const DIGITS = 21;
const MANTISSA_MIN = 10n ** BigInt(DIGITS - 1);
const MANTISSA_END = 10n ** BigInt(DIGITS);
const DIVISION_DIGITS = 2 * DIGITS;

/** The float 0. */
export const SAFE_FLOAT_ZERO: SafeFloat = { mantissa: 0n, exponent: 0 };

/** The float of an integer. */
export function safeFloat(integer: bigint): SafeFloat {
  return normalised(integer, 0);
}

/** a + b. Digits beyond the 21st are dropped. */
export function addFloat(a: SafeFloat, b: SafeFloat): SafeFloat {
  if (a.mantissa === 0n) return b;
  if (b.mantissa === 0n) return a;
  const exponent = Math.min(a.exponent, b.exponent);
  const scaled = (x: SafeFloat): bigint => x.mantissa * 10n ** BigInt(x.exponent - exponent);
  return normalised(scaled(a) + scaled(b), exponent);
}

/** a * b / c without losing digits in between; 0 when c is 0. */
export function mulDivFloat(a: SafeFloat, b: SafeFloat, c: SafeFloat): SafeFloat {
  if (c.mantissa === 0n) return SAFE_FLOAT_ZERO;
  const numerator = a.mantissa * b.mantissa * 10n ** BigInt(DIVISION_DIGITS);
  return normalised(numerator / c.mantissa, a.exponent + b.exponent - c.exponent - DIVISION_DIGITS);
}

/** Floor of the value as u64, clamped; negative values give 0. */
export function floatToU64({ mantissa, exponent }: SafeFloat): bigint {
  if (mantissa <= 0n) return 0n;
  const integer = exponent >= 0 ? mantissa * 10n ** BigInt(exponent) : mantissa / 10n ** BigInt(-exponent);
  return integer > U64_MAX ? U64_MAX : integer;
}

function normalised(mantissa: bigint, exponent: number): SafeFloat {
  if (mantissa === 0n) return SAFE_FLOAT_ZERO;
  const magnitude = mantissa < 0n ? -mantissa : mantissa;
  if (magnitude >= MANTISSA_MIN && magnitude < MANTISSA_END) return { mantissa, exponent };
  const excess = magnitude.toString().length - DIGITS;
  const scaled = excess > 0 ? mantissa / 10n ** BigInt(excess) : mantissa * 10n ** BigInt(-excess);
  return { mantissa: scaled, exponent: exponent + excess };
}
