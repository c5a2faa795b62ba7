/** Values of one type in a row: vectors, arrays, sets and maps. */
import { type Reader, ScaleError, type Writer } from "../cursor.ts";
import { bytes } from "./byte-strings.ts";
import { u8 } from "./numbers.ts";
import { type ScaleType, scaleType, wrapped } from "./scale-type.ts";
import { tuple } from "./structs.ts";

/** Vec<T>. */
export function vec<T>(of: ScaleType<T>): ScaleType<T[]> {
  const { write, read } = sequence(of, Number.POSITIVE_INFINITY);
  return scaleType({ kind: "sequence", of }, 1, write, read);
}

function sequence<T>(
  of: ScaleType<T>,
  max: number,
): { write: (out: Writer, value: readonly T[]) => void; read: (input: Reader) => T[] } {
  return {
    write(out, value) {
      if (value.length > max) throw new ScaleError(`${value.length} elements, at most ${max}`);
      out.compact(value.length);
      for (const element of value) of.write(out, element);
    },
    read(input) {
      const count = input.length(of.minBytes);
      if (count > max) throw new ScaleError(`${count} elements, at most ${max}`);
      const values: T[] = [];
      for (let i = 0; i < count; i++) values.push(of.read(input));
      return values;
    },
  };
}

/** BoundedVec<T>: a longer value fails to decode. */
export function boundedVec<T>(
  of: ScaleType<T>,
  max: number,
  path = "bounded_collections::bounded_vec::BoundedVec",
): ScaleType<T[]> {
  const { write, read } = sequence(of, max);
  return scaleType(wrapped(path, [{ name: "T", type: of }, { name: "S" }], vec(of)), 1, write, read);
}

/** BoundedVec<u8>. */
export function boundedBytes(max: number): ScaleType<Uint8Array> {
  const check = (value: Uint8Array): Uint8Array => {
    if (value.length > max) throw new ScaleError(`${value.length} bytes, at most ${max}`);
    return value;
  };
  const def = wrapped("bounded_collections::bounded_vec::BoundedVec", [{ name: "T", type: u8 }, { name: "S" }], bytes);
  return scaleType(
    def,
    1,
    (out, v) => bytes.write(out, check(v)),
    (input) => check(bytes.read(input)),
  );
}

/** BTreeSet<T>, as an array. The order is the caller's: the runtime keeps it ascending. */
export function btreeSet<T>(of: ScaleType<T>): ScaleType<T[]> {
  const inner = vec(of);
  return scaleType(wrapped("BTreeSet", [{ name: "T", type: of }], inner), 1, inner.write, inner.read);
}

/** BTreeMap<K, V>, as an array of pairs in ascending key order. */
export function btreeMap<K, V>(key: ScaleType<K>, value: ScaleType<V>): ScaleType<[K, V][]> {
  const inner = vec(tuple(key, value));
  const def = wrapped(
    "BTreeMap",
    [
      { name: "K", type: key },
      { name: "V", type: value },
    ],
    inner,
  );
  return scaleType(def, 1, inner.write, inner.read);
}

/** [T; length]. */
export function array<T>(of: ScaleType<T>, length: number): ScaleType<T[]> {
  const write = (out: Writer, values: readonly T[]): void => {
    if (values.length !== length) throw new ScaleError(`${values.length} elements, not ${length}`);
    for (const value of values) of.write(out, value);
  };
  return scaleType<T[]>({ kind: "array", of, length }, of.minBytes * length, write, (input) =>
    Array.from({ length }, () => of.read(input)),
  );
}
