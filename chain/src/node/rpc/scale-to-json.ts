/**
 * JSON from SCALE bytes, the counterpart of json-scale.ts: what one writes the other reads. Integers of 64 bits and more are decimal text, bytes are
 * hex, accounts are SS58, an enum is its name or `{Name: value}`, None is null.
 */
import { encodeAddress } from "@subnetkit/shared/crypto/ss58";
import { assertNever } from "@subnetkit/shared/util/assertNever";
import { bytesToHex } from "@subnetkit/shared/util/bytes";
import { Reader, ScaleError } from "../../spec/cursor.ts";
import type { AnyScale, FieldDef, Primitive, TypeDef, VariantDef } from "../../spec/scale/scale-type.ts";

/** Decodes a value by its description. Throws ScaleError on bytes that are no such value. */
export function scaleToJson(type: Pick<AnyScale, "def">, bytes: Uint8Array): unknown {
  const input = new Reader(bytes);
  const value = read(input, type.def);
  if (input.remaining > 0) throw new ScaleError(`${input.remaining} bytes left over`);
  return value;
}

function read(input: Reader, def: TypeDef): unknown {
  switch (def.kind) {
    case "primitive":
      return readPrimitive(input, def.primitive);
    case "compact":
      return readCompact(input, def.of.def);
    case "sequence":
      return isByte(def.of)
        ? bytesToHex(input.take(input.length(1)))
        : Array.from({ length: input.length(def.of.minBytes) }, () => read(input, def.of.def));
    case "array":
      return isByte(def.of)
        ? bytesToHex(input.take(def.length))
        : Array.from({ length: def.length }, () => read(input, def.of.def));
    case "tuple":
      return readFields(
        input,
        def.of.map((type) => ({ type })),
      );
    case "composite":
      return def.path.endsWith("::AccountId32") ? encodeAddress(input.take(32)) : readFields(input, def.fields);
    case "variant":
      return readVariant(input, def);
    default:
      return assertNever(def);
  }
}

const isByte = ({ def }: AnyScale): boolean => def.kind === "primitive" && def.primitive === "u8";

function readPrimitive(input: Reader, primitive: Primitive): unknown {
  switch (primitive) {
    case "bool":
      return input.u8() === 1;
    case "str":
      return new TextDecoder().decode(input.take(input.length(1)));
    case "u8":
    case "u16":
    case "u32":
    case "i16":
    case "i32":
      return input[primitive]();
    case "i8":
      return (input.u8() << 24) >> 24;
    case "u64":
    case "u128":
    case "i64":
    case "i128":
      return String(input[primitive]());
    default:
      return assertNever(primitive);
  }
}

function readCompact(input: Reader, of: TypeDef): unknown {
  const value = input.compactBig();
  const small = of.kind === "primitive" && (of.primitive === "u8" || of.primitive === "u16" || of.primitive === "u32");
  return small ? Number(value) : String(value);
}

/** One unnamed field is the value itself, several are a list, named ones an object. */
function readFields(input: Reader, fields: readonly FieldDef[]): unknown {
  const [only] = fields;
  if (fields.length === 1 && only !== undefined && only.name === undefined) return read(input, only.type.def);
  if (fields.every(({ name }) => name === undefined)) return fields.map(({ type }) => read(input, type.def));
  return Object.fromEntries(fields.map(({ name, type }) => [name ?? "", read(input, type.def)]));
}

function readVariant(input: Reader, def: TypeDef & { kind: "variant" }): unknown {
  const index = input.u8();
  const variant = def.variants.find((one) => one.index === index);
  if (variant === undefined) throw new ScaleError(`${def.path} has no variant ${index}`);
  if (def.path === "Option") return variant.fields.length === 0 ? null : readFields(input, variant.fields);
  return variant.fields.length === 0 ? variant.name : { [variant.name]: payload(input, variant) };
}

function payload(input: Reader, { fields }: VariantDef): unknown {
  return readFields(input, fields);
}
