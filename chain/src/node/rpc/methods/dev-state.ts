/**
 * Writing state: chopsticks' dev_setStorage, and dev_setBalance. A block hash must never come to mean another state, so each makes one new block that
 * holds the change; chopsticks changes the head in place instead.
 */
import { ScaleError } from "../../../spec/cursor.ts";
import type { AnyItem } from "../../../spec/define.ts";
import { palletSpecs } from "../../../spec/pallets.ts";
import { balances } from "../../../spec/pallets/balances.ts";
import { subtensorModule } from "../../../spec/pallets/subtensor-module.ts";
import type { ChainNode } from "../../create-node.ts";
import { type AccountId, type Ctx, DispatchFailure } from "../../runtime/pallet.ts";
import { setFreeBalance } from "../../runtime/balances/currency.ts";
import { itemPrefix, type StorageKey, storageKey } from "../../storage/keys.ts";
import { rawKey } from "../../storage/state.ts";
import { scaleFromJson } from "../json-scale.ts";
import type { MethodTable } from "../method.ts";
import type { Params } from "../params.ts";
import { invalidParams, RpcError } from "../rpc-error.ts";

/** Entries one request may write. */
const MAX_WRITES = 10_000;

type Write = readonly [StorageKey, Uint8Array | undefined];

/** What a request changes: whole items first, then entries. */
interface Plan {
  readonly clear: readonly StorageKey[];
  readonly writes: readonly Write[];
}

/** The verbs. Both answer with the hash of the new block. */
export function devStateMethods(node: ChainNode): MethodTable {
  return {
    dev_setStorage: (params) => {
      if (params.has(1) && params.hash(1) !== node.chain.head.hash)
        throw new RpcError(-32_000, "Only the state of the newest block can be changed");
      const plan = planOf(params);
      node.producer.produceEdited(({ state }) => {
        for (const prefix of plan.clear) for (const key of [...state.keysRaw(prefix)]) state.putRaw(key, undefined);
        for (const [key, value] of plan.writes) state.putRaw(key, value);
      });
      return node.chain.head.hash;
    },
    dev_setBalance: (params) => {
      const who = params.account(0);
      const free = raoOf(params.raw(1));
      try {
        node.producer.produceEdited((ctx) => setBalance(ctx, who, free));
      } catch (cause) {
        if (cause instanceof DispatchFailure)
          throw new RpcError(-32_000, "The balance cannot be set", cause.error.type);
        throw cause;
      }
      return node.chain.head.hash;
    },
  };
}

/** Both counters of what is issued follow: the chain's emission reads the second. */
function setBalance(ctx: Ctx, who: AccountId, free: bigint): void {
  const issued = (): bigint => ctx.state.get(balances.storage.TotalIssuance);
  const before = issued();
  setFreeBalance(ctx, who, free);
  const by = issued() - before;
  ctx.state.mutate(subtensorModule.storage.TotalIssuance, [], (total) => (total + by > 0n ? total + by : 0n));
}

function raoOf(value: unknown): bigint {
  const text = typeof value === "number" && Number.isSafeInteger(value) ? String(value) : value;
  if (typeof text !== "string" || !/^\d{1,20}$/.test(text))
    throw invalidParams("parameter 2 must be rao, a number or decimal text");
  return BigInt(text);
}

/** Both forms of chopsticks: a list of raw pairs, or values by pallet and item. */
function planOf(params: Params): Plan {
  const given = params.raw(0);
  const plan = Array.isArray(given) ? { clear: [], writes: given.map(rawWrite) } : namedPlan(params.object(0));
  if (plan.writes.length + plan.clear.length > MAX_WRITES) throw invalidParams(`at most ${MAX_WRITES} entries at once`);
  return plan;
}

function rawWrite(pair: unknown): Write {
  const [key, value] = Array.isArray(pair) ? (pair as unknown[]) : [];
  const hex = /^0x([0-9a-fA-F]{2})*$/;
  if (typeof key !== "string" || !hex.test(key) || (value !== null && !(typeof value === "string" && hex.test(value))))
    throw invalidParams("an entry is a pair of a hex key and a hex value or null");
  return [rawKey(key), value === null ? undefined : new Uint8Array(Buffer.from(value.slice(2), "hex"))];
}

function namedPlan(given: Readonly<Record<string, unknown>>): Plan {
  const clear: StorageKey[] = [];
  const writes: Write[] = [];
  for (const [palletName, items] of Object.entries(given)) {
    const pallet = palletSpecs.find((spec) => spec.name === palletName);
    if (pallet === undefined) throw invalidParams(`there is no pallet ${palletName}`);
    if (typeof items !== "object" || items === null || Array.isArray(items))
      throw invalidParams(`${palletName} takes its items by name`);
    const find = (name: unknown): AnyItem => {
      const item = typeof name === "string" && Object.hasOwn(pallet.storage, name) ? pallet.storage[name] : undefined;
      if (item === undefined) throw invalidParams(`${palletName} has no storage item ${String(name)}`);
      return item;
    };
    for (const [name, value] of Object.entries(items)) {
      if (name !== "$removePrefix") writes.push(...itemWrites(find(name), value));
      else if (Array.isArray(value)) clear.push(...value.map((one) => itemPrefix(find(one))));
      else throw invalidParams("$removePrefix is a list of items");
    }
  }
  return { clear, writes };
}

function itemWrites(item: AnyItem, given: unknown): Write[] {
  const where = `${item.pallet}.${item.name}`;
  if (item.keys.length === 0) return [[itemPrefix(item), encoded(item, given, where)]];
  if (!Array.isArray(given)) throw invalidParams(`${where} is a map: a list of [[keys], value]`);
  return given.map((entry: unknown): Write => {
    const [keys, value] = Array.isArray(entry) ? (entry as unknown[]) : [];
    if (!Array.isArray(keys) || keys.length !== item.keys.length)
      throw invalidParams(`${where} takes ${item.keys.length} keys: [[keys], value]`);
    const decoded = item.keys.map(({ type }, at) =>
      type.dec(scaleFromJson(type, keys[at], `key ${at + 1} of ${where}`)),
    );
    return [storageKey(item, decoded), encoded(item, value, where)];
  });
}

/** The bytes of a value, undefined for null. Decoded once to be sure that what reads it can. */
function encoded(item: AnyItem, value: unknown, where: string): Uint8Array | undefined {
  if (value === null) return undefined;
  const bytes = scaleFromJson(item.value, value, where);
  try {
    item.value.dec(bytes);
  } catch (cause) {
    if (cause instanceof ScaleError) throw invalidParams(`${where}: ${cause.message}`);
    throw cause;
  }
  return bytes;
}
