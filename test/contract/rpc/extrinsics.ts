/** Extrinsics made by hand, so that every part of one can be wrong. */
import { keypairFromUri } from "@subnetkit/shared/crypto/keypair";
import { bytesToHex, concatBytes, hexToBytes } from "@subnetkit/shared/util/bytes";
import { type Era, writeEra } from "../../../chain/src/node/block/era.ts";
import { signaturePayload } from "../../../chain/src/node/block/extrinsic.ts";
import type { ChainNode } from "../../../chain/src/node/create-node.ts";
import { type RuntimeCall, runtimeCall } from "../../../chain/src/spec/call.ts";
import { Writer } from "../../../chain/src/spec/cursor.ts";
import { system } from "../../../chain/src/spec/pallets/system.ts";
import { multiAddress } from "../../../chain/src/spec/scale/accounts.ts";
import { compact, u32, u64 } from "../../../chain/src/spec/scale/numbers.ts";
import { multiSignature } from "../../../chain/src/spec/types.ts";

/** Account of a development uri, as hex. */
export const accountOf = (uri: string): string => bytesToHex(keypairFromUri(uri).publicKey);

/** What may differ from a good transaction. */
export interface Parts {
  readonly nonce?: number;
  readonly tip?: bigint;
  readonly era?: Era;
  /** Hash of the era's first block; genesis where immortal. */
  readonly birthHash?: string;
  readonly genesisHash?: string;
  readonly specVersion?: number;
  /** In place of the right one. */
  readonly signature?: Uint8Array;
  /** Whose account it is from, where that is not the key that signs. */
  readonly account?: string;
}

/** chopsticks' mock signature. */
export const mockSignature = Uint8Array.from({ length: 64 }, (_, at) => [0xde, 0xad, 0xbe, 0xef][at] ?? 0xcd);

/** A signed extrinsic as hex; `uri` signs. */
export function signed(node: ChainNode, uri: string, call: RuntimeCall, parts: Parts = {}): string {
  const key = keypairFromUri(uri);
  const account = parts.account ?? bytesToHex(key.publicKey);
  const nonce = parts.nonce ?? node.chain.headState().get(system.storage.Account, account).nonce;
  const callBytes = runtimeCall().enc(call);
  const era = new Writer();
  writeEra(era, parts.era ?? { kind: "immortal" });
  const extra = concatBytes(era.finish(), compact(u32).enc(nonce), compact(u64).enc(parts.tip ?? 0n), Uint8Array.of(0));
  const genesisHash = parts.genesisHash ?? node.chain.genesis.hash;
  const payload = signaturePayload(concatBytes(callBytes, extra), {
    specVersion: parts.specVersion ?? node.runtime.version.spec_version,
    transactionVersion: node.runtime.version.transaction_version,
    genesisHash: hexToBytes(genesisHash),
    birthHash: hexToBytes(parts.birthHash ?? genesisHash),
  });
  const signature = multiSignature.enc({ type: "Sr25519", value: parts.signature ?? key.sign(payload) });
  const address = multiAddress.enc({ type: "Id", value: account });
  const body = concatBytes(Uint8Array.of(0x84), address, signature, extra, callBytes);
  return bytesToHex(concatBytes(compact(u32).enc(body.length), body));
}

/** A call that writes nothing. */
export const remark: RuntimeCall = { pallet: "System", name: "remark", args: { remark: Uint8Array.of(1, 2, 3) } };
