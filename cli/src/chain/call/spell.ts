import type { AnyScale, FieldDef, TypeDef } from "@subnetkit/chain/spec/scale/scale-type";
import { assertNever } from "@subnetkit/shared/util/assertNever";
import { addressWord } from "../text/address.ts";
import { guess, quoted, usage } from "../usage.ts";
import { expected, isAccount, isByte, isCall, isMultiAddress } from "./expected.ts";
import { jsonText } from "./json-text.ts";
import { nestedCall } from "./parse-call.ts";

const HEX = /^0x([0-9a-fA-F]{2})*$/;
const RAO_PER_TAO = 1_000_000_000n;
/** Structures inside structures a value may have. */
const MAX_DEPTH = 32;

/**
 * A value as people write it, in the JSON that the chain's codecs read: numbers as decimal text, accounts as SS58, enums as `Name` or `{Name: value}`.
 * Text is read by the type: `//Alice` for accounts, `1_000` and `1.5tao` for numbers, `1,2,3` or JSON for lists, JSON for the rest. Throws E_USAGE
 * that says where and what was expected.
 */
export function spell(type: AnyScale, given: unknown, where: string, depth = 0): unknown {
  const { def } = type;
  const wrong = (): Error => usage(`${where} wants ${expected(type)}${rangeText(type)}, not ${shown(given)}`);
  if (depth > MAX_DEPTH) throw usage(`${where} is too deep`);
  switch (def.kind) {
    case "primitive":
      return primitive(def.primitive, given, wrong);
    case "compact":
      return spell(def.of, given, where, depth);
    case "sequence":
      if (isByte(def.of) && typeof given === "string" && !given.startsWith("["))
        return !given.startsWith("0x") || HEX.test(given) ? given : fail(wrong);
      return listOf(given, wrong).map((one, at) => spell(def.of, one, `${where}[${at}]`, depth + 1));
    case "array":
      return fixedList(def, given, where, depth, wrong);
    case "tuple":
      return fields(
        def.of.map((one) => ({ type: one })),
        given,
        where,
        depth,
        wrong,
      );
    case "composite":
      if (isAccount(def)) return typeof given === "string" ? addressWord(where, given) : fail(wrong);
      return fields(def.fields, given, where, depth, wrong);
    case "variant":
      return enumValue(def, given, where, depth, wrong);
    default:
      return assertNever(def);
  }
}

type Wrong = () => Error;

function fail(wrong: Wrong): never {
  throw wrong();
}

/** ` (0 to 65535)` for numbers that people count with. */
function rangeText({ def }: AnyScale): string {
  if (def.kind === "compact") return rangeText(def.of);
  const [, sign, bits] = def.kind === "primitive" ? (/^([iu])(8|16|32)$/.exec(def.primitive) ?? []) : [];
  if (bits === undefined) return "";
  const size = 2 ** Number(bits);
  return sign === "u" ? ` (0 to ${size - 1})` : ` (${-size / 2} to ${size / 2 - 1})`;
}

function shown(given: unknown): string {
  return typeof given === "string" ? quoted(given) : quoted(JSON.stringify(given) ?? "nothing").slice(1, -1);
}

function primitive(name: string, given: unknown, wrong: Wrong): unknown {
  if (name === "str") return typeof given === "string" ? given : fail(wrong);
  if (name === "bool") {
    if (typeof given === "boolean") return given;
    return given === "true" ? true : given === "false" ? false : fail(wrong);
  }
  const bits = BigInt(name.slice(1));
  const signed = name.startsWith("i");
  const value = integer(given, bits >= 64n) ?? fail(wrong);
  const limit = 1n << (signed ? bits - 1n : bits);
  if (value >= limit || value < (signed ? -limit : 0n)) throw wrong();
  return value.toString();
}

function integer(given: unknown, coins: boolean): bigint | undefined {
  if (typeof given === "number") return Number.isSafeInteger(given) ? BigInt(given) : undefined;
  if (typeof given !== "string") return undefined;
  if (/^(-?\d[\d_]{0,50}|0x[0-9a-fA-F]{1,64})$/.test(given)) return BigInt(given.replaceAll("_", ""));
  const [, whole, decimals = ""] = /^(\d{1,12})(?:\.(\d{1,9}))?tao$/i.exec(given) ?? [];
  return coins && whole !== undefined ? BigInt(whole) * RAO_PER_TAO + BigInt(decimals.padEnd(9, "0")) : undefined;
}

