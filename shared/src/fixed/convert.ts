import type { FixedFormat } from "./format.ts";

/** Largest values of the unsigned integer types of the chain. */
export const U16_MAX: bigint = 65_535n;
export const U64_MAX: bigint = (1n << 64n) - 1n;
export const U128_MAX: bigint = (1n << 128n) - 1n;

/**
 * Moves a value between fixed-point types. Fewer fraction bits drop the low ones (floor), more fraction bits are exact; the result is
 * clamped to the target. Source: spec/economics.md 1.2 (5, 8).
 */
export function convertFixed(bits: bigint, from: FixedFormat, to: FixedFormat): bigint {
  const gained = to.fraction - from.fraction;
  return to.clamp(gained >= 0 ? bits << BigInt(gained) : bits >> BigInt(-gained));
}

/** Floor of a fixed-point value as u64; negative values give 0. Source: spec/economics.md 1.2 (6). */
export function toU64(bits: bigint, format: FixedFormat): bigint {
  return clampUnsigned(format.floor(bits), U64_MAX);
}

/** Floor of a fixed-point value as u16; negative values give 0. */
export function toU16(bits: bigint, format: FixedFormat): number {
  return Number(clampUnsigned(format.floor(bits), U16_MAX));
}

/** Clamps an integer into 0..max. */
export function clampUnsigned(integer: bigint, max: bigint): bigint {
  return integer < 0n ? 0n : integer > max ? max : integer;
}
