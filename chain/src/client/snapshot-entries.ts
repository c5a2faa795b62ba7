/** The entries of a snapshot, in the order they have to be read: each step tells the next which accounts matter. */
import type { ApiPromise } from "@polkadot/api";
import type { QueryableStorageEntry } from "@polkadot/api/types";
import { mechanismStorageIndex } from "@subnetkit/shared/consensus/epoch/mechanisms";
import { appError } from "@subnetkit/shared/errors/app-error";
import { bytesToHex, hexToBytes, utf8 } from "@subnetkit/shared/util/bytes";
import type { AnyItem } from "../spec/define.ts";
import type { Entry } from "../spec/entries-file.ts";
import { palletSpecs } from "../spec/pallets.ts";
import { subtensorModule } from "../spec/pallets/subtensor-module.ts";
import { u16 } from "../spec/scale/numbers.ts";
import {
  COLDKEY_ITEMS,
  COLDKEY_NETUID_ITEMS,
  HOTKEY_ITEMS,
  HOTKEY_NETUID_ITEMS,
  LEFT_OUT,
  OTHER_PALLETS,
  OTHER_VALUES,
  STAKE_ITEMS,
} from "./snapshot-plan.ts";
import type { SnapshotReader } from "./snapshot-reader.ts";

/** What the entries are read with. */
export interface SnapshotSource {
  readonly api: ApiPromise;
  readonly reader: SnapshotReader;
  /** Subnets, without root. */
  readonly netuids: readonly number[];
  report(step: "globals" | "subnets" | "hotkeys" | "stakes" | "coldkeys", done: number, total: number): void;
}

const S = subtensorModule.storage;
const ROOT_NETUID = 0;

/** Accounts met on the way, as hex. */
interface Met {
  readonly hotkeys: Set<string>;
  readonly coldkeys: Set<string>;
  /** Rounds that stored commits wait for. */
  readonly rounds: Set<bigint>;
}

/** Everything a development chain needs of the subnets. */
export async function* snapshotEntries(source: SnapshotSource): AsyncGenerator<Entry> {
  const met: Met = { hotkeys: new Set(), coldkeys: new Set(), rounds: new Set() };
  const netuids = [ROOT_NETUID, ...source.netuids];
  const indices = await storageIndices(source, netuids);
  yield* globals(source, netuids, indices);
  for (const [i, netuid] of netuids.entries()) {
    source.report("subnets", i, netuids.length);
    yield* subnet(source, netuid, indices.get(netuid) ?? [netuid], met);
  }
  yield* hotkeys(source, netuids, met);
  yield* stakes(source, netuids, met);
  yield* coldkeys(source, netuids, met);
}

/** Plain values, and what the subnets have one value of. A default that differs from this chain's own is written out. */
async function* globals(
  source: SnapshotSource,
  netuids: readonly number[],
  indices: StorageIndices,
): AsyncGenerator<Entry> {
  source.report("globals", 0, 1);
  const wanted: { readonly key: string; readonly fallback: `0x${string}` | undefined }[] = [];
  const want = (item: AnyItem, args: readonly unknown[]): void => {
    const entry = entryOf(source.api, item.pallet, item.name);
    if (entry !== undefined) wanted.push({ key: entry.key(...args), fallback: otherDefault(entry, item) });
  };
  for (const item of itemsOf("SubtensorModule")) {
    if (Object.hasOwn(LEFT_OUT, item.name)) continue;
    if (item.keys.length === 0) want(item, []);
    else if (isNetuidMap(item) && item.keys.length === 1)
      for (const index of [...indices.values()].flat()) want(item, [index]);
  }
  for (const pallet of OTHER_PALLETS)
    for (const item of itemsOf(pallet))
      if (isNetuidMap(item) && item.keys.length === 1) for (const netuid of netuids) want(item, [netuid]);
  for (const [pallet, name] of OTHER_VALUES) {
    const item = itemsOf(pallet).find((one) => one.name === name);
    if (item !== undefined) want(item, []);
  }
  const limit = entryOf(source.api, "SubtensorModule", "LastRateLimitedBlock");
  if (limit !== undefined) {
    wanted.push({ key: limit.key({ NetworkLastRegistered: null }), fallback: undefined });
    for (const netuid of netuids) wanted.push({ key: limit.key({ SetSNOwnerHotkey: netuid }), fallback: undefined });
  }
  let at = 0;
  for await (const [key, value] of source.reader.values(wanted.map((one) => one.key))) {
    const found = value ?? wanted[at]?.fallback;
    at += 1;
    if (found !== undefined) yield [key, found];
  }
}

