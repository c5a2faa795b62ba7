import { blake2b256 } from "../crypto/hash.ts";
import { appError } from "../errors/app-error.ts";
import { bareHex, concatBytes, utf8 } from "../util/bytes.ts";

/** What a round's seed is made of. */
export type RoundSeedInput = {
  /** Hash of the block the round starts at, 0x-hex: nobody knows it before. */
  readonly blockHash: string;
  /** ss58 address of the validator: two validators draw different challenges. */
  readonly validatorHotkey: string;
  /** Number of the round, from 0. */
  readonly round: number;
  /**
   * At least 16 bytes that only this validator knows. Block hash and hotkey are public: without a secret every miner could run the challenge function itself
   * and read the key. Keep the resulting seed with the round's record; whoever has it can replay the round.
   */
  readonly secret: Uint8Array;
};

/** Seed of a round: hex (without 0x) of BLAKE2b-256 over a domain text, block hash, hotkey, round and secret, each preceded by its length. */
export function roundSeed({ blockHash, validatorHotkey, round, secret }: RoundSeedInput): string {
  if (secret.length < 16) throw appError("E_INTERNAL", { what: "a round seed needs a secret of at least 16 bytes" });
  const parts = [utf8("subnetkit/round-seed/1"), utf8(blockHash), utf8(validatorHotkey), utf8(String(round)), secret];
  return bareHex(blake2b256(concatBytes(...parts.flatMap((part) => [lengthPrefix(part), part]))));
}

function lengthPrefix(part: Uint8Array): Uint8Array {
  const prefix = new Uint8Array(4);
  new DataView(prefix.buffer).setUint32(0, part.length, true);
  return prefix;
}
