/** Calls as people write them: `SubtensorModule.burned_register netuid=2 hotkey=//Miner//1`, JSON, or hex. */
import { scaleFromJson } from "@subnetkit/chain/node/rpc/json-scale";
import { runtimeCall } from "@subnetkit/chain/spec/call";
import { ScaleError } from "@subnetkit/chain/spec/cursor";
import type { PalletSpec } from "@subnetkit/chain/spec/define";
import { palletSpecs } from "@subnetkit/chain/spec/pallets";
import type { AnyScale } from "@subnetkit/chain/spec/scale/scale-type";
import { bytesToHex, hexToBytes } from "@subnetkit/shared/util/bytes";
import { guess, quoted, usage } from "../usage.ts";
import { expected } from "./expected.ts";
import { jsonText } from "./json-text.ts";
import { plainName, spell } from "./spell.ts";
import { splitWords } from "./split-words.ts";

/** A call ready to be sent. */
export type ParsedCall = {
  /** `SubtensorModule.burned_register`. */
  readonly name: string;
  /** SCALE, `0x` hex. */
  readonly hex: string;
};

type NamedCall = {
  readonly pallet: PalletSpec;
  readonly name: string;
  readonly types: readonly (readonly [string, AnyScale])[];
};

/** Reads a call from the words of a command line. Throws E_USAGE that says what was expected. */
export function parseCall(words: readonly string[]): ParsedCall {
  const all = words.length === 1 ? splitWords(words[0] ?? "") : [...words];
  const [first = ""] = all;
  if (first === "") throw usage(`a call is missing: ${FORMS}`);
  if (/^0x/.test(first)) {
    if (all.length > 1) throw usage(`nothing may follow a call in hex, not ${quoted(all[1] ?? "")}`);
    return fromHex(first);
  }
  const json = first.startsWith("{") ? nestedCall(words.join(" "), "call", 0) : callOfWords(all, "call", 0);
  return decodable(bytesToHex(scaleFromJson(runtimeCall(), json, "call")));
}

const FORMS = "Pallet.call name=value ..., JSON, or 0x hex";

/** `its form:   SubtensorModule.burned_register netuid=<u16> hotkey=<account>`. */
function signature(pallet: string, name: string, types: readonly (readonly [string, AnyScale])[]): string {
  return ["its form:  ", `${pallet}.${name}`, ...types.map(([arg, type]) => `${arg}=<${expected(type)}>`)].join(" ");
}

function fromHex(hex: string): ParsedCall {
  if (!/^0x([0-9a-fA-F]{2})+$/.test(hex))
    throw usage(`a call in hex is 0x and pairs of hex digits, not ${quoted(hex)}`);
  return decodable(hex.toLowerCase());
}

/** The call with its name. Throws E_USAGE for what the chain could not read: other bytes, or a list that is longer than allowed. */
function decodable(hex: string): ParsedCall {
  try {
    const { pallet, name } = runtimeCall().dec(hexToBytes(hex));
    return { name: `${pallet}.${name}`, hex };
  } catch (cause) {
    if (cause instanceof ScaleError) throw usage(`the chain could not read this as a call: ${cause.message}`);
    throw cause;
  }
}

/** A call inside a call (or as JSON), in the nested form the codecs read: `{Pallet: {call: {argument: value}}}`. */
export function nestedCall(given: unknown, where: string, depth: number): unknown {
  if (typeof given === "string" && !given.startsWith("{")) return callOfWords(splitWords(given), where, depth);
  const object = typeof given === "string" ? jsonText(given) : given;
  if (typeof object !== "object" || object === null || Array.isArray(object))
    throw usage(`${where} wants a call (${FORMS}), not ${quoted(JSON.stringify(given) ?? "nothing")}`);
  const { pallet, section, call, name, method, args, ...rest } = object as Readonly<Record<string, unknown>>;
  const palletName = pallet ?? section;
  const callText = call ?? name ?? method;
  if (typeof palletName === "string" && typeof callText === "string") {
    const [other] = Object.keys(rest);
    if (other !== undefined) throw usage(`${where} has pallet, call and args, not ${quoted(other)}`);
    return build(findCall(`${palletName}.${callText}`, where), args ?? {}, where, depth);
  }
  const [outer] = Object.entries(object as Readonly<Record<string, unknown>>);
  const [inner] =
    typeof outer?.[1] === "object" && outer[1] !== null
      ? Object.entries(outer[1] as Readonly<Record<string, unknown>>)
      : [];
  if (outer === undefined || inner === undefined)
    throw usage(`${where} as JSON is {"pallet": "System", "call": "remark", "args": {"remark": "0x00"}}`);
  return build(findCall(`${outer[0]}.${inner[0]}`, where), inner[1] ?? {}, where, depth);
}

