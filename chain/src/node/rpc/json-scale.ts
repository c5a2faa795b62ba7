/**
 * SCALE bytes from JSON, as polkadot.js and chopsticks spell values: numbers or decimal text, hex or text for bytes, SS58 or hex for accounts, objects
 * for structs, `"Name"` or `{Name: value}` for enums, null for None. A field left out is zero; an unknown one, or a value of another shape, is refused.
 */
import { isAppError } from "@subnetkit/shared/errors/app-error";
import { decodeAddress } from "@subnetkit/shared/crypto/ss58";
import { assertNever } from "@subnetkit/shared/util/assertNever";
import { hexToBytes, utf8 } from "@subnetkit/shared/util/bytes";
import { Writer } from "../../spec/cursor.ts";
import type { AnyScale, FieldDef, Primitive, TypeDef } from "../../spec/scale/scale-type.ts";
import { invalidParams } from "./rpc-error.ts";

/** Structures inside structures a value may have. */
const MAX_DEPTH = 32;
const HEX = /^0x([0-9a-fA-F]{2})*$/;

/** Encodes a JSON value. `where` names it in the −32602 that a wrong shape is answered with. */
export function scaleFromJson(type: AnyScale, value: unknown, where: string): Uint8Array {
  const out = new Writer();
  write(out, type, value, where, 0);
  return out.finish();
}

type Named = Extract<TypeDef, { kind: "composite" | "variant" }>;

function write(out: Writer, { def }: AnyScale, value: unknown, where: string, depth: number): void {
  if (depth > MAX_DEPTH) throw invalidParams(`${where} is too deep`);
  switch (def.kind) {
    case "primitive":
      writePrimitive(out, def.primitive, value, where);
      return;
    case "compact":
      out.compact(integer(value, 0n, (1n << 128n) - 1n, where));
      return;
    case "sequence":
      writeSequence(out, def.of, value, where, depth);
      return;
    case "array":
      writeArray(out, def, value, where, depth);
      return;
    case "tuple":
      writeFields(
        out,
        def.of.map((type) => ({ type })),
        value,
        where,
        depth,
      );
      return;
    case "composite":
      writeComposite(out, def, value, where, depth);
      return;
    case "variant":
      writeVariant(out, def, value, where, depth);
      return;
    default:
      assertNever(def);
  }
}

function writePrimitive(out: Writer, primitive: Primitive, value: unknown, where: string): void {
  if (primitive === "bool") {
    if (value !== undefined && typeof value !== "boolean") throw invalidParams(`${where} must be true or false`);
    out.u8(value === true ? 1 : 0);
    return;
  }
  if (primitive === "str") {
    if (value !== undefined && typeof value !== "string") throw invalidParams(`${where} must be text`);
    writeBytes(out, utf8(value ?? ""));
    return;
  }
  const bits = Number(primitive.slice(1));
  const signed = primitive.startsWith("i");
  const limit = 1n << BigInt(signed ? bits - 1 : bits);
  const number = integer(value, signed ? -limit : 0n, limit - 1n, where);
  const plain = BigInt.asUintN(bits, number);
  for (let at = 0; at < bits; at += 8) out.u8(Number((plain >> BigInt(at)) & 0xffn));
}

function integer(value: unknown, min: bigint, max: bigint, where: string): bigint {
  const text = typeof value === "number" && Number.isSafeInteger(value) ? String(value) : (value ?? "0");
  if (typeof text !== "string" || !/^(-?\d{1,40}|0x[0-9a-fA-F]{1,64})$/.test(text))
    throw invalidParams(`${where} must be a whole number`);
  const number = BigInt(text);
  if (number < min || number > max) throw invalidParams(`${where} must be from ${min} to ${max}`);
  return number;
}

function writeBytes(out: Writer, bytes: Uint8Array): void {
  out.compact(bytes.length);
  out.put(bytes);
}

function writeSequence(out: Writer, of: AnyScale, value: unknown, where: string, depth: number): void {
  if (isByte(of) && typeof value === "string") {
    writeBytes(out, HEX.test(value) ? hexToBytes(value) : utf8(value));
    return;
  }
  const list = value ?? [];
  if (!Array.isArray(list)) throw invalidParams(`${where} must be a list`);
  out.compact(list.length);
  for (const [at, one] of list.entries()) write(out, of, one, `${where}[${at}]`, depth + 1);
}

