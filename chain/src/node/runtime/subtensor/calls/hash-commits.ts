import { mechanismStorageIndex } from "@subnetkit/shared/consensus/epoch/mechanisms";
import type { CallArgs } from "../../../../spec/define.ts";
import { subtensorModule } from "../../../../spec/pallets/subtensor-module.ts";
import { type CallImpl, type Ctx, ensureSigned } from "../../pallet.ts";
import { ensure } from "../errors.ts";
import {
  commitHash,
  dropExpired,
  hashCommitState,
  hashCommits,
  MAX_UNREVEALED_COMMITS,
  putHashCommits,
  revealedHash,
} from "../state/hash-commits.ts";
import { uidOf } from "../state/neurons.ts";
import { passesWeightsLimitOf } from "../state/rate-limits.ts";
import { currentCommitEpoch } from "../state/schedule.ts";
import { mechanismExists } from "../state/subnets.ts";
import { applyWeights, touchLastUpdate } from "../state/weights.ts";
import { runBatch } from "./weights.ts";

type Args<N extends keyof typeof subtensorModule.calls> = CallArgs<typeof subtensorModule, N>;
const S = subtensorModule.storage;

/** Weights committed as a hash and revealed later (spec/subtensor-interface.md 6.1). */
export const hashCommitCalls = {
  commit_weights: {
    pays: false,
    dispatch(ctx, origin, args) {
      commit(ctx, ensureSigned(origin), args.netuid, 0, args.commit_hash);
    },
  } satisfies CallImpl<Args<"commit_weights">>,
  commit_mechanism_weights: {
    pays: false,
    dispatch(ctx, origin, args) {
      commit(ctx, ensureSigned(origin), args.netuid, args.mecid, args.commit_hash);
    },
  } satisfies CallImpl<Args<"commit_mechanism_weights">>,
  batch_commit_weights: {
    pays: false,
    dispatch(ctx, origin, args) {
      const who = ensureSigned(origin);
      ensure(args.netuids.length === args.commit_hashes.length, "InputLengthsUnequal");
      runBatch(ctx, who, args.netuids, (netuid, i) => {
        commit(ctx, who, netuid, 0, args.commit_hashes[i] as string);
      });
    },
  } satisfies CallImpl<Args<"batch_commit_weights">>,
  reveal_weights: {
    pays: false,
    dispatch(ctx, origin, args) {
      reveal(ctx, ensureSigned(origin), { ...args, mecid: 0 });
    },
  } satisfies CallImpl<Args<"reveal_weights">>,
  reveal_mechanism_weights: {
    pays: false,
    dispatch(ctx, origin, args) {
      reveal(ctx, ensureSigned(origin), args);
    },
  } satisfies CallImpl<Args<"reveal_mechanism_weights">>,
  batch_reveal_weights: {
    pays: false,
    dispatch(ctx, origin, args) {
      revealBatch(ctx, ensureSigned(origin), args);
    },
  } satisfies CallImpl<Args<"batch_reveal_weights">>,
};

function commit(ctx: Ctx, who: string, netuid: number, mecid: number, hash: string): void {
  const { state, block } = ctx;
  ensure(mechanismExists(state, netuid, mecid), "MechanismDoesNotExist");
  ensure(state.get(S.CommitRevealWeightsEnabled, netuid), "CommitRevealDisabled");
  const uid = uidOf(state, netuid, who);
  ensure(uid !== undefined, "HotKeyNotRegisteredInSubNet");
  const index = mechanismStorageIndex(netuid, mecid);
  ensure(passesWeightsLimitOf(ctx, netuid, index, uid), "CommittingWeightsTooFast");
  const { live } = dropExpired(state, netuid, hashCommits(state, index, who) ?? [], block.number);
  ensure(live.length < MAX_UNREVEALED_COMMITS, "TooManyUnrevealedCommits");
  const epoch = BigInt(currentCommitEpoch(state, netuid, block.number));
  putHashCommits(state, index, who, [...live, [hash, epoch, BigInt(block.number), 0n]]);
  touchLastUpdate(ctx, index, uid);
  ctx.emit(subtensorModule, "WeightsCommitted", [who, index, hash]);
}

function reveal(ctx: Ctx, who: string, args: Args<"reveal_mechanism_weights">): void {
  const { state, block } = ctx;
  const { netuid, mecid } = args;
  const index = mechanismStorageIndex(netuid, mecid);
  ensure(state.get(S.CommitRevealWeightsEnabled, netuid), "CommitRevealDisabled");
  const stored = hashCommits(state, index, who);
  ensure(stored !== undefined, "NoWeightsCommitFound");
  const { expired, live } = dropExpired(state, netuid, stored, block.number);
  const hash = revealedHash(who, index, args);
  const justExpired = expired.some(([one]) => one === hash);
  ensure(live.length > 0 || !justExpired, "ExpiredWeightCommit");
  ensure(live.length > 0, "NoWeightsCommitFound");
  const at = live.findIndex(([one]) => one === hash);
  ensure(at >= 0 || !justExpired, "ExpiredWeightCommit");
  ensure(at >= 0, "InvalidRevealCommitHashNotMatch");
  ensure(hashCommitState(state, netuid, live[at]?.[1] ?? 0n, block.number) === "revealable", "RevealTooEarly");
  putHashCommits(state, index, who, live.slice(at + 1));
  applyWeights(ctx, who, { netuid, mecid, uids: args.uids, values: args.values, versionKey: args.version_key });
  ctx.emit(subtensorModule, "WeightsRevealed", [who, index, hash]);
}

/** All reveals of a batch succeed or none; only the revealed commits go (spec/subtensor-interface.md 6.1 and 6.3). */
function revealBatch(ctx: Ctx, who: string, args: Args<"batch_reveal_weights">): void {
  const { state, block } = ctx;
  const { netuid } = args;
  const count = args.uids_list.length;
  ensure(
    count === args.values_list.length && count === args.salts_list.length && count === args.version_keys.length,
    "InputLengthsUnequal",
  );
  ensure(state.get(S.CommitRevealWeightsEnabled, netuid), "CommitRevealDisabled");
  const stored = hashCommits(state, netuid, who);
  ensure(stored !== undefined, "NoWeightsCommitFound");
  const pruned = dropExpired(state, netuid, stored, block.number);
  let live = [...pruned.live];
  const revealed: string[] = [];
  for (let i = 0; i < count; i++) {
    const uids = args.uids_list[i] ?? [];
    const values = args.values_list[i] ?? [];
    const versionKey = args.version_keys[i] ?? 0n;
    const hash = commitHash({ hotkey: who, index: netuid, uids, values, salt: args.salts_list[i] ?? [], versionKey });
    const commitOfHash = live.find(([one]) => one === hash);
    ensure(commitOfHash !== undefined || !pruned.expired.some(([one]) => one === hash), "ExpiredWeightCommit");
    ensure(commitOfHash !== undefined, "InvalidRevealCommitHashNotMatch");
    ensure(hashCommitState(state, netuid, commitOfHash[1], block.number) === "revealable", "RevealTooEarly");
    applyWeights(ctx, who, { netuid, mecid: 0, uids, values, versionKey });
    live = live.filter((one) => one !== commitOfHash);
    revealed.push(hash);
  }
  putHashCommits(state, netuid, who, live);
  ctx.emit(subtensorModule, "WeightsBatchRevealed", [who, netuid, revealed]);
}
