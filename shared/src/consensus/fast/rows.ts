import { failEpochInput } from "../epoch/validate.ts";
import type { SparseRow } from "../epoch/types.ts";

/** Stored u16 rows in one block: row i is entries offsets[i]..offsets[i+1], uids ascending. */
export type StoredRows = { readonly offsets: Int32Array; readonly uids: Uint16Array; readonly values: Uint16Array };

/** Rows of I32F32 bits in doubles, laid out like {@link StoredRows}. */
export type BitRows = { readonly offsets: Int32Array; readonly uids: Uint16Array; readonly values: Float64Array };

/** Packs rows of [uid, value]; entries are sorted by uid. The rows must be valid. */
export function packRows(rows: readonly SparseRow[]): StoredRows {
  const offsets = new Int32Array(rows.length + 1);
  for (let i = 0; i < rows.length; i += 1) offsets[i + 1] = offsets[i]! + rows[i]!.length;
  const uids = new Uint16Array(offsets[rows.length]!);
  const values = new Uint16Array(uids.length);
  for (let i = 0; i < rows.length; i += 1) {
    const row = isAscending(rows[i]!) ? rows[i]! : [...rows[i]!].sort(([a], [b]) => a - b);
    const start = offsets[i]!;
    for (let k = 0; k < row.length; k += 1) {
      const entry = row[k]!;
      uids[start + k] = entry[0];
      values[start + k] = entry[1];
    }
  }
  return { offsets, uids, values };
}

/** The rows as pairs again. */
export function unpackRows(rows: StoredRows): SparseRow[] {
  const unpacked: [number, number][][] = [];
  for (let i = 0; i + 1 < rows.offsets.length; i += 1) {
    const row: [number, number][] = [];
    for (let k = rows.offsets[i]!; k < rows.offsets[i + 1]!; k += 1) row.push([rows.uids[k]!, rows.values[k]!]);
    unpacked.push(row);
  }
  return unpacked;
}

/** Throws E_EPOCH_INPUT unless the rows are n ascending rows of uids below n. */
export function checkStoredRows(field: string, rows: StoredRows, n: number): void {
  const { offsets, uids, values } = rows;
  if (offsets.length !== n + 1) failEpochInput(`${field}.offsets`, `must have ${n + 1} entries`);
  if (offsets[0] !== 0 || offsets[n] !== uids.length)
    failEpochInput(`${field}.offsets`, "must run from 0 to the number of entries");
  if (values.length !== uids.length) failEpochInput(`${field}.values`, `must have ${uids.length} entries`);
  for (let i = 0; i < n; i += 1) {
    if (offsets[i + 1]! < offsets[i]!) failEpochInput(`${field}.offsets[${i + 1}]`, "must not fall");
    let previous = -1;
    for (let k = offsets[i]!; k < offsets[i + 1]!; k += 1) {
      const uid = uids[k]!;
      if (uid <= previous || uid >= n)
        failEpochInput(`${field}.uids[${k}]`, `must ascend within a row and be below ${n}`);
      previous = uid;
    }
  }
}

function isAscending(row: SparseRow): boolean {
  for (let k = 1; k < row.length; k += 1) if (row[k]![0] <= row[k - 1]![0]) return false;
  return true;
}
