import { type FixedFormat, fixedFormat } from "./format.ts";

/** Signed 64 bits, 32 of them fraction: every vector of the epoch. Source of all formats: spec/economics.md 1.1. */
export const I32F32: FixedFormat = fixedFormat({ name: "I32F32", signed: true, bits: 64, fraction: 32 });
/** Signed 128 bits, 64 of them fraction: raw stake, bonds moving average, flow averages, lock interval. */
export const I64F64: FixedFormat = fixedFormat({ name: "I64F64", signed: true, bits: 128, fraction: 64 });
/** Signed 128 bits, 32 of them fraction: rao emission, block emission, root-claim rates, stored moving price. */
export const I96F32: FixedFormat = fixedFormat({ name: "I96F32", signed: true, bits: 128, fraction: 32 });
/** Unsigned 128 bits, 32 of them fraction: coinbase splits, takes, dividends, stake inheritance. */
export const U96F32: FixedFormat = fixedFormat({ name: "U96F32", signed: false, bits: 128, fraction: 32 });
/** Unsigned 128 bits, 64 of them fraction: price, emission shares, burn multiplier, mechanism weights. */
export const U64F64: FixedFormat = fixedFormat({ name: "U64F64", signed: false, bits: 128, fraction: 64 });
/** Unsigned 64 bits, 32 of them fraction: the per-block decay of the registration burn. */
export const Q32: FixedFormat = fixedFormat({ name: "Q32", signed: false, bits: 64, fraction: 32 });
