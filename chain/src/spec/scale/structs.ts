/** Values of several types in a row: tuples and structs. */
import { type Reader, ScaleError, type Writer } from "../cursor.ts";
import {
  type AnyScale,
  type FieldValues,
  type Fields,
  type ParamDef,
  type ScaleType,
  type TypeDef,
  type ValueOf,
  scaleType,
  wrapped,
} from "./scale-type.ts";

/** A tuple; the values are an array of the same length. */
export function tuple<T extends readonly AnyScale[]>(...of: T): ScaleType<{ -readonly [K in keyof T]: ValueOf<T[K]> }> {
  type Values = { -readonly [K in keyof T]: ValueOf<T[K]> };
  const write = (out: Writer, values: Values): void => {
    of.forEach((type, i) => {
      type.write(out, (values as readonly unknown[])[i]);
    });
  };
  return scaleType<Values>(
    { kind: "tuple", of },
    sumMin(of),
    write,
    (input) => of.map((type) => type.read(input)) as Values,
  );
}

/** The empty tuple. */
export const unit: ScaleType<undefined> = scaleType(
  { kind: "tuple", of: [] },
  0,
  () => {},
  () => undefined,
);

/** A struct with named fields, in SCALE order. `path` is the Rust path metadata shows. */
export function struct<F extends Fields>(
  path: string,
  fields: F,
  params: readonly ParamDef[] = [],
): ScaleType<FieldValues<F>> {
  const entries = Object.entries(fields);
  const def: TypeDef = { kind: "composite", path, params, fields: entries.map(([name, type]) => ({ name, type })) };
  return scaleType<FieldValues<F>>(
    def,
    sumMin(Object.values(fields)),
    (out, value) => writeFields(out, entries, value),
    (input) => readFields(input, entries) as FieldValues<F>,
  );
}

/** Encodes the entries of an object, in table order. */
export function writeFields(
  out: Writer,
  entries: readonly (readonly [string, AnyScale])[],
  value: Readonly<Record<string, unknown>>,
): void {
  for (const [name, type] of entries) {
    try {
      type.write(out, value[name]);
    } catch (cause) {
      throw new ScaleError(`${name}: ${cause instanceof Error ? cause.message : String(cause)}`);
    }
  }
}

/** Decodes the entries of an object, in table order. */
export function readFields(input: Reader, entries: readonly (readonly [string, AnyScale])[]): Record<string, unknown> {
  const value: Record<string, unknown> = {};
  for (const [name, type] of entries) value[name] = type.read(input);
  return value;
}

/** A struct of one unnamed field; its value is the field's. */
export function newtype<T>(path: string, of: ScaleType<T>, params: readonly ParamDef[] = []): ScaleType<T> {
  return scaleType<T>(
    wrapped(path, params, of),
    of.minBytes,
    (out, v) => of.write(out, v),
    (input) => of.read(input),
  );
}

/** A substrate-fixed number: a struct with the one field `bits`. `name` is FixedI64, FixedU128, ... and `fraction` its fractional bits. */
export function fixedPoint<T>(name: string, bits: ScaleType<T>, fraction: string): ScaleType<{ bits: T }> {
  return struct(`substrate_fixed::${name}`, { bits }, [
    { name: "Frac", type: struct(`fixed_point_fraction::${fraction}`, {}) },
  ]) as ScaleType<{ bits: T }>;
}

/** Named fields of an enum alternative: a struct without a name of its own. */
export const anonymous = <F extends Fields>(fields: F): ScaleType<FieldValues<F>> => struct("", fields);

/** Least bytes of values in a row. */
function sumMin(types: readonly AnyScale[]): number {
  return types.reduce((sum, type) => sum + type.minBytes, 0);
}
