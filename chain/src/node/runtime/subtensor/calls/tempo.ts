import { triggerEpoch } from "@subnetkit/shared/consensus/epoch/schedule";
import type { CallArgs } from "../../../../spec/define.ts";
import { subtensorModule } from "../../../../spec/pallets/subtensor-module.ts";
import { badOrigin, type CallImpl, type Ctx, ensureSigned, type Origin } from "../../pallet.ts";
import { ensure, fail, type SubtensorError } from "../errors.ts";
import { passesLimit, passesOwnerLimit, recordLimited, recordOwnerChange } from "../state/rate-limits.ts";
import { epochSchedule, frozen, setTempo } from "../state/schedule.ts";
import { isSubnetOwner } from "../state/subnets.ts";
import { ensureOwnerOrRoot } from "./network.ts";

type Args<N extends keyof typeof subtensorModule.calls> = CallArgs<typeof subtensorModule, N>;
const S = subtensorModule.storage;
const { MinTempo, MaxTempo, MinActivityCutoffFactorMilli, MaxActivityCutoffFactorMilli } = subtensorModule.constants;

/** What an owner may do to the epochs of its subnet (spec/subtensor-interface.md 2.3, 5.6). */
export const tempoCalls = {
  set_tempo: {
    pays: true,
    dispatch(ctx, origin, { netuid, tempo }) {
      const who = ensureOwner(ctx, origin, netuid);
      ensure(tempo >= MinTempo.value && tempo <= MaxTempo.value, "TempoOutOfBounds");
      ensure(!frozen(ctx, netuid), "AdminActionProhibitedDuringWeightsWindow");
      ensure(passesLimit(ctx, "tempoUpdate", who, netuid), "TxRateLimitExceeded");
      setTempo(ctx.state, netuid, tempo, ctx.block.number);
      recordLimited(ctx, "tempoUpdate", who, netuid);
      ctx.emit(subtensorModule, "TempoSet", [netuid, tempo]);
    },
  } satisfies CallImpl<Args<"set_tempo">>,
  set_activity_cutoff_factor: {
    pays: true,
    dispatch(ctx, origin, { netuid, factor_milli }) {
      const owner = ensureOwnerOrRoot(ctx, origin, netuid);
      const inBounds =
        factor_milli >= MinActivityCutoffFactorMilli.value && factor_milli <= MaxActivityCutoffFactorMilli.value;
      ensure(inBounds, "ActivityCutoffFactorMilliOutOfBounds");
      if (owner !== undefined) {
        ensure(!frozen(ctx, netuid), "AdminActionProhibitedDuringWeightsWindow");
        ensure(passesOwnerLimit(ctx, netuid, "ActivityCutoffFactorMilli"), "TxRateLimitExceeded");
        recordOwnerChange(ctx, netuid, "ActivityCutoffFactorMilli");
      }
      ctx.state.put(S.ActivityCutoffFactorMilli, [netuid], factor_milli);
      ctx.emit(subtensorModule, "ActivityCutoffFactorMilliSet", { netuid, factor_milli });
    },
  } satisfies CallImpl<Args<"set_activity_cutoff_factor">>,
  trigger_epoch: {
    pays: true,
    dispatch(ctx, origin, { netuid }) {
      trigger(ctx, ensureOwner(ctx, origin, netuid), netuid);
    },
  } satisfies CallImpl<Args<"trigger_epoch">>,
};

function trigger(ctx: Ctx, who: string, netuid: number): void {
  const { state, block } = ctx;
  const commitReveal = state.get(S.CommitRevealWeightsEnabled, netuid);
  const result = triggerEpoch(epochSchedule(state, netuid), block.number, state.get(S.AdminFreezeWindow), commitReveal);
  if (result.kind === "refused") fail(TRIGGER_ERRORS[result.reason]);
  ensure(passesOwnerLimit(ctx, netuid, "TriggerEpoch"), "TxRateLimitExceeded");
  state.put(S.PendingEpochAt, [netuid], BigInt(result.pendingEpochAt));
  recordOwnerChange(ctx, netuid, "TriggerEpoch");
  ctx.emit(subtensorModule, "EpochTriggered", { netuid, by: who, fires_at: BigInt(result.pendingEpochAt) });
}

/** Errors of the reasons a trigger is refused for. */
const TRIGGER_ERRORS = {
  commitRevealOn: "DynamicTempoBlockedByCommitReveal",
  alreadyPending: "EpochTriggerAlreadyPending",
  automaticEpochNear: "AutoEpochAlreadyImminent",
} as const satisfies Record<string, SubtensorError>;

function ensureOwner(ctx: Ctx, origin: Origin, netuid: number): string {
  const who = ensureSigned(origin);
  if (!isSubnetOwner(ctx.state, netuid, who)) throw badOrigin();
  return who;
}
