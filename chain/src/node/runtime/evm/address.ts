/** Ethereum addresses and the accounts behind them, as the runtime maps them: by hash one way, by the first 20 bytes the other. */
import { blake2b256 } from "@subnetkit/shared/crypto/hash";
import { bytesToHex, concatBytes, utf8 } from "@subnetkit/shared/util/bytes";
import { type AccountId, badOrigin, type Origin } from "../pallet.ts";

const PREFIX = utf8("evm:");
const ADDRESS_BYTES = 20;

/** The account that holds what an Ethereum address has. */
export function accountOf(address: Uint8Array): AccountId {
  return bytesToHex(blake2b256(concatBytes(PREFIX, address)));
}

/** The signer, who acts for an address when its public key begins with it; a BadOrigin failure for everyone else. */
export function ensureOwner(origin: Origin, address: Uint8Array): AccountId {
  if (origin.kind !== "signed" || origin.who.slice(2, 2 + 2 * ADDRESS_BYTES) !== bytesToHex(address).slice(2))
    throw badOrigin();
  return origin.who;
}
