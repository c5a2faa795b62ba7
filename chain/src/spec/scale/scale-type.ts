/**
 * What a SCALE type is: it encodes, decodes and knows its metadata form, so calls, storage, events and the metadata that describes them come from one
 * table. `ValueOf<typeof t>` is the TypeScript value.
 *
 * Values: bool; u8, u16, u32, i16, i32: number; u64 and wider: bigint; bytes: Uint8Array; option: value or undefined; tuple and vec: arrays;
 * struct: object; variant: `{ type, value }`; accountId and h256: `0x` lower-case hex.
 */
import { Reader, ScaleError, Writer } from "../cursor.ts";

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

/** Builds a type from its parts. Every other type comes through here. */
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

/** A type that metadata names itself. */
export const primitive = <T>(
  name: Primitive,
  size: number,
  write: (out: Writer, value: T) => void,
  read: (input: Reader) => T,
): ScaleType<T> => scaleType({ kind: "primitive", primitive: name }, size, write, read);

/** Metadata of a named type around one unnamed field. */
export const wrapped = (path: string, params: readonly ParamDef[], inner: AnyScale): TypeDef => ({
  kind: "composite",
  path,
  params,
  fields: [{ type: inner }],
});

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
