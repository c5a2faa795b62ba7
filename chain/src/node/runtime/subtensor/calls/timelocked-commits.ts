import { mechanismStorageIndex } from "@subnetkit/shared/consensus/epoch/mechanisms";
import { blake2b256 } from "@subnetkit/shared/crypto/hash";
import { bytesToHex } from "@subnetkit/shared/util/bytes";
import type { CallArgs } from "../../../../spec/define.ts";
import { subtensorModule } from "../../../../spec/pallets/subtensor-module.ts";
import { type CallImpl, type Ctx, ensureSigned } from "../../pallet.ts";
import { ensure } from "../errors.ts";
import { MAX_UNREVEALED_COMMITS } from "../state/hash-commits.ts";
import { uidOf } from "../state/neurons.ts";
import { passesWeightsLimitOf } from "../state/rate-limits.ts";
import { currentCommitEpoch } from "../state/schedule.ts";
import { mechanismExists } from "../state/subnets.ts";
import { touchLastUpdate } from "../state/weights.ts";

type Args<N extends keyof typeof subtensorModule.calls> = CallArgs<typeof subtensorModule, N>;
const S = subtensorModule.storage;

/** The version the old v3 call stands for (spec/subtensor-interface.md 2.2). */
const CRV3_CALL_VERSION = 4;

/** Weights committed as a ciphertext that opens with a round of the beacon (spec/subtensor-interface.md 6.3). */
export const timelockedCommitCalls = {
  commit_timelocked_weights: {
    pays: false,
    dispatch(ctx, origin, args) {
      commit(ctx, ensureSigned(origin), { ...args, mecid: 0 });
    },
  } satisfies CallImpl<Args<"commit_timelocked_weights">>,
  commit_timelocked_mechanism_weights: {
    pays: false,
    dispatch(ctx, origin, args) {
      commit(ctx, ensureSigned(origin), args);
    },
  } satisfies CallImpl<Args<"commit_timelocked_mechanism_weights">>,
  commit_crv3_mechanism_weights: {
    pays: false,
    dispatch(ctx, origin, args) {
      commit(ctx, ensureSigned(origin), { ...args, commit_reveal_version: CRV3_CALL_VERSION });
    },
  } satisfies CallImpl<Args<"commit_crv3_mechanism_weights">>,
};

function commit(ctx: Ctx, who: string, args: Args<"commit_timelocked_mechanism_weights">): void {
  const { state, block } = ctx;
  const { netuid, mecid } = args;
  ensure(mechanismExists(state, netuid, mecid), "MechanismDoesNotExist");
  ensure(state.get(S.CommitRevealWeightsEnabled, netuid), "CommitRevealDisabled");
  ensure(args.commit_reveal_version === state.get(S.CommitRevealWeightsVersion), "IncorrectCommitRevealVersion");
  const uid = uidOf(state, netuid, who);
  ensure(uid !== undefined, "HotKeyNotRegisteredInSubNet");
  const index = mechanismStorageIndex(netuid, mecid);
  ensure(passesWeightsLimitOf(ctx, netuid, index, uid), "CommittingWeightsTooFast");
  const epoch = BigInt(currentCommitEpoch(state, netuid, block.number));
  const queue = state.get(S.TimelockedWeightCommits, index, epoch);
  ensure(queue.filter(([hotkey]) => hotkey === who).length < MAX_UNREVEALED_COMMITS, "TooManyUnrevealedCommits");
  state.put(
    S.TimelockedWeightCommits,
    [index, epoch],
    [...queue, [who, BigInt(block.number), args.commit, args.reveal_round]],
  );
  touchLastUpdate(ctx, index, uid);
  ctx.emit(subtensorModule, "TimelockedWeightsCommitted", [
    who,
    index,
    bytesToHex(blake2b256(args.commit)),
    args.reveal_round,
  ]);
}
