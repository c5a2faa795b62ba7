/** The type registry of metadata: every SCALE type once, numbered in the order it is first met. Named types are told apart by path and parameters. */
import { assertNever } from "@subnetkit/shared/util/assertNever";
import type { AnyScale, FieldDef, ParamDef, TypeDef } from "../../spec/scale/scale-type.ts";

/** A field with its type's number. */
export interface RegisteredField {
  readonly name: string | undefined;
  readonly type: number;
}

/** A type as metadata lists it, with numbers for the types inside. */
export interface RegisteredType {
  readonly path: readonly string[];
  readonly params: readonly RegisteredField[] | readonly { readonly name: string; readonly type: number | undefined }[];
  readonly def: RegisteredDef;
}

/** The shape of a registered type. */
export type RegisteredDef =
  | { readonly type: "Composite"; readonly value: readonly RegisteredField[] }
  | {
      readonly type: "Variant";
      readonly value: readonly {
        readonly name: string;
        readonly index: number;
        readonly fields: readonly RegisteredField[];
      }[];
    }
  | { readonly type: "Sequence"; readonly value: number }
  | { readonly type: "Array"; readonly value: { readonly length: number; readonly type: number } }
  | { readonly type: "Tuple"; readonly value: readonly number[] }
  | { readonly type: "Primitive"; readonly value: string }
  | { readonly type: "Compact"; readonly value: number };

/** Numbers types and remembers them. */
export class TypeRegistry {
  private readonly byKey = new Map<string, number>();
  private readonly list: (RegisteredType | undefined)[] = [];

  /** All types met so far; a type's number is its position. */
  get types(): readonly RegisteredType[] {
    return this.list as readonly RegisteredType[];
  }

  /** Number of a type, after registering it and all it holds. */
  id(type: AnyScale): number {
    const def = type.def;
    return def.kind === "composite" || def.kind === "variant" ? this.named(def) : this.plain(def);
  }

  private plain(def: Exclude<TypeDef, { kind: "composite" | "variant" }>): number {
    switch (def.kind) {
      case "primitive":
        return this.keyed(`primitive ${def.primitive}`, () => ({ type: "Primitive", value: def.primitive }));
      case "compact":
        return this.holding("compact", [def.of], ([value]) => ({ type: "Compact", value: value as number }));
      case "sequence":
        return this.holding("sequence", [def.of], ([value]) => ({ type: "Sequence", value: value as number }));
      case "array":
        return this.holding(`array ${def.length}`, [def.of], ([type]) => ({
          type: "Array",
          value: { length: def.length, type: type as number },
        }));
      case "tuple":
        return this.holding("tuple", def.of, (value) => ({ type: "Tuple", value }));
      default:
        return assertNever(def);
    }
  }

  private holding(what: string, of: readonly AnyScale[], make: (ids: number[]) => RegisteredDef): number {
    const ids = of.map((type) => this.id(type));
    return this.keyed(`${what} ${ids.join(",")}`, () => make(ids));
  }

  private named(def: Extract<TypeDef, { kind: "composite" | "variant" }>): number {
    const params = def.params.map((param: ParamDef) => ({
      name: param.name,
      type: param.type === undefined ? undefined : this.id(param.type),
    }));
    const key = `${def.path}<${params.map((param) => param.type ?? "").join(",")}>${def.path === "" ? this.shape(def) : ""}`;
    const known = this.byKey.get(key);
    if (known !== undefined) return known;
    const id = this.reserve(key);
    const inner: RegisteredDef =
      def.kind === "composite"
        ? { type: "Composite", value: this.fields(def.fields) }
        : {
            type: "Variant",
            value: def.variants.map(({ name, index, fields }) => ({ name, index, fields: this.fields(fields) })),
          };
    this.list[id] = { path: def.path === "" ? [] : def.path.split("::"), params, def: inner };
    return id;
  }

  /** What tells one nameless composite from another. */
  private shape(def: Extract<TypeDef, { kind: "composite" | "variant" }>): string {
    const fields = def.kind === "composite" ? def.fields : def.variants.flatMap((one) => one.fields);
    return fields.map((field) => `${field.name ?? ""}:${this.id(field.type)}`).join(",");
  }

  private fields(fields: readonly FieldDef[]): RegisteredField[] {
    return fields.map((field) => ({ name: field.name, type: this.id(field.type) }));
  }

  private keyed(key: string, make: () => RegisteredDef): number {
    const known = this.byKey.get(key);
    if (known !== undefined) return known;
    const id = this.reserve(key);
    this.list[id] = { path: [], params: [], def: make() };
    return id;
  }

  private reserve(key: string): number {
    const id = this.list.length;
    this.list.push(undefined);
    this.byKey.set(key, id);
    return id;
  }
}
