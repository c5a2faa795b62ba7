import type { AnyScale, TypeDef } from "@subnetkit/chain/spec/scale/scale-type";
import { assertNever } from "@subnetkit/shared/util/assertNever";

/** Names of an enum's cases that are spelt out; more are cut. */
const MAX_CASES = 12;
/** Structures inside structures that are described. */
const MAX_DEPTH = 3;

/** True for u8: a list of them is bytes. */
export const isByte = ({ def }: AnyScale): boolean => def.kind === "primitive" && def.primitive === "u8";
/** True for an account. */
export const isAccount = (def: TypeDef): boolean => def.kind === "composite" && def.path.endsWith("::AccountId32");
/** True for an address that names an account. */
export const isMultiAddress = (def: TypeDef): boolean => def.kind === "variant" && def.path.endsWith("::MultiAddress");
/** True for a call inside a call. */
export const isCall = (def: TypeDef): boolean => def.kind === "variant" && def.path.endsWith("::RuntimeCall");

/** What a value of a type is, in the words of a person: `u16`, `account`, `list of u16`, `{bits: u64}`. */
export function expected({ def }: AnyScale, depth = 0): string {
  switch (def.kind) {
    case "primitive":
      return def.primitive === "str" ? "text" : def.primitive;
    case "compact":
      return expected(def.of, depth);
    case "sequence":
      return isByte(def.of) ? "bytes" : `list of ${expected(def.of, depth + 1)}`;
    case "array":
      return isByte(def.of) ? `${def.length} bytes` : `list of ${def.length} ${expected(def.of, depth + 1)}`;
    case "tuple":
      return `[${def.of.map((one) => expected(one, depth + 1)).join(", ")}]`;
    case "composite":
      return composite(def, depth);
    case "variant":
      return enumText(def, depth);
    default:
      return assertNever(def);
  }
}

function composite(def: TypeDef & { kind: "composite" }, depth: number): string {
  if (isAccount(def)) return "account";
  const [only] = def.fields;
  if (def.fields.length === 1 && only !== undefined && only.name === undefined) return expected(only.type, depth);
  if (depth >= MAX_DEPTH) return "{...}";
  const fields = def.fields.map(({ name, type }) =>
    name === undefined ? expected(type, depth + 1) : `${name}: ${expected(type, depth + 1)}`,
  );
  return def.fields.some(({ name }) => name !== undefined) ? `{${fields.join(", ")}}` : `[${fields.join(", ")}]`;
}

function enumText(def: TypeDef & { kind: "variant" }, depth: number): string {
  if (isMultiAddress(def)) return "account";
  if (isCall(def)) return "call";
  const some = def.variants[1]?.fields[0];
  if (def.path === "Option" && some !== undefined) return `${expected(some.type, depth)} or none`;
  const names = def.variants.map(({ name }) => name);
  return names.length > MAX_CASES
    ? `one of ${names.slice(0, MAX_CASES).join(", ")}, ...`
    : `one of ${names.join(", ")}`;
}
