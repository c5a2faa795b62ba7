/** Questions about storage in the new interface: chainHead_v1_storage and archive_v1_storage ask the same five things (spec/json-rpc.md 3.1, 5). */
import { createHash } from "node:crypto";
import { blake2b256 } from "@subnetkit/shared/crypto/hash";
import { bytesToHex, hexToBytes, isHex } from "@subnetkit/shared/util/bytes";
import type { StorageKey } from "../storage/keys.ts";
import { rawKey } from "../storage/state.ts";
import type { RawReader } from "../storage/versions.ts";
import type { Params } from "./params.ts";
import { invalidParams } from "./rpc-error.ts";

/** Questions of one request. */
const MAX_QUERIES = 1_024;

const queryTypes = ["value", "hash", "closestDescendantMerkleValue", "descendantsValues", "descendantsHashes"] as const;

/** What is asked about one storage key. */
export type StorageQueryType = (typeof queryTypes)[number];

/** One question. */
export interface StorageQuery {
  readonly key: StorageKey;
  readonly type: StorageQueryType;
  /** Of a walk: only keys after this one. */
  readonly after?: StorageKey;
}

/** One answer: the key and the field that was asked for. */
export interface StorageItemJson {
  readonly key: StorageKey;
  readonly value?: string;
  readonly hash?: string;
  readonly closestDescendantMerkleValue?: string;
}

/** The list of questions in a parameter. Throws −32602. */
export function storageQueries(params: Params, at: number): StorageQuery[] {
  const value = params.raw(at);
  if (!Array.isArray(value) || value.length > MAX_QUERIES)
    throw invalidParams(`parameter ${at + 1} must be a list of at most ${MAX_QUERIES} items`);
  return value.map((one: unknown) => {
    if (typeof one !== "object" || one === null) throw invalidParams("an item has a key and a type");
    const { key, type, paginationStartKey } = one as Record<string, unknown>;
    const known = queryTypes.find((name) => name === type);
    if (known === undefined) throw invalidParams(`an item's type is one of ${queryTypes.join(", ")}`);
    const query = { key: hexKey(key), type: known };
    return paginationStartKey === undefined || paginationStartKey === null
      ? query
      : { ...query, after: hexKey(paginationStartKey) };
  });
}

/** The answers to one question, none where nothing is stored. Walks include the entry that equals the prefix. */
export function* storageItems(reader: RawReader, { key, type, after }: StorageQuery): Iterable<StorageItemJson> {
  if (type === "closestDescendantMerkleValue") {
    const root = subtreeHash(reader, key);
    if (root !== undefined) yield { key, closestDescendantMerkleValue: root };
    return;
  }
  const asHash = type === "hash" || type === "descendantsHashes";
  const keys = type === "value" || type === "hash" ? [key] : reader.keys(key, after);
  for (const one of keys) {
    const value = reader.get(one);
    if (value !== undefined) yield asHash ? { key: one, hash: hashHex(value) } : { key: one, value: bytesToHex(value) };
  }
}

/** Blake2-256 of a value: what the interface calls its hash. */
export function hashHex(value: Uint8Array): string {
  return bytesToHex(blake2b256(value));
}

function hexKey(value: unknown): StorageKey {
  if (typeof value !== "string" || !isHex(value)) throw invalidParams("a storage key must be hex");
  return rawKey(value);
}

/** A hash over everything under a prefix: changes when, and only when, something there does. Not a Merkle value. */
function subtreeHash(reader: RawReader, prefix: StorageKey): string | undefined {
  const hash = createHash("sha256");
  const length = Buffer.alloc(8);
  let found = false;
  for (const key of reader.keys(prefix)) {
    const keyBytes = hexToBytes(key);
    const value = reader.get(key) ?? new Uint8Array();
    length.writeUInt32LE(keyBytes.length, 0);
    length.writeUInt32LE(value.length, 4);
    hash.update(length).update(keyBytes).update(value);
    found = true;
  }
  return found ? `0x${hash.digest("hex")}` : undefined;
}
