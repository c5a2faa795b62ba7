import type { Tensor } from "@subnetkit/shared/runtime/model-runtime";

type Tensors = Readonly<Record<string, Tensor>>;

/** The length of the first dimension, when all tensors have the same one and as much data as their dimensions say; else undefined. */
export function rowsOf(tensors: Tensors): number | undefined {
  let rows: number | undefined;
  for (const { dims, data } of Object.values(tensors)) {
    const first = dims[0];
    if (first === undefined || first < 1 || (rows !== undefined && first !== rows)) return undefined;
    if (dims.reduce((product, dim) => product * dim, 1) !== data.length) return undefined;
    rows = first;
  }
  return rows;
}

/** True when the two can be put on top of each other: same names, element types, and dimensions after the first. */
export function stackable(a: Tensors, b: Tensors): boolean {
  const names = Object.keys(a);
  if (names.length !== Object.keys(b).length) return false;
  return names.every((name) => {
    const one = a[name];
    const other = b[name];
    return (
      one !== undefined &&
      other !== undefined &&
      one.type === other.type &&
      one.dims.length === other.dims.length &&
      one.dims.every((dim, i) => i === 0 || dim === other.dims[i])
    );
  });
}

/** Puts stackable tensors on top of each other. One copy of the data; none for a single part. */
export function joinRows(parts: readonly Tensors[]): Tensors {
  const first = parts[0] as Tensors;
  if (parts.length === 1) return first;
  return Object.fromEntries(
    Object.entries(first).map(([name, tensor]) => {
      const tensors = parts.map((part) => part[name] as Tensor);
      const rows = tensors.reduce((sum, { dims }) => sum + (dims[0] as number), 0);
      const data = sameArray(
        tensor.data,
        tensors.reduce((sum, one) => sum + one.data.length, 0),
      );
      let offset = 0;
      for (const one of tensors) {
        data.set(one.data as never, offset);
        offset += one.data.length;
      }
      return [name, { type: tensor.type, dims: [rows, ...tensor.dims.slice(1)], data } as Tensor];
    }),
  );
}

/** Takes stacked tensors apart again: views of the same memory. Throws RangeError when a tensor has not as many rows as asked for. */
export function splitRows(stacked: Tensors, counts: readonly number[]): Tensors[] {
  const rows = counts.reduce((sum, count) => sum + count, 0);
  for (const [name, { dims }] of Object.entries(stacked)) {
    if (dims[0] !== rows) throw new RangeError(`output ${name} has ${dims[0] ?? "no"} rows instead of ${rows}`);
  }
  let start = 0;
  return counts.map((count) => {
    const from = start;
    start += count;
    return sliceRows(stacked, from, from + count);
  });
}

/** The rows from `from` up to `to`: views of the same memory. */
export function sliceRows(tensors: Tensors, from: number, to: number): Tensors {
  return Object.fromEntries(
    Object.entries(tensors).map(([name, { type, dims, data }]) => {
      const width = data.length / (dims[0] as number);
      const part = data.subarray(from * width, to * width);
      return [name, { type, dims: [to - from, ...dims.slice(1)], data: part } as Tensor];
    }),
  );
}

function sameArray(like: Tensor["data"], length: number): Tensor["data"] {
  const Maker = like.constructor as new (length: number) => Tensor["data"];
  return new Maker(length);
}
