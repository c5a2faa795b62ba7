/** Block headers: hash and digest. The hash of a header is Blake2-256 of its bytes, genesis included (spec/json-rpc.md 3.4). */
import { blake2b256 } from "@subnetkit/shared/crypto/hash";
import { bytesToHex, concatBytes, utf8 } from "@subnetkit/shared/util/bytes";
import { u64 } from "../../spec/scale/numbers.ts";
import { type DigestItem, digestItem, type Header, header } from "../../spec/types.ts";

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
function sealDigest(signature: Uint8Array): DigestItem {
  return { type: "Seal", value: [AURA_ENGINE, signature] };
}

/** A header with its seal, and its hash. */
export interface SealedHeader {
  readonly header: Header;
  readonly hash: string;
}

/** Counts below this take one byte in compact form, four times the count. */
const ONE_BYTE_COUNTS = 64;

/** Seals a header: Aura signs the hash of the header without the seal. */
export function sealHeader(unsealed: Header, sign: (preHash: Uint8Array) => Uint8Array): SealedHeader {
  const { logs } = unsealed.digest;
  const bytes = header.enc(unsealed);
  const seal = sealDigest(sign(blake2b256(bytes)));
  const sealed = { ...unsealed, digest: { logs: [...logs, seal] } };
  if (logs.length + 1 >= ONE_BYTE_COUNTS) return { header: sealed, hash: headerHash(sealed) };
  // The same bytes with one log more, which is quicker than to encode the header again.
  const sealedBytes = concatBytes(bytes, digestItem.enc(seal));
  sealedBytes[logCountAt(unsealed.number)] = (logs.length + 1) << 2;
  return { header: sealed, hash: bytesToHex(blake2b256(sealedBytes)) };
}

/** Where a header says how many logs it has: behind three hashes and the number in compact form. */
function logCountAt(number: number): number {
  return 96 + (number < 64 ? 1 : number < 16_384 ? 2 : number < 1_073_741_824 ? 4 : 5);
}
