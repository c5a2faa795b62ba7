/** Storage keys in words: the pallet and item a key belongs to, and the values it was made from where its hashers keep them. */
import { assertNever } from "@subnetkit/shared/util/assertNever";
import { hexToBytes } from "@subnetkit/shared/util/bytes";
import { Reader, ScaleError } from "../../spec/cursor.ts";
import type { AnyItem, Hasher } from "../../spec/define.ts";
import { palletSpecs } from "../../spec/pallets.ts";
import { itemPrefix, PREFIX_CHARS, type StorageKey, twox128 } from "../storage/keys.ts";
import { CODE_KEY } from "../storage/state.ts";
import { scaleToJson } from "./scale-to-json.ts";

/** What a key says. */
export interface DecodedKey {
  /** `Pallet.Item`, or the text of a well-known key. */
  readonly name: string;
  /** Values of the map's keys, those the key ends before left out; the hash where only that is kept. */
  readonly keys: readonly unknown[];
  /** Undefined for a well-known key. */
  readonly item: AnyItem | undefined;
}

let items: Map<string, AnyItem> | undefined;

/** Decodes a key or the start of one; undefined when no item has it. */
export function decodeStorageKey(key: StorageKey): DecodedKey | undefined {
  if (key === CODE_KEY) return { name: ":code", keys: [], item: undefined };
  items ??= new Map(
    palletSpecs.flatMap(({ storage }) => Object.values(storage)).map((item) => [itemPrefix(item), item]),
  );
  const item = items.get(key.slice(0, PREFIX_CHARS));
  if (item === undefined) return undefined;
  try {
    return { name: `${item.pallet}.${item.name}`, keys: keysOf(item, hexToBytes(key)), item };
  } catch (cause) {
    if (cause instanceof ScaleError) return undefined;
    throw cause;
  }
}

/** The pallet whose entries all start with this prefix. */
export function palletOfPrefix(key: StorageKey): string | undefined {
  return palletSpecs.find(({ name }) => key === `0x${twox128(name)}`)?.name;
}

function keysOf(item: AnyItem, bytes: Uint8Array): unknown[] {
  const input = new Reader(bytes, 32);
  const keys: unknown[] = [];
  for (const { hasher, type } of item.keys) {
    if (input.remaining === 0) break;
    const { hash, keeps } = layouts(hasher);
    const hashed = input.take(hash);
    const start = input.offset;
    if (keeps) type.read(input);
    keys.push(keeps ? scaleToJson(type, bytes.slice(start, input.offset)) : `0x${Buffer.from(hashed).toString("hex")}`);
  }
  if (input.remaining > 0) throw new ScaleError(`${input.remaining} bytes left over`);
  return keys;
}

/** Bytes of the hash in front, and whether the key itself follows. */
function layouts(hasher: Hasher): { hash: number; keeps: boolean } {
  switch (hasher) {
    case "Identity":
      return { hash: 0, keeps: true };
    case "Twox64Concat":
      return { hash: 8, keeps: true };
    case "Blake2_128Concat":
      return { hash: 16, keeps: true };
    case "Blake2_128":
    case "Twox128":
      return { hash: 16, keeps: false };
    case "Blake2_256":
    case "Twox256":
      return { hash: 32, keeps: false };
    default:
      return assertNever(hasher);
  }
}
