/**
 * Extrinsics on the wire: version 4 signed (0x84) with the thirteen extensions of spec/subtensor-interface.md 1.3, and bare (0x04 or 0x05).
 * The bytes are kept as received: block bodies must equal what was submitted.
 */
import { blake2b256 } from "@subnetkit/shared/crypto/hash";
import { bytesToHex } from "@subnetkit/shared/util/bytes";
import { type RuntimeCall, runtimeCall } from "../../spec/call.ts";
import { Reader, ScaleError, Writer } from "../../spec/cursor.ts";
import { type MultiAddress, multiAddress } from "../../spec/scale/accounts.ts";
import { type MultiSignature, multiSignature } from "../../spec/types.ts";
import { type Era, readEra } from "./era.ts";

/** Longest extrinsic accepted, bytes (the normal share of the block length). */
const MAX_EXTRINSIC_BYTES = 5 * 1024 * 1024;

interface Common {
  /** With the length in front, as submitted. */
  readonly bytes: Uint8Array;
  /** Blake2-256 of {@link Common.bytes}. */
  readonly hash: string;
  readonly call: RuntimeCall;
}

/** A transaction. */
export interface SignedExtrinsic extends Common {
  readonly kind: "signed";
  readonly signer: MultiAddress;
  readonly signature: MultiSignature;
  readonly era: Era;
  readonly nonce: number;
  /** Rao. */
  readonly tip: bigint;
  /** CheckMetadataHash: 0 off, 1 on. */
  readonly metadataMode: number;
  /** Call and extra as signed. */
  readonly signedPart: Uint8Array;
}

/** An inherent, or a call a pallet accepts without a signature. */
export interface BareExtrinsic extends Common {
  readonly kind: "bare";
}

/** A decoded extrinsic. */
export type Extrinsic = SignedExtrinsic | BareExtrinsic;

const call = runtimeCall();
const bare = new Writer();

/** Decodes an extrinsic with its length prefix. Throws ScaleError on anything malformed. */
export function decodeExtrinsic(bytes: Uint8Array): Extrinsic {
  if (bytes.length > MAX_EXTRINSIC_BYTES) throw new ScaleError(`${bytes.length} bytes, at most ${MAX_EXTRINSIC_BYTES}`);
  const input = new Reader(bytes);
  if (input.length(1) !== input.remaining) throw new ScaleError("the length in front is wrong");
  const version = input.u8();
  const hash = bytesToHex(blake2b256(bytes));
  if (version === 0x84) return { bytes, hash, ...readSigned(input) };
  if (version !== 0x04 && version !== 0x05) throw new ScaleError(`extrinsic version byte ${version}`);
  const decoded = call.read(input);
  end(input);
  return { kind: "bare", bytes, hash, call: decoded };
}

function readSigned(input: Reader): Omit<SignedExtrinsic, "bytes" | "hash"> {
  const signer = multiAddress.read(input);
  const signature = multiSignature.read(input);
  const extraAt = input.offset;
  const era = readEra(input);
  const nonce = input.compact();
  const tip = input.compactBig();
  const metadataMode = input.u8();
  if (metadataMode > 1) throw new ScaleError(`a metadata hash mode of ${metadataMode}`);
  const callAt = input.offset;
  const decoded = call.read(input);
  end(input);
  const out = new Writer();
  out.put(input.bytes.subarray(callAt));
  out.put(input.bytes.subarray(extraAt, callAt));
  return { kind: "signed", signer, signature, era, nonce, tip, metadataMode, call: decoded, signedPart: out.finish() };
}

function end(input: Reader): void {
  if (input.remaining > 0) throw new ScaleError(`${input.remaining} bytes left over`);
}

/** A bare extrinsic around a call: how inherents are written into blocks. */
export function bareExtrinsic(of: RuntimeCall): BareExtrinsic {
  const body = call.enc(of);
  bare.clear();
  bare.compact(body.length + 1);
  bare.u8(0x04);
  bare.put(body);
  const bytes = bare.finish();
  let hash: string | undefined;
  return {
    kind: "bare",
    bytes,
    get hash() {
      // Inherents are rarely asked for theirs.
      hash ??= bytesToHex(blake2b256(bytes));
      return hash;
    },
    call: of,
  };
}

/** What a transaction's signature covers beyond its own bytes. */
export interface Implicit {
  readonly specVersion: number;
  readonly transactionVersion: number;
  readonly genesisHash: Uint8Array;
  readonly birthHash: Uint8Array;
}

/** The bytes a signature is over: the signed part and the implicit data, hashed when longer than 256 bytes. */
export function signaturePayload(signedPart: Uint8Array, implicit: Implicit): Uint8Array {
  const out = new Writer();
  out.put(signedPart);
  out.u32(implicit.specVersion);
  out.u32(implicit.transactionVersion);
  out.put(implicit.genesisHash);
  out.put(implicit.birthHash);
  out.u8(0);
  const payload = out.finish();
  return payload.length > 256 ? blake2b256(payload) : payload;
}
