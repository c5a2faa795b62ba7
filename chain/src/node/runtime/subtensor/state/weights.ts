import { maxUpscaleWeights } from "@subnetkit/shared/fixed/max-upscale";
import { mechanismStorageIndex } from "@subnetkit/shared/consensus/epoch/mechanisms";
import { subtensorModule } from "../../../../spec/pallets/subtensor-module.ts";
import type { Ctx } from "../../pallet.ts";
import { ensure } from "../errors.ts";
import { ROOT_NETUID } from "./ids.ts";
import { neuronCount, ownerUid, uidOf } from "./neurons.ts";
import { passesWeightsLimitOf } from "./rate-limits.ts";
import { hasWeightsStake } from "./stake-weight.ts";
import { mechanismExists } from "./subnets.ts";

const S = subtensorModule.storage;
const U16_MAX = 65_535;

/** What a validator wants to set: parallel lists. */
export interface WeightsInput {
  readonly netuid: number;
  readonly mecid: number;
  readonly uids: readonly number[];
  readonly values: readonly number[];
  readonly versionKey: bigint;
}

/**
 * Checks and stores a weight row, for direct calls, reveals and timelocked reveals alike (spec/subtensor-interface.md 7.1, checks 2 to 16).
 * Throws the dispatch failure of the first check that fails.
 */
export function applyWeights(ctx: Ctx, hotkey: string, input: WeightsInput): void {
  const { state } = ctx;
  const { netuid, mecid, uids, values } = input;
  ensure(netuid !== ROOT_NETUID, "CanNotSetRootNetworkWeights");
  ensure(uids.length === values.length, "WeightVecNotEqualSize");
  ensure(mechanismExists(state, netuid, mecid), "MechanismDoesNotExist");
  const count = neuronCount(state, netuid);
  ensure(uids.length <= count, "UidsLengthExceedUidsInSubNet");
  const uid = uidOf(state, netuid, hotkey);
  ensure(uid !== undefined, "HotKeyNotRegisteredInSubNet");
  ensure(hasWeightsStake(state, netuid, hotkey), "NotEnoughStakeToSetWeights");
  const versionKey = state.get(S.WeightsVersionKey, netuid);
  ensure(versionKey === 0n || input.versionKey >= versionKey, "IncorrectWeightVersionKey");
  const index = mechanismStorageIndex(netuid, mecid);
  const commitReveal = state.get(S.CommitRevealWeightsEnabled, netuid);
  ensure(commitReveal || passesWeightsLimitOf(ctx, netuid, index, uid), "SettingWeightsTooFast");
  const selfWeight = uids.length === 1 && uids[0] === uid;
  const permitted = state.get(S.ValidatorPermit, netuid)[uid] === true;
  ensure(selfWeight || uid === ownerUid(state, netuid) || permitted, "NeuronNoValidatorPermit");
  ensure(new Set(uids).size === uids.length, "DuplicateUids");
  ensure(
    uids.every((to) => to < count),
    "UidVecContainInvalidOne",
  );
  ensure(selfWeight || uids.length >= Math.min(state.get(S.MinAllowedWeights, netuid), count), "WeightVecLengthIsLow");
  const scaled = maxUpscaleWeights(values);
  ensure(selfWeight || withinLimit(scaled, state.get(S.MaxWeightsLimit, netuid)), "MaxWeightExceeded");
  state.put(
    S.Weights,
    [index, uid],
    uids.map((to, i) => [to, scaled[i] as number]),
  );
  if (!commitReveal) touchLastUpdate(ctx, index, uid);
  ctx.emit(subtensorModule, "WeightsSet", [index, uid]);
}

/** Records that a uid set or committed weights in this block. */
export function touchLastUpdate(ctx: Ctx, index: number, uid: number): void {
  ctx.state.mutate(S.LastUpdate, [index], (updates) => {
    while (updates.length <= uid) updates.push(0n);
    updates[uid] = BigInt(ctx.block.number);
    return updates;
  });
}

/** The limit is a share of the row's sum; 65535 switches the check off (spec/subtensor-interface.md 7.1, check 15). */
function withinLimit(values: readonly number[], limit: number): boolean {
  if (limit === U16_MAX) return true;
  const sum = values.reduce((total, value) => total + value, 0);
  return sum === 0 || values.every((value) => Math.floor((value * U16_MAX) / sum) <= limit);
}
