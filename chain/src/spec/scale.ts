/**
 * SCALE types with their description. Each type encodes, decodes and knows its metadata form, so calls, storage, events and the metadata that
 * describes them come from one table. `ValueOf<typeof t>` is the TypeScript value.
 *
 * Values: bool; u8, u16, u32, i16, i32: number; u64 and wider: bigint; bytes: Uint8Array; option: value or undefined; tuple and vec: arrays;
 * struct: object; variant: `{ type, value }`; accountId and h256: `0x` lower-case hex.
 */
import { hexToBytes } from "@subnetkit/shared/util/bytes";
import { Reader, ScaleError, Writer } from "./cursor.ts";

/** Names of the primitive types, as metadata spells them in lower case. */
export type Primitive = "bool" | "str" | "u8" | "u16" | "u32" | "u64" | "u128" | "i8" | "i16" | "i32" | "i64" | "i128";

/** A field of a composite or of a variant. Tuple fields have no name. */
export interface FieldDef {
  readonly name?: string;
  readonly type: AnyScale;
}

/** A generic parameter as metadata lists it. */
export interface ParamDef {
  readonly name: string;
  readonly type?: AnyScale;
}

/** One alternative of an enum. */
export interface VariantDef {
  readonly name: string;
  readonly index: number;
  readonly fields: readonly FieldDef[];
}

/** What metadata says about a type. Named types carry their Rust path: clients recognise AccountId32, Era, MultiAddress and others by it. */
export type TypeDef =
  | { readonly kind: "primitive"; readonly primitive: Primitive }
  | { readonly kind: "compact"; readonly of: AnyScale }
  | { readonly kind: "sequence"; readonly of: AnyScale }
  | { readonly kind: "array"; readonly of: AnyScale; readonly length: number }
  | { readonly kind: "tuple"; readonly of: readonly AnyScale[] }
  | {
      readonly kind: "composite";
      readonly path: string;
      readonly params: readonly ParamDef[];
      readonly fields: readonly FieldDef[];
    }
  | {
      readonly kind: "variant";
      readonly path: string;
      readonly params: readonly ParamDef[];
      readonly variants: readonly VariantDef[];
    };

/** A SCALE type of value `T`. */
export interface ScaleType<T> {
  /** Its metadata form. */
  readonly def: TypeDef;
  /** Least number of bytes an encoded value takes: bounds a sequence before it is allocated. */
  readonly minBytes: number;
  /** Encodes a value. Throws {@link ScaleError} when it does not fit. */
  enc(value: T): Uint8Array;
  /** Decodes exactly these bytes. Throws {@link ScaleError} when they are too few, too many or wrong. */
  dec(bytes: Uint8Array): T;
  write(out: Writer, value: T): void;
  read(input: Reader): T;
}

/** Any SCALE type, for tables that hold many. */
export type AnyScale = ScaleType<unknown>;
/** The TypeScript value of a SCALE type. */
export type ValueOf<S> = S extends ScaleType<infer T> ? T : never;
/** Named fields and their types. */
export type Fields = Readonly<Record<string, AnyScale>>;
/** The object a set of named fields describes. */
export type FieldValues<F extends Fields> = { -readonly [K in keyof F]: ValueOf<F[K]> };

/** A writer nobody uses: values are encoded by the thousand, and most are a few bytes. */
let idleWriter: Writer | undefined;

/** Builds a type from its parts. Everything else in this file comes through here. */
export function scaleType<T>(
  def: TypeDef | (() => TypeDef),
  minBytes: number,
  write: (out: Writer, value: T) => void,
  read: (input: Reader) => T,
): ScaleType<T> {
  return {
    get def() {
      return typeof def === "function" ? def() : def;
    },
    minBytes,
    write,
    read,
    enc(value) {
      const out = idleWriter ?? new Writer();
      idleWriter = undefined;
      try {
        write(out, value);
        return out.finish();
      } finally {
        out.clear();
        idleWriter = out;
      }
    },
    dec(bytes) {
      const input = new Reader(bytes);
      const value = read(input);
      if (input.remaining > 0) throw new ScaleError(`${input.remaining} bytes left over`);
      return value;
    },
  };
}

const primitive = <T>(
  name: Primitive,
  size: number,
  write: (out: Writer, value: T) => void,
  read: (input: Reader) => T,
): ScaleType<T> => scaleType({ kind: "primitive", primitive: name }, size, write, read);