function writeArray(
  out: Writer,
  def: Extract<TypeDef, { kind: "array" }>,
  value: unknown,
  where: string,
  depth: number,
): void {
  if (isByte(def.of) && typeof value === "string") {
    if (!HEX.test(value) || value.length !== 2 + def.length * 2)
      throw invalidParams(`${where} must be ${def.length} bytes of hex`);
    out.put(hexToBytes(value));
    return;
  }
  if (value !== undefined && (!Array.isArray(value) || value.length !== def.length))
    throw invalidParams(`${where} must be a list of ${def.length}`);
  for (let at = 0; at < def.length; at++)
    write(out, def.of, (value as unknown[] | undefined)?.[at], `${where}[${at}]`, depth + 1);
}

const isByte = ({ def }: AnyScale): boolean => def.kind === "primitive" && def.primitive === "u8";

function writeComposite(
  out: Writer,
  def: Named & { kind: "composite" },
  value: unknown,
  where: string,
  depth: number,
): void {
  if (def.path.endsWith("::AccountId32") && value !== undefined) out.put(account(value, where));
  else writeFields(out, def.fields, value, where, depth);
}

function account(value: unknown, where: string): Uint8Array {
  if (typeof value === "string" && HEX.test(value) && value.length === 66) return hexToBytes(value);
  try {
    if (typeof value === "string") return decodeAddress(value);
  } catch (cause) {
    if (!isAppError(cause)) throw cause;
  }
  throw invalidParams(`${where} must be an account`);
}

function writeFields(out: Writer, fields: readonly FieldDef[], value: unknown, where: string, depth: number): void {
  const [only] = fields;
  if (fields.length === 1 && only !== undefined && only.name === undefined) {
    write(out, only.type, value, where, depth + 1);
    return;
  }
  if (fields.every((field) => field.name === undefined)) {
    if (value !== undefined && (!Array.isArray(value) || value.length !== fields.length))
      throw invalidParams(`${where} must be a list of ${fields.length}`);
    for (const [at, field] of fields.entries())
      write(out, field.type, (value as unknown[] | undefined)?.[at], `${where}[${at}]`, depth + 1);
    return;
  }
  if (value !== undefined && (typeof value !== "object" || value === null || Array.isArray(value)))
    throw invalidParams(`${where} must be an object`);
  const given = new Map(Object.entries(value ?? {}).map(([name, field]) => [snake(name), field as unknown]));
  for (const { name, type } of fields) {
    write(out, type, given.get(name ?? ""), `${where}.${name ?? ""}`, depth + 1);
    given.delete(name ?? "");
  }
  for (const name of given.keys()) throw invalidParams(`${where} has no field ${name}`);
}

const snake = (name: string): string => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

function writeVariant(
  out: Writer,
  def: Named & { kind: "variant" },
  value: unknown,
  where: string,
  depth: number,
): void {
  const [first, some] = def.variants;
  if (def.path === "Option" && some !== undefined) {
    out.u8(value === null || value === undefined ? 0 : 1);
    if (value !== null && value !== undefined) writeFields(out, some.fields, value, where, depth + 1);
    return;
  }
  const [name, inner] = typeof value === "string" ? [value, undefined] : soleEntry(value, where, first?.name);
  const variant = def.variants.find((one) => one.name === name);
  if (variant === undefined)
    throw invalidParams(`${where} must be one of ${def.variants.map((one) => one.name).join(", ")}`);
  out.u8(variant.index);
  writeFields(out, variant.fields, inner ?? undefined, where, depth + 1);
}

function soleEntry(value: unknown, where: string, missing: string | undefined): [string | undefined, unknown] {
  if (value === undefined) return [missing, undefined];
  const [entry, ...more] =
    typeof value === "object" && value !== null && !Array.isArray(value) ? Object.entries(value) : [];
  if (entry === undefined || more.length > 0) throw invalidParams(`${where} must be a name or {name: value}`);
  return entry;
}
