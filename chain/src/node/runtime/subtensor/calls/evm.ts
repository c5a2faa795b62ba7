import { keccakAsU8a } from "@polkadot/util-crypto/keccak";
import { secp256k1Expand, secp256k1Recover } from "@polkadot/util-crypto/secp256k1";
import { bytesEqual, concatBytes, hexToBytes, utf8 } from "@subnetkit/shared/util/bytes";
import type { CallArgs } from "../../../../spec/define.ts";
import { subtensorModule } from "../../../../spec/pallets/subtensor-module.ts";
import { u64 } from "../../../../spec/scale/numbers.ts";
import { type CallImpl, type Ctx, ensureSigned } from "../../pallet.ts";
import { ensure, fail, type SubtensorError } from "../errors.ts";
import { uidOf } from "../state/neurons.ts";

type Args<N extends keyof typeof subtensorModule.calls> = CallArgs<typeof subtensorModule, N>;
const S = subtensorModule.storage;

/** Blocks between two associations of a uid: fast build; 7200 on mainnet (spec/subtensor-interface.md 1.1). */
const ASSOCIATION_LIMIT = 1n;
const ADDRESS_BYTES = 20;

/** A hotkey shows that it also holds an Ethereum key (spec/subtensor-interface.md 2.3). */
export const evmCalls = {
  associate_evm_key: {
    pays: false,
    dispatch(ctx, origin, { netuid, evm_key, block_number, signature }) {
      const hotkey = ensureSigned(origin);
      const uid = uidOf(ctx.state, netuid, hotkey);
      ensure(uid !== undefined, "HotKeyNotRegisteredInSubNet");
      const problem = evmProblem(ctx, hotkey, netuid);
      if (problem !== undefined) fail(problem);
      const address = recoverAddress(keccakAsU8a(associationMessage(hotkey, block_number)), signature);
      ensure(address !== undefined, "InvalidIdentity");
      ensure(bytesEqual(address, evm_key), "InvalidRecoveredPublicKey");
      const block_associated = BigInt(ctx.block.number);
      ctx.state.put(S.AssociatedEvmAddress, [netuid, uid], [evm_key, block_associated]);
      ctx.emit(subtensorModule, "EvmKeyAssociated", { netuid, hotkey, evm_key, block_associated });
    },
  } satisfies CallImpl<Args<"associate_evm_key">>,
};

/** Why a hotkey may not associate a key now: no uid, or too soon after the last time. Also the guard's check. */
export function evmProblem({ state, block, rules }: Ctx, hotkey: string, netuid: number): SubtensorError | undefined {
  const uid = uidOf(state, netuid, hotkey);
  if (uid === undefined) return "HotKeyNotRegisteredInSubNet";
  const last = state.get(S.AssociatedEvmAddress, netuid, uid)?.[1];
  return last !== undefined && BigInt(block.number) - last < ASSOCIATION_LIMIT && !rules.lifts("serving")
    ? "EvmKeyAssociateRateLimitExceeded"
    : undefined;
}

/** What the Ethereum key signs: hotkey and Keccak-256 of the block number, as a personal message (EIP-191). */
export function associationMessage(hotkey: string, blockNumber: bigint): Uint8Array {
  const message = concatBytes(hexToBytes(hotkey), keccakAsU8a(u64.enc(blockNumber)));
  return concatBytes(utf8(`\x19Ethereum Signed Message:\n${message.length}`), message);
}

/** Address whose key signed a hash; undefined for a signature of no key. The recovery byte counts from 0 or from 27. */
function recoverAddress(hash: Uint8Array, signature: Uint8Array): Uint8Array | undefined {
  const recovery = (signature[64] ?? 0) % 27;
  try {
    const publicKey = secp256k1Expand(secp256k1Recover(hash, signature.subarray(0, 64), recovery));
    return keccakAsU8a(publicKey).slice(-ADDRESS_BYTES);
  } catch {
    return undefined;
  }
}
