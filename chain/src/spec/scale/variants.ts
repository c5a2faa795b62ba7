/** One value of several: options, enums, results. */
import { type Reader, ScaleError, type Writer } from "../cursor.ts";
import { type AnyScale, type FieldDef, type ParamDef, type ScaleType, type TypeDef, scaleType } from "./scale-type.ts";

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
