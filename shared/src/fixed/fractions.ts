import { toU16, U16_MAX, U64_MAX } from "./convert.ts";
import type { FixedFormat } from "./format.ts";
import { I32F32 } from "./formats.ts";

/** `p16(n)` = n / 65535 in the given format, truncated. 65535 gives exactly 1. Source: spec/economics.md 1.3. */
export function u16Fraction(n: bigint | number, format: FixedFormat = I32F32): bigint {
  return format.safeDiv(format.fromInt(n), format.fromInt(U16_MAX));
}

/** n / (2^64-1) in the given format, truncated: TAO weight, childkey proportions, ck-burn. Source: spec/economics.md 1.1. */
export function u64Fraction(n: bigint, format: FixedFormat): bigint {
  // The quotient is formed on plain integers because 2^64-1 itself does not fit the narrow formats.
  return format.clamp((n << BigInt(format.fraction)) / U64_MAX);
}

/** `u16f(x)` = floor(x * 65535) of an I32F32 value, clamped to u16. 1/2 gives 32767, 1 gives 65535. Source: spec/economics.md 1.3. */
export function toU16Fraction(bits: bigint): number {
  return toU16(I32F32.mul(bits, I32F32.fromInt(U16_MAX)), I32F32);
}