function callOfWords(words: readonly string[], where: string, depth: number): unknown {
  const [target = "", ...rest] = words;
  if (/^0x/.test(target)) {
    fromHex(target);
    throw usage(`${where}: a call inside a call is written out, not in hex`);
  }
  const call = findCall(target, where);
  const given: Record<string, string> = {};
  for (const word of rest) {
    const equals = word.indexOf("=");
    if (equals < 1)
      throw usage(
        `${where}: arguments are name=value, not ${quoted(word)}`,
        signature(call.pallet.name, call.name, call.types),
      );
    const name = word.slice(0, equals);
    if (Object.keys(given).some((one) => plainName(one) === plainName(name)))
      throw usage(`${where}: ${name} is given twice`);
    given[name] = word.slice(equals + 1);
  }
  return build(call, given, where, depth);
}

function findCall(target: string, where: string): NamedCall {
  const [palletText = "", callText = "", ...more] = target.split(/[.:]+/);
  const withCalls = palletSpecs.filter(({ calls }) => Object.keys(calls).length > 0);
  if (callText === "" || more.length > 0)
    throw usage(`${where} wants ${FORMS}, not ${quoted(target)}${elsewhere(target)}`);
  const pallet = withCalls.find(({ name }) => plainName(name) === plainName(palletText));
  const palletNames = withCalls.map(({ name }) => name);
  if (pallet === undefined)
    throw usage(`there is no pallet ${quoted(palletText)}${guess(palletText, palletNames)}: ${palletNames.join(", ")}`);
  const names = Object.keys(pallet.calls);
  const name = names.find((one) => plainName(one) === plainName(callText));
  const types = name === undefined ? undefined : pallet.calls[name]?.args;
  if (name === undefined || types === undefined)
    throw usage(`${pallet.name} has no call ${quoted(callText)}${guess(callText, names) || elsewhere(callText)}`);
  return { pallet, name, types: Object.entries(types) };
}

/** Where a call is whose pallet was left out or is another. */
function elsewhere(callText: string): string {
  for (const { name: pallet, calls } of palletSpecs)
    for (const name of Object.keys(calls))
      if (plainName(name) === plainName(callText)) return ` (did you mean ${pallet}.${name}?)`;
  return "";
}

function build({ pallet, name, types }: NamedCall, given: unknown, where: string, depth: number): unknown {
  const how = signature(pallet.name, name, types);
  const values = argumentValues(types, given, how);
  const names = types.map(([arg]) => arg);
  const unknown = [...values.keys()].find((one) => !names.some((arg) => plainName(arg) === plainName(one)));
  if (unknown !== undefined)
    throw usage(`${pallet.name}.${name} has no argument ${quoted(unknown)}${guess(unknown, names)}`, how);
  const byName = new Map([...values].map(([arg, value]) => [plainName(arg), value]));
  const spelt: Record<string, unknown> = {};
  for (const [arg, type] of types) {
    const value = byName.get(plainName(arg));
    if (value === undefined && !isOption(type))
      throw usage(`${pallet.name}.${name} lacks ${arg} (${expected(type)})`, how);
    spelt[arg] = spell(type, value ?? null, where === "call" ? `argument ${arg}` : `${where}.${arg}`, depth + 1);
  }
  return { [pallet.name]: { [name]: types.length === 0 ? null : spelt } };
}

const isOption = ({ def }: AnyScale): boolean => def.kind === "variant" && def.path === "Option";

function argumentValues(
  types: readonly (readonly [string, AnyScale])[],
  given: unknown,
  how: string,
): Map<string, unknown> {
  if (Array.isArray(given)) {
    if (given.length !== types.length) throw usage(`${given.length} arguments, not ${types.length}`, how);
    return new Map(types.map(([arg], at): [string, unknown] => [arg, given[at]]));
  }
  if (typeof given !== "object" || given === null) throw usage("args is an object or a list", how);
  return new Map(Object.entries(given));
}
