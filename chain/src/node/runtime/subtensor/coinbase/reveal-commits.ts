import { decodeWeightsPayload } from "@subnetkit/shared/crypto/timelock";
import { bytesToHex } from "@subnetkit/shared/util/bytes";
import { drand } from "../../../../spec/pallets/drand.ts";
import { subtensorModule } from "../../../../spec/pallets/subtensor-module.ts";
import type { StateView } from "../../../storage/state.ts";
import { openTimelock } from "../../drand/open-timelock.ts";
import { type Ctx, DispatchFailure } from "../../pallet.ts";
import { currentCommitEpoch } from "../state/schedule.ts";
import { mechanismIndices, splitStorageIndex } from "../state/subnets.ts";
import { applyWeights } from "../state/weights.ts";

const S = subtensorModule.storage;

type TimelockedCommit = [string, bigint, Uint8Array, bigint];

/**
 * Opens the timelocked commits that are due on a subnet, in commit order; the last valid one of a hotkey wins. Commits whose round is not
 * stored yet stay for the next block, older epochs are dropped, broken ones vanish without an event (spec/subtensor-interface.md 6.3).
 * Cost: about 20 ms per commit that was not opened ahead.
 */
export function revealTimelockedCommits(ctx: Ctx, netuid: number): void {
  const { state, block } = ctx;
  if (!state.derived(S.TimelockedWeightCommits, someWait)) return;
  const target = BigInt(currentCommitEpoch(state, netuid, block.number)) - state.get(S.RevealPeriodEpochs, netuid);
  if (target < 0n) return;
  for (const index of mechanismIndices(state, netuid)) {
    for (const { keys } of state.iterate(S.TimelockedWeightCommits, index))
      if (keys[1] < target) state.kill(S.TimelockedWeightCommits, ...keys);
    const queue = state.get(S.TimelockedWeightCommits, index, target);
    if (queue.length === 0) continue;
    const waiting = queue.filter((commit) => !openCommit(ctx, index, commit));
    if (waiting.length === queue.length) continue;
    if (waiting.length === 0) state.kill(S.TimelockedWeightCommits, index, target);
    else state.put(S.TimelockedWeightCommits, [index, target], waiting);
  }
}

const someWait = (state: StateView): boolean => {
  for (const _ of state.iterate(S.TimelockedWeightCommits)) return true;
  return false;
};

/** True when the commit is done with, one way or the other; false while its round is missing. */
function openCommit(ctx: Ctx, index: number, [who, , ciphertext, round]: TimelockedCommit): boolean {
  const pulse = ctx.state.get(drand.storage.Pulses, round);
  if (pulse === undefined) return false;
  const weights = openWeights(ciphertext, pulse.signature, who);
  if (weights === undefined) return true;
  ctx.state.begin();
  try {
    applyWeights(ctx, who, { ...splitStorageIndex(index), ...weights });
    ctx.state.commit();
  } catch (cause) {
    ctx.state.rollback();
    if (!(cause instanceof DispatchFailure)) throw cause;
    return true;
  }
  ctx.emit(subtensorModule, "TimelockedWeightsRevealed", [index, who]);
  return true;
}

/** Weights inside a ciphertext, or undefined when it does not open, does not decode or names another hotkey. */
function openWeights(
  ciphertext: Uint8Array,
  signature: Uint8Array,
  who: string,
): { uids: readonly number[]; values: readonly number[]; versionKey: bigint } | undefined {
  const plaintext = openTimelock(ciphertext, signature);
  if (plaintext === undefined) return undefined;
  const payload = decodeWeightsPayload(plaintext);
  if (payload.kind === "malformed") return undefined;
  if (payload.kind === "current" && bytesToHex(payload.hotkey) !== who) return undefined;
  return payload;
}
