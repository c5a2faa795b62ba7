import { mechanismStorageIndex } from "@subnetkit/shared/consensus/epoch/mechanisms";
import type { CallArgs } from "../../../../spec/define.ts";
import { drand } from "../../../../spec/pallets/drand.ts";
import type { subtensorModule } from "../../../../spec/pallets/subtensor-module.ts";
import type { Ctx } from "../../pallet.ts";
import type { SubtensorError } from "../errors.ts";
import { commitHash, hashCommitState, hashCommits, revealedHash } from "../state/hash-commits.ts";
import { hasWeightsStake } from "../state/stake-weight.ts";

type Args<N extends keyof typeof subtensorModule.calls> = CallArgs<typeof subtensorModule, N>;
type Problem = SubtensorError | undefined;

/** Weight calls as a guard sees them: name and decoded arguments. */
export interface WeightCall {
  readonly name: string;
  readonly args: Readonly<Record<string, unknown>>;
}

/** Checks before any weight call: batch lengths, stake, commits to reveal, round of a timelock (spec/subtensor-interface.md 1.5). */
export function checkWeights(ctx: Ctx, who: string, call: WeightCall): Problem {
  switch (call.name) {
    case "set_weights":
    case "set_mechanism_weights":
    case "commit_weights":
    case "commit_mechanism_weights":
      return stakeProblem(ctx, who, [(call.args as Args<"set_weights">).netuid]);
    case "batch_set_weights": {
      const args = call.args as Args<"batch_set_weights">;
      const count = args.netuids.length;
      return count === args.weights.length && count === args.version_keys.length
        ? stakeProblem(ctx, who, args.netuids)
        : "InputLengthsUnequal";
    }
    case "batch_commit_weights": {
      const args = call.args as Args<"batch_commit_weights">;
      return args.netuids.length === args.commit_hashes.length
        ? stakeProblem(ctx, who, args.netuids)
        : "InputLengthsUnequal";
    }
    case "commit_timelocked_weights":
    case "commit_timelocked_mechanism_weights":
    case "commit_crv3_mechanism_weights": {
      const args = call.args as Args<"commit_timelocked_weights">;
      const late = args.reveal_round < ctx.state.get(drand.storage.LastStoredRound);
      return stakeProblem(ctx, who, [args.netuid]) ?? (late ? "InvalidRevealRound" : undefined);
    }
    case "reveal_weights":
      return revealProblem(ctx, who, { ...(call.args as Args<"reveal_weights">), mecid: 0 });
    case "reveal_mechanism_weights":
      return revealProblem(ctx, who, call.args as Args<"reveal_mechanism_weights">);
    case "batch_reveal_weights":
      return batchRevealProblem(ctx, who, call.args as Args<"batch_reveal_weights">);
    default:
      return undefined;
  }
}

function stakeProblem(ctx: Ctx, who: string, netuids: readonly number[]): Problem {
  return netuids.every((netuid) => hasWeightsStake(ctx.state, netuid, who)) ? undefined : "NotEnoughStakeToSetWeights";
}

function revealProblem(ctx: Ctx, who: string, args: Args<"reveal_mechanism_weights">): Problem {
  const index = mechanismStorageIndex(args.netuid, args.mecid);
  const hash = revealedHash(who, index, args);
  return stakeProblem(ctx, who, [args.netuid]) ?? commitProblem(ctx, who, args.netuid, index, hash);
}

function batchRevealProblem(ctx: Ctx, who: string, args: Args<"batch_reveal_weights">): Problem {
  const { netuid, uids_list, values_list, salts_list, version_keys } = args;
  const count = uids_list.length;
  if (count !== values_list.length || count !== salts_list.length || count !== version_keys.length)
    return "InputLengthsUnequal";
  let problem = stakeProblem(ctx, who, [netuid]);
  for (let i = 0; i < count && problem === undefined; i++) {
    const hash = commitHash({
      hotkey: who,
      index: netuid,
      uids: uids_list[i] ?? [],
      values: values_list[i] ?? [],
      salt: salts_list[i] ?? [],
      versionKey: version_keys[i] ?? 0n,
    });
    problem = commitProblem(ctx, who, netuid, netuid, hash);
  }
  return problem;
}

function commitProblem(ctx: Ctx, who: string, netuid: number, index: number, hash: string): Problem {
  const commit = hashCommits(ctx.state, index, who)?.find(([one]) => one === hash);
  if (commit === undefined) return "NoWeightsCommitFound";
  return hashCommitState(ctx.state, netuid, commit[1], ctx.block.number) === "revealable"
    ? undefined
    : "RevealTooEarly";
}