export const bool = primitive<boolean>(
  "bool",
  1,
  (out, v) => out.u8(v ? 1 : 0),
  (input) => {
    const byte = input.u8();
    if (byte > 1) throw new ScaleError(`a bool of ${byte}`);
    return byte === 1;
  },
);
export const u8 = primitive<number>(
  "u8",
  1,
  (out, v) => out.u8(v),
  (input) => input.u8(),
);
export const u16 = primitive<number>(
  "u16",
  2,
  (out, v) => out.u16(v),
  (input) => input.u16(),
);
export const u32 = primitive<number>(
  "u32",
  4,
  (out, v) => out.u32(v),
  (input) => input.u32(),
);
export const u64 = primitive<bigint>(
  "u64",
  8,
  (out, v) => out.u64(v),
  (input) => input.u64(),
);
export const u128 = primitive<bigint>(
  "u128",
  16,
  (out, v) => out.u128(v),
  (input) => input.u128(),
);
export const i16 = primitive<number>(
  "i16",
  2,
  (out, v) => out.i16(v),
  (input) => input.i16(),
);
export const i32 = primitive<number>(
  "i32",
  4,
  (out, v) => out.i32(v),
  (input) => input.i32(),
);
export const i64 = primitive<bigint>(
  "i64",
  8,
  (out, v) => out.i64(v),
  (input) => input.i64(),
);
export const i128 = primitive<bigint>(
  "i128",
  16,
  (out, v) => out.i128(v),
  (input) => input.i128(),
);

const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { fatal: true });

/** UTF-8 text (`String` in Rust). */
export const text = primitive<string>(
  "str",
  1,
  (out, v) => writeBytes(out, encoder.encode(v)),
  (input) => {
    try {
      return decoder.decode(input.take(input.length(1)));
    } catch (cause) {
      throw cause instanceof ScaleError ? cause : new ScaleError("not UTF-8");
    }
  },
);

/** Vec<u8>. */
export const bytes: ScaleType<Uint8Array> = scaleType({ kind: "sequence", of: u8 }, 1, writeBytes, (input) =>
  input.take(input.length(1)),
);

function writeBytes(out: Writer, value: Uint8Array): void {
  out.compact(value.length);
  out.put(value);
}

/** [u8; length]. */
export function fixedBytes(length: number): ScaleType<Uint8Array> {
  const write = (out: Writer, value: Uint8Array): void => {
    if (value.length !== length) throw new ScaleError(`${value.length} bytes, not ${length}`);
    out.put(value);
  };
  return scaleType({ kind: "array", of: u8, length }, length, write, (input) => input.take(length));
}

/** Compact form of an unsigned integer: number for u8, u16 and u32, bigint for u64 and u128. */
export function compact<T extends number | bigint>(of: ScaleType<T>): ScaleType<T> {
  if (of.def.kind !== "primitive" || !of.def.primitive.startsWith("u"))
    throw new ScaleError("compact takes an unsigned integer type");
  const max = (1n << BigInt(of.minBytes * 8)) - 1n;
  const big = of.minBytes > 4;
  const check = (value: number | bigint): void => {
    if (value < 0 || value > max) throw new ScaleError(`${value} is out of range`);
  };
  const read = (input: Reader): T => {
    const value = input.compactBig();
    check(value);
    return (big ? value : Number(value)) as T;
  };
  const write = (out: Writer, value: T): void => {
    check(value);
    out.compact(value);
  };
  return scaleType<T>({ kind: "compact", of }, 1, write, read);
}

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

const wrapped = (path: string, params: readonly ParamDef[], inner: AnyScale): TypeDef => ({
  kind: "composite",
  path,
  params,
  fields: [{ type: inner }],
});

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

/** Option<T>: undefined is None. */
export function option<T>(of: ScaleType<T>): ScaleType<T | undefined> {
  const variants = [
    { name: "None", index: 0, fields: [] },
    { name: "Some", index: 1, fields: [{ type: of }] },
  ];
  const write = (out: Writer, value: T | undefined): void => {
    out.u8(value === undefined ? 0 : 1);
    if (value !== undefined) of.write(out, value);
  };
  const read = (input: Reader): T | undefined => {
    const tag = input.u8();
    if (tag > 1) throw new ScaleError(`an option tag of ${tag}`);
    return tag === 0 ? undefined : of.read(input);
  };
  return scaleType({ kind: "variant", path: "Option", params: [{ name: "T", type: of }], variants }, 1, write, read);
}

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

/** Alternatives of an enum: a type, undefined for no data, or `{ index, type }` where the index is not the position. */
export type Alternatives = Readonly<
  Record<string, AnyScale | undefined | { readonly index: number; readonly type?: AnyScale }>
>;
type AlternativeType<A> =
  A extends ScaleType<infer T> ? T : A extends { readonly type: ScaleType<infer T> } ? T : undefined;
type UnitNames<A extends Alternatives> = {
  [K in keyof A & string]: AlternativeType<A[K]> extends undefined ? K : never;
}[keyof A & string];
type DataNames<A extends Alternatives> = Exclude<keyof A & string, UnitNames<A>>;
type UnitValue<N extends string> = [N] extends [never] ? never : { readonly type: N; readonly value?: undefined };
/** The value of an enum: `{ type: name }`, with `value` where the alternative has data. */
export type VariantValue<A extends Alternatives> =
  | UnitValue<UnitNames<A>>
  | { [K in DataNames<A>]: { readonly type: K; readonly value: AlternativeType<A[K]> } }[DataNames<A>];

