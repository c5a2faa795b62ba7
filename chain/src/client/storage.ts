import type { ApiPromise } from "@polkadot/api";
import type { StorageEntry } from "@polkadot/types/primitive/types";
import type { Codec, Registry } from "@polkadot/types/types";
import { appError } from "@subnetkit/shared/errors/app-error";
import { type BoundedMap, createBoundedMap } from "@subnetkit/shared/util/boundedMap";
import { hexToBytes } from "@subnetkit/shared/util/bytes";
import type { ChainClient } from "./chain-client.ts";

/** Where to read: a block hash, or nothing for the best block. */
export type AtBlock = { readonly at?: string };

/**
 * One storage value, decoded with the chain's metadata; a missing value of a defaulted item is its default, of an optional one undefined.
 * One request, no client-side cache. `pallet` and `item` are polkadot.js names (`subtensorModule`, `lastEpochBlock`).
 * Throws E_CHAIN_CALL_UNKNOWN and the errors of `rpc`.
 */
export async function readStorage(
  client: ChainClient,
  pallet: string,
  item: string,
  keys: readonly unknown[] = [],
  { at }: AtBlock = {},
): Promise<Codec | undefined> {
  const entry = entryOf(client, pallet, item);
  const hex = await client.rpc("state_getStorage", at === undefined ? [entry.key(...keys)] : [entry.key(...keys), at]);
  return decodeStorage(client.api.registry, entry.creator, typeof hex === "string" ? hex : undefined);
}

/**
 * Many values of one item in one request, in the order of their keys; like {@link readStorage} for each. Throws E_CHAIN_CALL_UNKNOWN, E_CHAIN_SHAPE
 * and the errors of `rpc`.
 */
export async function readStorageOfEach(
  client: ChainClient,
  pallet: string,
  item: string,
  keys: readonly (readonly (string | number)[])[],
  { at }: AtBlock = {},
): Promise<readonly (Codec | undefined)[]> {
  const entry = entryOf(client, pallet, item);
  const hexKeys = keys.map((key) => keyOf(entry, key));
  if (hexKeys.length === 0) return [];
  const result = await client.rpc("state_queryStorageAt", at === undefined ? [hexKeys] : [hexKeys, at]);
  const values = valuesOf(result);
  return hexKeys.map((key) => decodeStorage(client.api.registry, entry.creator, values.get(key)));
}

/** Keys of an item by its arguments as text: hashing them anew for every neuron in every block is most of what reading them costs. */
const keysOfItem = new WeakMap<object, BoundedMap<string, string>>();

/** Keys that are remembered of one item, for more than the largest subnet has; some 300 bytes each. */
const rememberedKeys = 8_192;

/** The key of an item of a connection; a runtime upgrade makes new items. */
function keyOf(entry: ReturnType<typeof entryOf>, args: readonly (string | number)[]): string {
  let keys = keysOfItem.get(entry);
  if (keys === undefined) {
    keys = createBoundedMap(rememberedKeys);
    keysOfItem.set(entry, keys);
  }
  const text = args.map(String).join("/");
  const found = keys.get(text);
  if (found !== undefined) return found;
  const key = entry.key(...args);
  keys.set(text, key);
  return key;
}

/** `[{ block, changes: [[key, value | null]] }]`, the answer of `state_queryStorageAt`, as values by key. */
function valuesOf(result: unknown): ReadonlyMap<string, string> {
  const changes: unknown = Array.isArray(result) ? (result[0] as { changes?: unknown } | null)?.changes : undefined;
  if (!Array.isArray(changes)) throw appError("E_CHAIN_SHAPE", { what: "state_queryStorageAt", reason: "no changes" });
  const values = new Map<string, string>();
  for (const change of changes as unknown[]) {
    const [key, value] = Array.isArray(change) ? (change as unknown[]) : [];
    if (typeof key === "string" && typeof value === "string") values.set(key, value);
  }
  return values;
}

function entryOf(client: ChainClient, pallet: string, item: string) {
  const entry = client.api.query[pallet]?.[item];
  if (entry === undefined) throw appError("E_CHAIN_CALL_UNKNOWN", { kind: "storage item", name: `${pallet}.${item}` });
  return entry;
}

function decodeStorage(registry: Registry, creator: StorageEntry, hex: string | undefined): Codec | undefined {
  const { modifier, fallback, type } = creator.meta;
  if (hex === undefined && modifier.isOptional) return undefined;
  const lookup = type.isPlain ? type.asPlain : type.asMap.value;
  const bytes = hex === undefined ? fallback.toU8a(true) : hexToBytes(hex);
  return registry.createTypeUnsafe(registry.createLookupType(lookup), [bytes]);
}

/** A storage value that is a whole number of at most 53 bits; `missing` stands for an absent optional value. */
export async function readNumber(
  client: ChainClient,
  pallet: string,
  item: string,
  keys: readonly unknown[] = [],
  options: AtBlock & { readonly missing?: number } = {},
): Promise<number> {
  const value = await readStorage(client, pallet, item, keys, options);
  const result = value === undefined ? options.missing : Number(value.toString());
  if (result === undefined || !Number.isSafeInteger(result)) {
    throw appError("E_CHAIN_SHAPE", { what: `${pallet}.${item}`, reason: "it is not a number this client can hold" });
  }
  return result;
}

/** A storage value that is a whole number of any width. */
export async function readBigInt(
  client: ChainClient,
  pallet: string,
  item: string,
  keys: readonly unknown[] = [],
  options: AtBlock = {},
): Promise<bigint> {
  const value = await readStorage(client, pallet, item, keys, options);
  if (value === undefined) throw appError("E_CHAIN_SHAPE", { what: `${pallet}.${item}`, reason: "it has no value" });
  return BigInt(value.toString());
}

/** A storage value that is a boolean. */
export async function readBool(
  client: ChainClient,
  pallet: string,
  item: string,
  keys: readonly unknown[] = [],
  options: AtBlock = {},
): Promise<boolean> {
  const value = await readStorage(client, pallet, item, keys, options);
  return value?.toJSON() === true;
}

/** A constant of the metadata, as its decimal text. Throws E_CHAIN_CALL_UNKNOWN. */
export function constantOf(api: ApiPromise, pallet: string, name: string): string {
  const constant = api.consts[pallet]?.[name];
  if (constant === undefined) throw appError("E_CHAIN_CALL_UNKNOWN", { kind: "constant", name: `${pallet}.${name}` });
  return constant.toString();
}

/**
 * Calls a runtime API with already encoded arguments and decodes the result with the type of the metadata. `api` and `method` are
 * polkadot.js names (`subnetInfoRuntimeApi`, `getMetagraph`), `wireName` is what `state_call` takes.
 */
export async function callRuntime(
  client: ChainClient,
  call: { readonly api: string; readonly method: string; readonly wireName: string },
  args: Uint8Array,
  { at }: AtBlock = {},
): Promise<Codec> {
  // The decoration carries its definition, which the library's types leave out.
  const decorated = client.api.call[call.api]?.[call.method] as
    | { readonly meta?: { readonly type: string } }
    | undefined;
  if (decorated?.meta === undefined)
    throw appError("E_CHAIN_CALL_UNKNOWN", { kind: "runtime API", name: call.wireName });
  const params = [call.wireName, `0x${Buffer.from(args).toString("hex")}`];
  const hex = await client.rpc("state_call", at === undefined ? params : [...params, at]);
  return client.api.registry.createTypeUnsafe(decorated.meta.type, [hexToBytes(String(hex))]);
}
