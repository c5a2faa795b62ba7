import { blake2b256 } from "@subnetkit/shared/crypto/hash";
import { bytesToHex } from "@subnetkit/shared/util/bytes";
import { Bytes, Tuple, u16, u64, Vector } from "scale-ts";

/** The weights to put on chain: parallel lists of uids and u16 values. */
export type WeightVector = { readonly uids: readonly number[]; readonly values: readonly number[] };

const committed = Tuple(Bytes(32), u16, Vector(u16), Vector(u16), Vector(u16), u64);

/** What a hash commit is the hash of (spec/subtensor-interface.md 6.1): order uids, values, salt, version key. */
export type HashCommit = WeightVector & {
  /** Raw public key. */
  readonly hotkey: Uint8Array;
  readonly netuid: number;
  /** u16 each. */
  readonly salt: readonly number[];
  readonly versionKey: bigint;
};

/** The hash to commit, 0x hex. */
export function weightsCommitHash(commit: HashCommit): string {
  const { hotkey, netuid, uids, values, salt, versionKey } = commit;
  return bytesToHex(blake2b256(committed.enc([hotkey, netuid, [...uids], [...values], [...salt], versionKey])));
}
