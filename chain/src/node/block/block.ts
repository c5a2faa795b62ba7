/** A finished block and its form in the block log. */
import { Writer } from "../../spec/cursor.ts";
import { bytes } from "../../spec/scale/byte-strings.ts";
import { vec } from "../../spec/scale/sequences.ts";
import { struct, tuple } from "../../spec/scale/structs.ts";
import { option } from "../../spec/scale/variants.ts";
import { type Header, header } from "../../spec/types.ts";
import type { Change } from "../storage/versions.ts";
import { bytesToHex } from "@subnetkit/shared/util/bytes";
import { headerHash } from "./header.ts";

/** Extrinsics one block takes, inherents included: keeps a block far below the time between two. */
export const MAX_BODY_EXTRINSICS = 2_048;

/** A block with everything needed to serve it and to write it down. */
export interface Block {
  readonly number: number;
  readonly hash: string;
  readonly header: Header;
  /** Extrinsics as submitted, inherents first. */
  readonly body: readonly Uint8Array[];
  /** Storage changes against the parent, in key order. */
  readonly changes: readonly Change[];
}

const bodyType = vec(bytes);
const optionalBytes = option(bytes);
const changesType = vec(tuple(bytes, optionalBytes));
const blockType = struct("", { header, body: bodyType, changes: changesType });

/** Encodes a block: header, extrinsics, changes as pairs of key and new value. */
export function encodeBlock(block: Block): Uint8Array {
  const out = new Writer();
  header.write(out, block.header);
  bodyType.write(out, block.body as Uint8Array[]);
  out.compact(block.changes.length);
  for (const [key, value] of block.changes) {
    out.compact(key.length / 2 - 1);
    out.putHex(key.slice(2));
    optionalBytes.write(out, value);
  }
  return out.finish();
}

/** Decodes what {@link encodeBlock} made. Throws ScaleError on other bytes. */
export function decodeBlock(encoded: Uint8Array): Block {
  const { header: head, body, changes } = blockType.dec(encoded);
  const changed = changes.map(([key, value]): Change => [bytesToHex(key), value]);
  return { number: head.number, hash: headerHash(head), header: head, body, changes: changed };
}
