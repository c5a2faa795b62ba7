/**
 * Stored encrypted calls. Subtensor's runtime keeps them for the block after and has no way to decrypt them yet (its decryptor is the empty one), so
 * each comes to ExtrinsicDecodeFailed there, or to ExtrinsicExpired where it waited too long.
 */
import { mevShield } from "../../../spec/pallets/mev-shield.ts";
import { type AccountId, type Ctx, moduleError } from "../pallet.ts";

const S = mevShield.storage;

/** Stores a call for the next block. Says ExtrinsicStored; fails with TooManyPendingExtrinsics. */
export function storeEncrypted(ctx: Ctx, who: AccountId, encrypted_call: Uint8Array): void {
  const { state, block } = ctx;
  const count = state.get(S.CounterForPendingExtrinsics);
  if (count >= state.get(S.MaxPendingExtrinsicsLimit)) throw moduleError(mevShield, "TooManyPendingExtrinsics");
  const index = state.get(S.NextPendingExtrinsicIndex);
  state.put(S.PendingExtrinsics, [index], { who, encrypted_call, submitted_at: block.number });
  state.put(S.CounterForPendingExtrinsics, [], count + 1);
  state.put(S.NextPendingExtrinsicIndex, [], Math.min(index + 1, 0xffff_ffff));
  ctx.emit(mevShield, "ExtrinsicStored", { index, who });
}

/** At the start of a block: takes up what was stored before, oldest first. */
export function processPending(ctx: Ctx): void {
  const { state, block } = ctx;
  const count = state.get(S.CounterForPendingExtrinsics);
  if (count === 0) return;
  const next = state.get(S.NextPendingExtrinsicIndex);
  const lifetime = state.get(S.ExtrinsicLifetime);
  let left = count;
  for (let index = Math.max(0, next - count); index < next; index++) {
    const pending = state.get(S.PendingExtrinsics, index);
    if (pending === undefined) continue;
    state.kill(S.PendingExtrinsics, index);
    left -= 1;
    const expired = block.number - pending.submitted_at > lifetime;
    ctx.emit(mevShield, expired ? "ExtrinsicExpired" : "ExtrinsicDecodeFailed", { index });
  }
  state.put(S.CounterForPendingExtrinsics, [], left);
}