function listOf(given: unknown, wrong: Wrong): readonly unknown[] {
  if (Array.isArray(given)) return given;
  if (typeof given !== "string") throw wrong();
  if (given === "") return [];
  if (!given.startsWith("[")) return given.split(",").map((one) => one.trim());
  const parsed = jsonText(given);
  return Array.isArray(parsed) ? parsed : fail(wrong);
}

function fixedList(
  def: TypeDef & { kind: "array" },
  given: unknown,
  where: string,
  depth: number,
  wrong: Wrong,
): unknown {
  if (isByte(def.of) && typeof given === "string" && !given.startsWith("["))
    return HEX.test(given) && given.length === 2 + def.length * 2 ? given : fail(wrong);
  const list = listOf(given, wrong);
  if (list.length !== def.length) throw wrong();
  return list.map((one, at) => spell(def.of, one, `${where}[${at}]`, depth + 1));
}

function fields(list: readonly FieldDef[], given: unknown, where: string, depth: number, wrong: Wrong): unknown {
  const [only] = list;
  if (list.length === 1 && only !== undefined && only.name === undefined)
    return spell(only.type, given, where, depth + 1);
  if (list.every(({ name }) => name === undefined)) {
    const values = listOf(given, wrong);
    if (values.length !== list.length) throw wrong();
    return list.map(({ type }, at) => spell(type, values[at], `${where}[${at}]`, depth + 1));
  }
  const object = typeof given === "string" ? jsonText(given) : given;
  if (typeof object !== "object" || object === null || Array.isArray(object)) throw wrong();
  const names = list.map(({ name }) => name ?? "");
  const values = new Map<string, unknown>();
  for (const [name, value] of Object.entries(object)) {
    const field = list.find((one) => plainName(one.name ?? "") === plainName(name));
    if (field === undefined)
      throw usage(`${where} has no field ${quoted(name)}${guess(name, names)}: ${names.join(", ")}`);
    values.set(field.name ?? "", spell(field.type, value, `${where}.${field.name ?? ""}`, depth + 1));
  }
  const missing = names.filter((name) => !values.has(name));
  if (missing.length > 0) throw usage(`${where} lacks ${missing.join(", ")}`);
  return Object.fromEntries(values);
}

/** Names are the same in the runtime's spelling (`set_weights`) and in polkadot.js's (`setWeights`). */
export function plainName(name: string): string {
  return name.replaceAll("_", "").toLowerCase();
}

function enumValue(
  def: TypeDef & { kind: "variant" },
  given: unknown,
  where: string,
  depth: number,
  wrong: Wrong,
): unknown {
  if (isCall(def)) return nestedCall(given, where, depth + 1);
  const some = def.variants[1];
  if (def.path === "Option" && some !== undefined)
    return given === null || given === "none" || given === "null"
      ? null
      : fields(some.fields, given, where, depth + 1, wrong);
  if (isMultiAddress(def) && typeof given === "string" && !given.startsWith("{"))
    return { Id: addressWord(where, given) };
  const [name, value] = caseOf(given, wrong);
  const names = def.variants.map((one) => one.name);
  const found = def.variants.find((one) => plainName(one.name) === plainName(name));
  if (found === undefined)
    throw usage(`${where} has no case ${quoted(name)}${guess(name, names)}: ${names.join(", ")}`);
  if (found.fields.length === 0) return found.name;
  return { [found.name]: fields(found.fields, value, `${where}.${found.name}`, depth + 1, wrong) };
}

/** A case's name and its value: `Name`, or JSON `{"Name": value}`. */
function caseOf(given: unknown, wrong: Wrong): readonly [string, unknown] {
  if (typeof given === "string" && !given.startsWith("{")) return [given, undefined];
  const object = typeof given === "string" ? jsonText(given) : given;
  const entries = typeof object === "object" && object !== null ? Object.entries(object) : [];
  const [first] = entries;
  return entries.length === 1 && first !== undefined ? first : fail(wrong);
}
