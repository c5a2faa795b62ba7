/** Storage changes in words: `Pallet.Item`, keys, and the values before and after, as JSON. What no table knows stays hex. */
import { bytesToHex } from "@subnetkit/shared/util/bytes";
import { ScaleError } from "../../spec/cursor.ts";
import { EVENT_KEYS, sameValue } from "../block/replay.ts";
import type { StorageKey } from "../storage/keys.ts";
import type { RawReader } from "../storage/versions.ts";
import { decodeStorageKey } from "./decoded-key.ts";
import { scaleToJson } from "./scale-to-json.ts";

/** A change: null where there is no entry. */
export interface ChangeJson {
  /** `Pallet.Item`; the raw key where no table has it. */
  readonly item: string;
  readonly keys: readonly unknown[];
  readonly old: unknown;
  readonly new: unknown;
}

/** What keys read before and after, without those that read the same, and without the events, which are told as such. */
export function decodedChanges(keys: Iterable<StorageKey>, before: RawReader, after: RawReader): ChangeJson[] {
  const changes: ChangeJson[] = [];
  for (const key of [...keys].sort()) {
    const [old, now] = [before.get(key), after.get(key)];
    if (EVENT_KEYS.has(key) || sameValue(old, now)) continue;
    const decoded = decodeStorageKey(key);
    changes.push({
      item: decoded?.name ?? key,
      keys: decoded?.keys ?? [],
      old: valueJson(decoded?.item?.value, old),
      new: valueJson(decoded?.item?.value, now),
    });
  }
  return changes;
}

function valueJson(type: Parameters<typeof scaleToJson>[0] | undefined, bytes: Uint8Array | undefined): unknown {
  if (bytes === undefined) return null;
  try {
    return type === undefined ? bytesToHex(bytes) : scaleToJson(type, bytes);
  } catch (cause) {
    if (cause instanceof ScaleError) return bytesToHex(bytes);
    throw cause;
  }
}
