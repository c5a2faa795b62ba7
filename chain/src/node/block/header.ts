/** Block headers: hash and digest. The hash of a header is Blake2-256 of its bytes, genesis included (spec/json-rpc.md 3.4). */
import { blake2b256 } from "@subnetkit/shared/crypto/hash";
import { bytesToHex, utf8 } from "@subnetkit/shared/util/bytes";
import { u64 } from "../../spec/scale/numbers.ts";
import { type DigestItem, type Header, header } from "../../spec/types.ts";

const AURA_ENGINE = utf8("aura");

/** Hash of a header. */
export function headerHash(of: Header): string {
  return bytesToHex(blake2b256(header.enc(of)));
}

/** The digest entry that names the author's slot. */
export function slotDigest(slot: bigint): DigestItem {
  return { type: "PreRuntime", value: [AURA_ENGINE, u64.enc(slot)] };
}

/** The digest entry with the author's signature over the header without it. */
export function sealDigest(signature: Uint8Array): DigestItem {
  return { type: "Seal", value: [AURA_ENGINE, signature] };
}
