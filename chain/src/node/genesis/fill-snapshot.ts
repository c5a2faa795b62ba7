/** Puts a snapshot of a live network into the state of block 0. */
import { appError } from "@subnetkit/shared/errors/app-error";
import { bytesEqual, hexToBytes } from "@subnetkit/shared/util/bytes";
import type { AnyItem } from "../../spec/define.ts";
import type { Entry } from "../../spec/entries-file.ts";
import type { SnapshotHeader } from "../../spec/network-snapshot.ts";
import { palletSpecs } from "../../spec/pallets.ts";
import { drand } from "../../spec/pallets/drand.ts";
import { subtensorModule } from "../../spec/pallets/subtensor-module.ts";
import { system } from "../../spec/pallets/system.ts";
import { devAccounts } from "../accounts.ts";
import type { Ctx } from "../runtime/pallet.ts";
import { localBeaconConfig, localBeaconPublicKey } from "../runtime/drand/local-key.ts";
import { netuids } from "../runtime/subtensor/state/subnets.ts";
import { decodeKeys, itemPrefix, PREFIX_CHARS, type StorageKey, storageKey } from "../storage/keys.ts";

/** A snapshot that has been read and decoded. */
export interface LoadedSnapshot {
  readonly header: SnapshotHeader;
  readonly entries: readonly (readonly [StorageKey, Uint8Array])[];
  /** Entries of items that this chain does not have or that belong to its own node: left out. */
  readonly skipped: number;
}

/** Pallets whose state is the network's and not the node's. */
const LOADED = new Set(["SubtensorModule", "Swap", "Drand", "Commitments", "Balances", "Timestamp"]);

const itemsByPrefix = new Map<string, AnyItem>(
  palletSpecs.flatMap((spec) => Object.values(spec.storage).map((item) => [itemPrefix(item), item] as const)),
);

/** Decodes every entry by the tables of this chain. Throws E_STATE_FILE_INVALID for one that does not decode. */
export async function loadSnapshot(
  path: string,
  header: SnapshotHeader,
  entries: AsyncIterable<Entry>,
): Promise<LoadedSnapshot> {
  const loaded: [StorageKey, Uint8Array][] = [];
  let skipped = 0;
  for await (const [key, value] of entries) {
    const item = itemsByPrefix.get(key.slice(0, PREFIX_CHARS));
    if (item === undefined || !isLoaded(item)) {
      skipped += 1;
      continue;
    }
    const bytes = hexToBytes(value);
    checkEntry(path, item, key, bytes);
    loaded.push([key, bytes]);
  }
  return { header, entries: loaded, skipped };
}

const isLoaded = (item: AnyItem): boolean => LOADED.has(item.pallet) || item === system.storage.Account;

function checkEntry(path: string, item: AnyItem, key: StorageKey, value: Uint8Array): void {
  try {
    if (storageKey(item, decodeKeys(item, key)) !== key)
      throw new RangeError("the key's hashes are not those of its parts");
    item.value.dec(value);
  } catch (cause) {
    throw appError(
      "E_STATE_FILE_INVALID",
      {
        path,
        reason: `an entry of ${item.pallet}.${item.name} does not decode`,
        fix: "The network's runtime may have changed its storage: take the snapshot from one of spec version 424, or update subnetkit.",
      },
      { cause },
    );
  }
}

/**
 * Writes the entries, then what makes the chain usable at home: the development accounts where the network has no such accounts, and a beacon that
 * can be played. Both issuance counters stay the network's: the accounts that are not in the snapshot hold the rest of it.
 */
export function fillSnapshot(ctx: Ctx, { header, entries }: LoadedSnapshot, beacon: "local" | "quicknet"): void {
  const { state } = ctx;
  for (const [key, value] of entries) state.putRaw(key, value);
  state.put(system.storage.Number, [], header.block);
  state.put(subtensorModule.storage.TotalNetworks, [], netuids(state).length);
  if (beacon === "local") playBeacon(ctx);
  for (const { account, genesisRao } of devAccounts()) {
    if (state.has(system.storage.Account, account)) continue;
    const data = { free: genesisRao, reserved: 0n, frozen: 0n, flags: 1n << 127n };
    state.put(system.storage.Account, [account], { nonce: 0, consumers: 0, providers: 1, sufficients: 0, data });
  }
}

/** The network's rounds go on at its pace with the key of the local beacon; commits to the network's own key cannot be opened at home. */
function playBeacon({ state }: Ctx): void {
  const network = state.get(drand.storage.BeaconConfig);
  if (bytesEqual(network.public_key, localBeaconPublicKey())) return;
  state.put(drand.storage.BeaconConfig, [], localBeaconConfig(network.genesis_time * 1000, network.period));
}