/** Maps that begin with the netuid (or the mechanism) and go on: neurons, weights, bonds, axons, commits, dividends, claims. */
async function* subnet(
  source: SnapshotSource,
  netuid: number,
  indices: readonly number[],
  met: Met,
): AsyncGenerator<Entry> {
  for (const pallet of ["SubtensorModule", ...OTHER_PALLETS]) {
    for (const item of itemsOf(pallet)) {
      if (!isNetuidMap(item) || item.keys.length === 1 || Object.hasOwn(LEFT_OUT, item.name)) continue;
      const entry = entryOf(source.api, pallet, item.name);
      if (entry === undefined) continue;
      for (const index of pallet === "SubtensorModule" ? indices : [netuid])
        for await (const [key, value] of source.reader.under(entry.keyPrefix(index))) {
          meet(item, key, value, met);
          yield [key, value];
        }
    }
  }
  for (const [name, set] of [["SubnetOwnerHotkey", met.hotkeys] as const, ["SubnetOwner", met.coldkeys] as const])
    for await (const [, value] of source.reader.values([requireEntry(source.api, name).key(netuid)]))
      if (value !== undefined) set.add(value);
  met.coldkeys.add(subnetAccount(netuid));
  yield* locks(source, netuid);
}

/** Locks are keyed by coldkey first; their reverse index begins with the netuid. */
async function* locks(source: SnapshotSource, netuid: number): AsyncGenerator<Entry> {
  const index = entryOf(source.api, "SubtensorModule", "LockingColdkeys");
  const lock = entryOf(source.api, "SubtensorModule", "Lock");
  if (index === undefined || lock === undefined) return;
  const keys: string[] = [];
  for await (const [key] of source.reader.under(index.keyPrefix(netuid))) {
    keys.push(lock.key(accountAt(key, -1), netuid, accountAt(key, -2)));
  }
  yield* present(source.reader.values(keys));
}

/** What hangs on hotkeys, parents and children of those of the subnets included. */
async function* hotkeys(source: SnapshotSource, netuids: readonly number[], met: Met): AsyncGenerator<Entry> {
  for (const name of ["ParentKeys", "ChildKeys"] as const) {
    const keys = exactKeys(source.api, name, [...met.hotkeys], netuids);
    for await (const [, value] of present(source.reader.values(keys)))
      for (const [, other] of S[name].value.dec(hexToBytes(value))) met.hotkeys.add(other);
  }
  const all = [...met.hotkeys];
  source.report("hotkeys", 0, all.length);
  for (const name of HOTKEY_ITEMS)
    for await (const entry of present(source.reader.values(exactKeys(source.api, name, all)))) {
      if (name === "Owner") met.coldkeys.add(entry[1]);
      yield entry;
    }
  for (const name of HOTKEY_NETUID_ITEMS)
    yield* present(source.reader.values(exactKeys(source.api, name, all, netuids)));
  const pulses = entryOf(source.api, "Drand", "Pulses");
  if (pulses !== undefined) yield* present(source.reader.values([...met.rounds].map((round) => pulses.key(round))));
}

/** Shares of stakers, hotkey by hotkey: the longest part on a large network. */
async function* stakes(source: SnapshotSource, netuids: readonly number[], met: Met): AsyncGenerator<Entry> {
  const endings = new Set(netuids.map((netuid) => littleEndian(netuid)));
  const all = [...met.hotkeys];
  for (const [i, hotkey] of all.entries()) {
    source.report("stakes", i, all.length);
    for (const name of STAKE_ITEMS) {
      const entry = entryOf(source.api, "SubtensorModule", name);
      if (entry === undefined) continue;
      for await (const found of source.reader.under(entry.keyPrefix(hotkey), (key) => endings.has(key.slice(-4)))) {
        met.coldkeys.add(accountAt(found[0].slice(0, -4), -1));
        yield found;
      }
    }
  }
}

/** What hangs on coldkeys, and the money of everybody. */
async function* coldkeys(source: SnapshotSource, netuids: readonly number[], met: Met): AsyncGenerator<Entry> {
  const all = [...met.coldkeys];
  source.report("coldkeys", 0, all.length);
  for (const name of COLDKEY_ITEMS)
    for await (const entry of present(source.reader.values(exactKeys(source.api, name, all)))) {
      yield entry;
      if (name === "StakingColdkeys") yield* stakingIndex(source, entry[1]);
    }
  for (const name of COLDKEY_NETUID_ITEMS)
    yield* present(source.reader.values(exactKeys(source.api, name, all, netuids)));
  const account = entryOf(source.api, "System", "Account");
  if (account === undefined) throw appError("E_CHAIN_SHAPE", { what: "metadata", reason: "it has no System.Account" });
  const owners = new Set([...all, ...met.hotkeys]);
  yield* present(source.reader.values([...owners].map((one) => account.key(one))));
}

