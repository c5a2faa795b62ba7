import { appError } from "../errors/app-error.ts";
import { concatBytes } from "../util/bytes.ts";

/*
 * The plaintext of a timelocked weight commit, SCALE encoded (spec/subtensor-interface.md 6.3):
 * { hotkey Vec<u8>, uids Vec<u16>, values Vec<u16>, version_key u64 }, and the legacy form without the hotkey.
 */

/** What a validator commits to. `uids` and `values` have the same length; each entry is a u16. */
export type WeightsPayload = {
  /** The validator's public key, 32 bytes. Left out in the legacy form. */
  readonly hotkey?: Uint8Array;
  readonly uids: readonly number[];
  readonly values: readonly number[];
  /** u64. */
  readonly versionKey: bigint;
};

/** What bytes turn out to be. In `current` the hotkey is the first 32 bytes of the encoded one, as the chain compares it. */
export type DecodedWeightsPayload =
  | {
      readonly kind: "current";
      readonly hotkey: Uint8Array;
      readonly uids: readonly number[];
      readonly values: readonly number[];
      readonly versionKey: bigint;
    }
  | {
      readonly kind: "legacy";
      readonly uids: readonly number[];
      readonly values: readonly number[];
      readonly versionKey: bigint;
    }
  | { readonly kind: "malformed" };

const HOTKEY_LENGTH = 32;

/** Encodes a payload. Throws E_TIMELOCK_INPUT when the hotkey is not 32 bytes, an entry is not a u16, the lists differ in length or the key is not a u64. */
export function encodeWeightsPayload({ hotkey, uids, values, versionKey }: WeightsPayload): Uint8Array {
  if (hotkey !== undefined && hotkey.length !== HOTKEY_LENGTH) throw invalid("the hotkey", "is not 32 bytes");
  if (uids.length !== values.length) throw invalid("the values", "are not as many as the uids");
  if (versionKey < 0n || versionKey > 0xffff_ffff_ffff_ffffn) throw invalid("the version key", "is not a u64");
  const version = new Uint8Array(8);
  new DataView(version.buffer).setBigUint64(0, versionKey, true);
  const lists = concatBytes(encodeU16s("a uid", uids), encodeU16s("a value", values), version);
  return hotkey === undefined ? lists : concatBytes(encodeLength(HOTKEY_LENGTH), hotkey, lists);
}

/**
 * Decodes a payload as the chain does: the current form when it decodes and carries at least 32 bytes of hotkey, else the legacy form, else `malformed`.
 * Trailing bytes are ignored. The lists may differ in length: that is for the weight checks to refuse.
 */
export function decodeWeightsPayload(bytes: Uint8Array): DecodedWeightsPayload {
  const hotkey = readVector(bytes, 0, 1);
  if (hotkey !== undefined && hotkey.end - hotkey.start >= HOTKEY_LENGTH) {
    const lists = readLists(bytes, hotkey.end);
    if (lists !== undefined) {
      return { kind: "current", hotkey: bytes.slice(hotkey.start, hotkey.start + HOTKEY_LENGTH), ...lists };
    }
  }
  const lists = readLists(bytes, 0);
  return lists === undefined ? { kind: "malformed" } : { kind: "legacy", ...lists };
}

type Lists = { uids: number[]; values: number[]; versionKey: bigint };

function readLists(bytes: Uint8Array, offset: number): Lists | undefined {
  const uids = readVector(bytes, offset, 2);
  const values = uids && readVector(bytes, uids.end, 2);
  if (uids === undefined || values === undefined || values.end + 8 > bytes.length) return undefined;
  return {
    uids: readU16s(bytes, uids),
    values: readU16s(bytes, values),
    versionKey: viewOf(bytes).getBigUint64(values.end, true),
  };
}

type Span = { start: number; end: number };

/** Where the items of a SCALE vector lie; undefined when the length is not minimal compact or runs past the end. */
function readVector(bytes: Uint8Array, offset: number, itemLength: number): Span | undefined {
  const mode = bytes[offset];
  if (mode === undefined) return undefined;
  // One, two or four bytes. The big-integer mode (3) starts at 2^30 items, which no ciphertext can hold.
  const size = [1, 2, 4][mode & 3];
  if (size === undefined || offset + size > bytes.length) return undefined;
  const view = viewOf(bytes);
  const raw = size === 1 ? mode : size === 2 ? view.getUint16(offset, true) : view.getUint32(offset, true);
  const count = raw >>> 2;
  if ((size === 2 && count < 1 << 6) || (size === 4 && count < 1 << 14)) return undefined;
  const start = offset + size;
  const end = start + count * itemLength;
  return end > bytes.length ? undefined : { start, end };
}

function readU16s(bytes: Uint8Array, { start, end }: Span): number[] {
  const view = viewOf(bytes);
  return Array.from({ length: (end - start) / 2 }, (_, i) => view.getUint16(start + 2 * i, true));
}

function encodeU16s(field: string, items: readonly number[]): Uint8Array {
  const bytes = new Uint8Array(items.length * 2);
  const view = new DataView(bytes.buffer);
  for (const [i, item] of items.entries()) {
    if (!Number.isInteger(item) || item < 0 || item > 0xffff) throw invalid(field, `is ${item}, not a u16`);
    view.setUint16(i * 2, item, true);
  }
  return concatBytes(encodeLength(items.length), bytes);
}

/** SCALE compact of a length below 2^30. */
function encodeLength(length: number): Uint8Array {
  const size = length < 1 << 6 ? 1 : length < 1 << 14 ? 2 : 4;
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, ((length << 2) | (size === 4 ? 2 : size - 1)) >>> 0, true);
  return bytes.slice(0, size);
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function invalid(field: string, problem: string): Error {
  return appError("E_TIMELOCK_INPUT", { field, problem });
}
