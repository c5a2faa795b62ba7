import { subtensorModule } from "../../../../spec/pallets/subtensor-module.ts";
import type {
  Hyperparameter,
  HyperparameterValue,
  RateLimitKey,
} from "../../../../spec/pallets/subtensor-module-types.ts";
import type { Ctx } from "../../pallet.ts";
import type { Limit } from "../../rules.ts";
import { uidOf } from "./neurons.ts";

const S = subtensorModule.storage;

/** Kinds of limited transactions that are counted per hotkey or coldkey and subnet, with their key in `TransactionKeyLastBlock`. */
const LIMITED = {
  setChildren: 0,
  setChildkeyTake: 1,
  setWeightsVersionKey: 4,
  mechanismCount: 7,
  mechanismEmission: 8,
  maxUidsTrimming: 9,
  tempoUpdate: 11,
} as const;

/** A transaction kind limited per account and subnet. */
export type LimitedTransaction = keyof typeof LIMITED;

/** Blocks between two changes of a subnet's owner hotkey. */
const OWNER_HOTKEY_LIMIT = 50_400n;
/** Blocks between two `set_children` of a hotkey on a subnet. */
const SET_CHILDREN_LIMIT = 150n;
/** Blocks between two tempo changes by an owner: the shortest tempo an owner may set. */
const TEMPO_UPDATE_LIMIT = 360n;
/** Fast build; 7200 blocks for mechanism settings and 216000 for trimming on mainnet (spec/subtensor-interface.md 1.1). */
const FAST_LIMIT = 1n;

/** Blocks that must lie between two transactions of a kind. */
function blocksBetween(ctx: Ctx, kind: LimitedTransaction, netuid: number): bigint {
  switch (kind) {
    case "setChildren":
      return SET_CHILDREN_LIMIT;
    case "setChildkeyTake":
      return ctx.state.get(S.TxChildkeyTakeRateLimit);
    case "setWeightsVersionKey":
      return BigInt(ctx.state.get(S.Tempo, netuid)) * ctx.state.get(S.WeightsVersionKeyRateLimit);
    case "tempoUpdate":
      return TEMPO_UPDATE_LIMIT;
    case "mechanismCount":
    case "mechanismEmission":
    case "maxUidsTrimming":
      return FAST_LIMIT;
  }
}

/** The switch that lifts a kind of limited transaction. */
const SWITCH: Readonly<Record<LimitedTransaction, Limit>> = {
  setChildren: "children",
  setChildkeyTake: "take",
  setWeightsVersionKey: "weights",
  mechanismCount: "owner",
  mechanismEmission: "owner",
  maxUidsTrimming: "owner",
  tempoUpdate: "owner",
};

const passed = (last: bigint, limit: bigint, block: number): boolean => last === 0n || BigInt(block) - last >= limit;

/** True when `who` may do this on the subnet again; the first time always passes. */
export function passesLimit(ctx: Ctx, kind: LimitedTransaction, who: string, netuid: number): boolean {
  if (ctx.rules.lifts(SWITCH[kind])) return true;
  return passed(
    ctx.state.get(S.TransactionKeyLastBlock, who, netuid, LIMITED[kind]),
    blocksBetween(ctx, kind, netuid),
    ctx.block.number,
  );
}

/** Starts the limit of a transaction kind anew. */
export function recordLimited(ctx: Ctx, kind: LimitedTransaction, who: string, netuid: number): void {
  ctx.state.put(S.TransactionKeyLastBlock, [who, netuid, LIMITED[kind]], BigInt(ctx.block.number));
}

/** True when the owner may change this setting again: tempo times `OwnerHyperparamRateLimit` blocks after the last change. */
export function passesOwnerLimit(ctx: Ctx, netuid: number, parameter: Hyperparameter): boolean {
  if (ctx.rules.lifts("owner")) return true;
  const limit = BigInt(ctx.state.get(S.Tempo, netuid)) * BigInt(ctx.state.get(S.OwnerHyperparamRateLimit));
  return passed(ctx.state.get(S.LastRateLimitedBlock, ownerKey(netuid, parameter)), limit, ctx.block.number);
}

/** Starts the owner's limit of a setting anew. */
export function recordOwnerChange(ctx: Ctx, netuid: number, parameter: Hyperparameter): void {
  ctx.state.put(S.LastRateLimitedBlock, [ownerKey(netuid, parameter)], BigInt(ctx.block.number));
}

const ownerKey = (netuid: number, parameter: Hyperparameter): RateLimitKey => ({
  type: "OwnerHyperparamUpdate",
  value: [netuid, { type: parameter } as HyperparameterValue],
});

/** True when the owner hotkey of a subnet may change again. */
export function passesOwnerHotkeyLimit(ctx: Ctx, netuid: number): boolean {
  if (ctx.rules.lifts("owner")) return true;
  return passed(
    ctx.state.get(S.LastRateLimitedBlock, { type: "SetSNOwnerHotkey", value: netuid }),
    OWNER_HOTKEY_LIMIT,
    ctx.block.number,
  );
}

/** Block of the last network registration; 0 when there was none. */
export function networkLastRegistered(ctx: Pick<Ctx, "state">): bigint {
  return ctx.state.get(S.LastRateLimitedBlock, { type: "NetworkLastRegistered" });
}

/** True when another network may be registered. */
export function passesNetworkLimit(ctx: Ctx): boolean {
  if (ctx.rules.lifts("network")) return true;
  return passed(networkLastRegistered(ctx), ctx.state.get(S.NetworkRateLimit), ctx.block.number);
}

/** True when a registered hotkey may set or commit weights again, or is not registered (spec/subtensor-interface.md 1.5). */
export function passesWeightsLimit(ctx: Ctx, netuid: number, index: number, hotkey: string): boolean {
  const uid = uidOf(ctx.state, netuid, hotkey);
  return uid === undefined || passesWeightsLimitOf(ctx, netuid, index, uid);
}

/** The same for a uid: last update 0 always passes. */
export function passesWeightsLimitOf(ctx: Ctx, netuid: number, index: number, uid: number): boolean {
  if (ctx.rules.lifts("weights")) return true;
  return passed(
    ctx.state.get(S.LastUpdate, index)[uid] ?? 0n,
    ctx.state.get(S.WeightsSetRateLimit, netuid),
    ctx.block.number,
  );
}