/** An enum. A struct alternative (`anonymous(fields)`) has named fields in metadata, a tuple alternative unnamed ones. */
export function variant<A extends Alternatives>(
  path: string,
  alternatives: A,
  params: readonly ParamDef[] = [],
): ScaleType<VariantValue<A>> {
  const cases = Object.entries(alternatives).map(([name, given], position) => {
    const explicit = given !== undefined && !isScaleType(given);
    return { name, index: explicit ? given.index : position, type: explicit ? given.type : given };
  });
  const byName = new Map(cases.map((one) => [one.name, one]));
  const byIndex = new Map(cases.map((one) => [one.index, one]));
  const write = (out: Writer, value: { type: string; value?: unknown }): void => {
    const one = byName.get(value.type);
    if (one === undefined) throw new ScaleError(`no alternative ${value.type} in ${path}`);
    out.u8(one.index);
    one.type?.write(out, value.value);
  };
  const read = (input: Reader): { type: string; value?: unknown } => {
    const index = input.u8();
    const one = byIndex.get(index);
    if (one === undefined) throw new ScaleError(`no alternative ${index} in ${path}`);
    return one.type === undefined ? { type: one.name } : { type: one.name, value: one.type.read(input) };
  };
  const describe = (): TypeDef => {
    const variants = cases.map(({ name, index, type }) => ({
      name,
      index,
      fields: type === undefined ? [] : alternativeFields(type),
    }));
    return { kind: "variant", path, params, variants };
  };
  return scaleType<VariantValue<A>>(describe, 1, write, read as (input: Reader) => VariantValue<A>);
}

const isScaleType = (value: object): value is AnyScale => "minBytes" in value;

/** Named fields of an enum alternative: a struct without a name of its own. */
export const anonymous = <F extends Fields>(fields: F): ScaleType<FieldValues<F>> => struct("", fields);

function alternativeFields(type: AnyScale): readonly FieldDef[] {
  const def = type.def;
  if (def.kind === "composite" && def.path === "") return def.fields;
  return [{ type }];
}

/** Result<T, E>. */
export function result<T, E>(
  ok: ScaleType<T>,
  err: ScaleType<E>,
): ScaleType<{ readonly type: "Ok"; readonly value: T } | { readonly type: "Err"; readonly value: E }> {
  const params = [
    { name: "T", type: ok },
    { name: "E", type: err },
  ];
  return variant("Result", { Ok: ok, Err: err }, params) as ScaleType<
    { readonly type: "Ok"; readonly value: T } | { readonly type: "Err"; readonly value: E }
  >;
}

/** A type that is only known later, for recursion. `build` runs at the first use. */
export function lazy<T>(build: () => ScaleType<T>, minBytes: number): ScaleType<T> {
  let built: ScaleType<T> | undefined;
  const get = (): ScaleType<T> => {
    built ??= build();
    return built;
  };
  return scaleType<T>(
    () => get().def,
    minBytes,
    (out, v) => get().write(out, v),
    (input) => get().read(input),
  );
}

function hash32(path: string): ScaleType<string> {
  const inner = fixedBytes(32);
  return scaleType<string>(
    wrapped(path, [], inner),
    32,
    (out, v) => {
      if (v.length === 66 && v.startsWith("0x")) out.putHex(v.slice(2));
      else inner.write(out, hexToBytes(v));
    },
    (input) => `0x${input.hex(32)}`,
  );
}

/** AccountId32 as `0x` lower-case hex. */
export const accountId: ScaleType<string> = hash32("sp_core::crypto::AccountId32");
/** H256 as `0x` lower-case hex. */
export const h256: ScaleType<string> = hash32("primitive_types::H256");

/** MultiAddress<AccountId32, ()>. Only `Id` resolves to an account (spec/subtensor-interface.md 1.1). */
export const multiAddress = variant(
  "sp_runtime::multiaddress::MultiAddress",
  { Id: accountId, Index: compactUnit(), Raw: bytes, Address32: fixedBytes(32), Address20: fixedBytes(20) },
  [
    { name: "AccountId", type: accountId },
    { name: "AccountIndex", type: unit },
  ],
);
/** Value of a {@link multiAddress}. */
export type MultiAddress = ValueOf<typeof multiAddress>;

function compactUnit(): ScaleType<undefined> {
  return scaleType<undefined>(
    { kind: "compact", of: unit },
    0,
    () => {},
    () => undefined,
  );
}

function sumMin(types: readonly AnyScale[]): number {
  return types.reduce((sum, type) => sum + type.minBytes, 0);
}
