/** A finished block and its form in the block log. */
import { bytes, option, struct, tuple, type ValueOf, vec } from "../../spec/scale.ts";
import { type Header, header } from "../../spec/types.ts";
import type { Change } from "../storage/versions.ts";
import { bytesToHex, hexToBytes } from "@subnetkit/shared/util/bytes";
import { headerHash } from "./header.ts";

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

/** Storage changes as bytes: pairs of key and new value. */
export const changesType = vec(tuple(bytes, option(bytes)));
/** A block as bytes. */
export const blockType = struct("", { header, body: vec(bytes), changes: changesType });

/** Changes in the form {@link changesType} takes. */
export function plainChanges(changes: readonly Change[]): ValueOf<typeof changesType> {
  return changes.map(([key, value]) => [hexToBytes(key), value]);
}

/** Encodes a block. */
export function encodeBlock(block: Block): Uint8Array {
  return blockType.enc({ header: block.header, body: [...block.body], changes: plainChanges(block.changes) });
}

/** Decodes what {@link encodeBlock} made. Throws ScaleError on other bytes. */
export function decodeBlock(encoded: Uint8Array): Block {
  const { header: head, body, changes } = blockType.dec(encoded);
  const changed = changes.map(([key, value]): Change => [bytesToHex(key), value]);
  return { number: head.number, hash: headerHash(head), header: head, body, changes: changed };
}
