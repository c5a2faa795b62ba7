import type { CallArgs } from "../../../../spec/define.ts";
import { subtensorModule } from "../../../../spec/pallets/subtensor-module.ts";
import { type CallImpl, type Ctx, DispatchFailure, ensureSigned } from "../../pallet.ts";
import { ensure } from "../errors.ts";
import { applyWeights } from "../state/weights.ts";

type Args<N extends keyof typeof subtensorModule.calls> = CallArgs<typeof subtensorModule, N>;
const S = subtensorModule.storage;

/** Direct weights, refused while commit-reveal is on (spec/subtensor-interface.md 7.1). */
export const weightsCalls = {
  set_weights: {
    pays: false,
    dispatch(ctx, origin, args) {
      setDirectly(ctx, ensureSigned(origin), { ...args, mecid: 0 });
    },
  } satisfies CallImpl<Args<"set_weights">>,
  set_mechanism_weights: {
    pays: false,
    dispatch(ctx, origin, args) {
      setDirectly(ctx, ensureSigned(origin), args);
    },
  } satisfies CallImpl<Args<"set_mechanism_weights">>,
  batch_set_weights: {
    pays: false,
    dispatch(ctx, origin, args) {
      const who = ensureSigned(origin);
      ensure(
        args.netuids.length === args.weights.length && args.netuids.length === args.version_keys.length,
        "InputLengthsUnequal",
      );
      runBatch(ctx, who, args.netuids, (netuid, i) => {
        const row = args.weights[i] ?? [];
        const version_key = args.version_keys[i] ?? 0n;
        setDirectly(ctx, who, {
          netuid,
          mecid: 0,
          dests: row.map(([uid]) => uid),
          weights: row.map(([, value]) => value),
          version_key,
        });
      });
    },
  } satisfies CallImpl<Args<"batch_set_weights">>,
};

function setDirectly(ctx: Ctx, who: string, args: Args<"set_mechanism_weights">): void {
  ensure(!ctx.state.get(S.CommitRevealWeightsEnabled, args.netuid), "CommitRevealEnabled");
  applyWeights(ctx, who, {
    netuid: args.netuid,
    mecid: args.mecid,
    uids: args.dests,
    values: args.weights,
    versionKey: args.version_key,
  });
}

/**
 * Runs one item per subnet; a failed one is undone and reported, the batch itself succeeds (spec/subtensor-interface.md 2.3). Events:
 * BatchWeightItemFailed per failure, BatchCompletedWithErrors once if there was one, then BatchWeightsCompleted.
 */
export function runBatch(
  ctx: Ctx,
  who: string,
  netuids: readonly number[],
  run: (netuid: number, index: number) => void,
): void {
  let failed = false;
  netuids.forEach((netuid, i) => {
    ctx.state.begin();
    try {
      run(netuid, i);
      ctx.state.commit();
    } catch (cause) {
      ctx.state.rollback();
      if (!(cause instanceof DispatchFailure)) throw cause;
      failed = true;
      ctx.emit(subtensorModule, "BatchWeightItemFailed", [netuid, cause.error]);
    }
  });
  if (failed) ctx.emit(subtensorModule, "BatchCompletedWithErrors", []);
  ctx.emit(subtensorModule, "BatchWeightsCompleted", [[...netuids], who]);
}