/** The place of a coldkey in the list that automatic root claims draw from. */
async function* stakingIndex(source: SnapshotSource, value: `0x${string}`): AsyncGenerator<Entry> {
  const entry = entryOf(source.api, "SubtensorModule", "StakingColdkeysByIndex");
  if (entry === undefined) return;
  yield* present(source.reader.values([entry.key(S.StakingColdkeys.value.dec(hexToBytes(value)))]));
}

/** Accounts and rounds an entry of a subnet names. */
function meet(item: AnyItem, key: string, value: `0x${string}`, met: Met): void {
  if (item === S.Keys) met.hotkeys.add(value);
  else if (item === S.RootClaimed) met.coldkeys.add(accountAt(key, -1));
  else if (item === S.TimelockedWeightCommits)
    for (const [, , , round] of S.TimelockedWeightCommits.value.dec(hexToBytes(value))) met.rounds.add(round);
}

async function* present(
  entries: AsyncIterable<readonly [`0x${string}`, `0x${string}` | undefined]>,
): AsyncGenerator<Entry> {
  for await (const [key, value] of entries) if (value !== undefined) yield [key, value];
}

function exactKeys(
  api: ApiPromise,
  name: keyof typeof S,
  accounts: readonly string[],
  netuids?: readonly number[],
): string[] {
  const entry = entryOf(api, "SubtensorModule", name);
  if (entry === undefined) return [];
  return accounts.flatMap((account) =>
    netuids === undefined ? [entry.key(account)] : netuids.map((netuid) => entry.key(account, netuid)),
  );
}

type StorageEntry = QueryableStorageEntry<"promise">;

/** The network's own entry of an item: its hashers and defaults count. Undefined where the network does not have it. */
function entryOf(api: ApiPromise, pallet: string, name: string): StorageEntry | undefined {
  return api.query[lowerFirst(pallet)]?.[lowerFirst(name)];
}

function requireEntry(api: ApiPromise, name: string): StorageEntry {
  const entry = entryOf(api, "SubtensorModule", name);
  if (entry === undefined)
    throw appError("E_CHAIN_SHAPE", { what: "metadata", reason: `it has no SubtensorModule.${name}` });
  return entry;
}

const itemsOf = (pallet: string): readonly AnyItem[] =>
  Object.values(palletSpecs.find(({ name }) => name === pallet)?.storage ?? {});

/** True for a map whose first key is a netuid or the storage index of a mechanism: every u16 that comes first is one. */
const isNetuidMap = ({ keys }: AnyItem): boolean => keys[0]?.type === u16;

/** Storage indices by netuid. */
type StorageIndices = ReadonlyMap<number, readonly number[]>;

/** The storage indices of each subnet's mechanisms. */
async function storageIndices({ api, reader }: SnapshotSource, netuids: readonly number[]): Promise<StorageIndices> {
  const indices = new Map<number, readonly number[]>();
  const entry = entryOf(api, "SubtensorModule", "MechanismCountCurrent");
  for (const netuid of netuids) {
    let count = 1;
    if (entry !== undefined)
      for await (const [, value] of reader.values([entry.key(netuid)]))
        if (value !== undefined) count = Math.max(1, S.MechanismCountCurrent.value.dec(hexToBytes(value)));
    indices.set(
      netuid,
      Array.from({ length: count }, (_, mecid) => mechanismStorageIndex(netuid, mecid)),
    );
  }
  return indices;
}

/** What an absent entry means on the network, where that is not what it means here. */
function otherDefault(entry: StorageEntry, item: AnyItem): `0x${string}` | undefined {
  if (item.optional) return undefined;
  const theirs = bytesToHex(entry.creator.meta.fallback.toU8a(true));
  return theirs === bytesToHex(item.defaultBytes) ? undefined : theirs;
}

/** An account near the end of a key whose parts are Blake2_128Concat: the last for -1, the one before for -2. */
function accountAt(key: string, which: -1 | -2): string {
  const end = which === -1 ? key.length : key.length - 96;
  return `0x${key.slice(end - 64, end)}`;
}

const littleEndian = (netuid: number): string =>
  (netuid & 0xff).toString(16).padStart(2, "0") + (netuid >> 8).toString(16).padStart(2, "0");

/** Account that holds a subnet's TAO (spec/subtensor-interface.md 5.4). */
const subnetAccount = (netuid: number): string =>
  `${bytesToHex(utf8("modlsubtensr"))}${littleEndian(netuid)}${"00".repeat(18)}`;

const lowerFirst = (name: string): string => `${name.charAt(0).toLowerCase()}${name.slice(1)}`;
