import { I32F32 } from "../../fixed/formats.ts";
import type { FixedRow, SparseRow } from "./types.ts";

/** A stored row as fixed-point integers, ascending by uid. Explicit zeros stay: spec/economics.md 2.6 (3) distinguishes them. */
export function toFixedRow(row: SparseRow): FixedRow {
  return row.map(([uid, value]) => [uid, I32F32.fromInt(value)] as const).sort(([a], [b]) => a - b);
}

/** Keeps the entries of every row that satisfy a condition on (row uid, column uid). */
export function keepEntries(rows: readonly FixedRow[], keep: (i: number, j: number) => boolean): FixedRow[] {
  return rows.map((row, i) => row.filter(([j]) => keep(i, j)));
}

/** Replaces every value by a function of (value, column uid, row uid). */
export function mapEntries(
  rows: readonly FixedRow[],
  change: (bits: bigint, j: number, i: number) => bigint,
): FixedRow[] {
  return rows.map((row, i) => row.map(([j, bits]) => [j, change(bits, j, i)] as const));
}

/** Sum of every row. */
export function rowSums(rows: readonly FixedRow[]): bigint[] {
  return rows.map((row) => I32F32.clamp(row.reduce((sum, [, bits]) => sum + bits, 0n)));
}

/** Sum of every one of `n` columns. */
export function columnSums(rows: readonly FixedRow[], n: number): bigint[] {
  const sums = new Array<bigint>(n).fill(0n);
  for (const row of rows) for (const [j, bits] of row) sums[j]! += bits;
  return sums.map(I32F32.clamp);
}

/** Largest value of every one of `n` columns, 0 for an empty column. */
export function columnMaxima(rows: readonly FixedRow[], n: number): bigint[] {
  const maxima = new Array<bigint>(n).fill(0n);
  for (const row of rows) for (const [j, bits] of row) if (bits > maxima[j]!) maxima[j] = bits;
  return maxima;
}

/** Divides every entry by the divisor of its column; a column with divisor 0 is left as it is. */
export function divideColumns(rows: readonly FixedRow[], divisors: readonly bigint[]): FixedRow[] {
  return mapEntries(rows, (bits, j) => (divisors[j] === 0n ? bits : I32F32.safeDiv(bits, divisors[j]!)));
}

/** Columns scaled to a sum of 1 (or slightly less, by truncation). */
export function normaliseColumns(rows: readonly FixedRow[], n: number): FixedRow[] {
  return divideColumns(rows, columnSums(rows, n));
}

/** Value at a column of an ascending or unordered row, 0 when missing, for a whole row at once. */
export function denseRow(row: FixedRow, n: number): bigint[] {
  const dense = new Array<bigint>(n).fill(0n);
  for (const [j, bits] of row) dense[j] = bits;
  return dense;
}

/** Positive entries of a dense row. */
export function positiveEntries(dense: readonly bigint[]): FixedRow {
  return dense.flatMap((bits, j) => (bits > 0n ? [[j, bits] as const] : []));
}
