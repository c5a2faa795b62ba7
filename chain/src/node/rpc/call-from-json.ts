/** A call from a request: SCALE hex, or names and arguments as JSON. */
import { hexToBytes } from "@subnetkit/shared/util/bytes";
import { type RuntimeCall, runtimeCall } from "../../spec/call.ts";
import { Reader, ScaleError, Writer } from "../../spec/cursor.ts";
import type { AnyScale } from "../../spec/scale/scale-type.ts";
import { readFields } from "../../spec/scale/structs.ts";
import { palletSpecs } from "../../spec/pallets.ts";
import { scaleFromJson } from "./json-scale.ts";
import { invalidParams } from "./rpc-error.ts";
import { scaleToJson } from "./scale-to-json.ts";

const FORMS =
  'call must be SCALE hex or {pallet, call, args}, such as {"pallet": "System", "call": "remark", "args": {"remark": "0x00"}}';

/**
 * Decodes a call. JSON names are the runtime's (`SubtensorModule`, `set_weights`) or polkadot.js's (`subtensorModule`, `setWeights`), `section` and
 * `method` are taken for `pallet` and `call`, and arguments are an object by name or a list. A call inside a call is `{Pallet: {call: {args}}}` or has
 * the same form again or hex. Answers a wrong shape with −32602.
 */
export function callFromJson(given: unknown): RuntimeCall {
  if (typeof given === "string") return fromHex(given);
  const named = namesOf(given);
  if (named === undefined) throw invalidParams(FORMS);
  return named;
}

function fromHex(hex: string): RuntimeCall {
  if (!/^0x([0-9a-fA-F]{2})+$/.test(hex)) throw invalidParams(FORMS);
  try {
    return runtimeCall().dec(hexToBytes(hex));
  } catch (cause) {
    if (cause instanceof ScaleError) throw invalidParams(`call does not decode: ${cause.message}`);
    throw cause;
  }
}

function namesOf(given: unknown): RuntimeCall | undefined {
  if (typeof given !== "object" || given === null || Array.isArray(given)) return undefined;
  const { pallet, section, call, method, args = {} } = given as Record<string, unknown>;
  const palletName = pallet ?? section;
  const callName = call ?? method;
  if (typeof palletName !== "string" || typeof callName !== "string") return undefined;
  const spec = palletSpecs.find(({ name }) => plain(name) === plain(palletName));
  if (spec === undefined) throw invalidParams(`there is no pallet ${palletName}`);
  const name = Object.keys(spec.calls).find((one) => plain(one) === plain(callName));
  const types = name === undefined ? undefined : spec.calls[name]?.args;
  if (name === undefined || types === undefined) throw invalidParams(`${spec.name} has no call ${callName}`);
  return { pallet: spec.name, name, args: argsOf(`${spec.name}.${name}`, Object.entries(types), args) };
}

const plain = (name: string): string => name.replaceAll("_", "").toLowerCase();

function argsOf(
  where: string,
  types: readonly (readonly [string, AnyScale])[],
  given: unknown,
): Readonly<Record<string, unknown>> {
  const values = byName(where, types, given);
  const out = new Writer();
  for (const [name, type] of types) {
    if (!values.has(plain(name))) throw invalidParams(`${where} needs ${types.map(([one]) => one).join(", ")}`);
    out.put(scaleFromJson(type, adapted(type, values.get(plain(name))), `${name} of ${where}`));
    values.delete(plain(name));
  }
  for (const name of values.keys()) throw invalidParams(`${where} has no argument ${name}`);
  try {
    return readFields(new Reader(out.finish()), types);
  } catch (cause) {
    if (cause instanceof ScaleError) throw invalidParams(`${where}: ${cause.message}`);
    throw cause;
  }
}

function byName(where: string, types: readonly (readonly [string, AnyScale])[], given: unknown): Map<string, unknown> {
  if (Array.isArray(given)) {
    if (given.length !== types.length)
      throw invalidParams(`${where} takes ${types.length} arguments: ${types.map(([one]) => one).join(", ")}`);
    return new Map(types.map(([name], at): [string, unknown] => [plain(name), given[at]]));
  }
  if (typeof given !== "object" || given === null) throw invalidParams(`args of ${where} must be an object or a list`);
  return new Map(Object.entries(given).map(([name, value]): [string, unknown] => [plain(name), value]));
}

/** What json-scale.ts does not know: calls in this file's form inside calls, and a plain address where a MultiAddress is due. */
function adapted(type: AnyScale, value: unknown): unknown {
  const { def } = type;
  if (def.kind === "sequence" && Array.isArray(value)) return value.map((one: unknown) => adapted(def.of, one));
  if (def.kind !== "variant") return value;
  if (def.path.endsWith("::MultiAddress")) return typeof value === "string" ? { Id: value } : value;
  if (!def.path.endsWith("::RuntimeCall")) return value;
  const call = typeof value === "string" ? fromHex(value) : namesOf(value);
  return call === undefined ? value : scaleToJson(runtimeCall(), runtimeCall().enc(call));
}
