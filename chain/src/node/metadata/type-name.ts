/**
 * Names of field types as metadata carries them beside their numbers. Python's SCALE codec passes the name of every call argument through its own
 * parser and fails on an absent one, so no field goes without. They are names of the type, not of the Rust alias the real runtime was written with.
 */
import { assertNever } from "@subnetkit/shared/util/assertNever";
import type { RegisteredType } from "./registry.ts";

/** Name of a registered type: `u16`, `Compact<u64>`, `Vec<AccountId32>`, `Option<RateLimitKey>`. */
export function typeName(types: readonly RegisteredType[], id: number): string {
  const type = types[id];
  if (type === undefined) throw new RangeError(`no type ${id}`);
  const name = (of: number): string => typeName(types, of);
  const { def, path, params } = type;
  switch (def.type) {
    case "Primitive":
      return def.value;
    case "Compact":
      return `Compact<${name(def.value)}>`;
    case "Sequence":
      return `Vec<${name(def.value)}>`;
    case "Array":
      return `[${name(def.value.type)}; ${def.value.length}]`;
    case "Tuple":
      return `(${def.value.map(name).join(", ")})`;
    case "Composite":
    case "Variant": {
      const own = path.at(-1) ?? "Fields";
      const inner = params.flatMap((param) => (param.type === undefined ? [] : [name(param.type)]));
      return own === "Option" || own === "Result" ? `${own}<${inner.join(", ")}>` : own;
    }
    default:
      return assertNever(def);
  }
}
