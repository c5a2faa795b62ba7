import {
  addValueForAll,
  addValueForOne,
  type SharePool,
  shareValue,
} from "@subnetkit/shared/consensus/economics/share-pool";
import type { SafeFloat } from "@subnetkit/shared/consensus/economics/safe-float";
import { subtensorModule } from "../../../../spec/pallets/subtensor-module.ts";
import type { SafeFloat as StoredFloat } from "../../../../spec/pallets/subtensor-module-types.ts";
import type { State } from "../../../storage/state.ts";
import { addStakingHotkey } from "./hotkeys.ts";

const S = subtensorModule.storage;

/** Alpha on a hotkey of a subnet, delegations included, in rao; TAO on root. */
export function hotkeyStake(state: State, hotkey: string, netuid: number): bigint {
  return state.get(S.TotalHotkeyAlpha, hotkey, netuid);
}

/** Alpha a coldkey has on a hotkey of a subnet, in rao (spec/economics.md 3.12). */
export function stakeOf(state: State, hotkey: string, coldkey: string, netuid: number): bigint {
  if (!state.has(S.AlphaV2, hotkey, coldkey, netuid)) return 0n;
  return shareValue(sharePool(state, hotkey, netuid), loaded(state.get(S.AlphaV2, hotkey, coldkey, netuid)));
}

/** Adds alpha for one staker. */
export function increaseStake(state: State, hotkey: string, coldkey: string, netuid: number, rao: bigint): void {
  if (rao === 0n) return;
  moveStake(state, hotkey, coldkey, netuid, rao);
  addStakingHotkey(state, coldkey, hotkey);
}

/** Removes alpha of one staker, at most what it has; returns what was removed. */
export function decreaseStake(state: State, hotkey: string, coldkey: string, netuid: number, rao: bigint): bigint {
  const held = stakeOf(state, hotkey, coldkey, netuid);
  const removed = rao < held ? rao : held;
  if (removed === 0n) return 0n;
  moveStake(state, hotkey, coldkey, netuid, -removed);
  if (removed === held) state.kill(S.AlphaV2, hotkey, coldkey, netuid);
  return removed;
}

/** Adds alpha for all stakers of a hotkey pro rata. Without any staker nothing can be added: returns false. */
export function increaseStakeForAll(state: State, hotkey: string, netuid: number, rao: bigint): boolean {
  const pool = sharePool(state, hotkey, netuid);
  if (pool.denominator.mantissa === 0n) return false;
  state.put(S.TotalHotkeyAlpha, [hotkey, netuid], addValueForAll(pool, rao).valueRao);
  return true;
}

function moveStake(state: State, hotkey: string, coldkey: string, netuid: number, delta: bigint): void {
  const share = loaded(state.get(S.AlphaV2, hotkey, coldkey, netuid));
  const moved = addValueForOne(sharePool(state, hotkey, netuid), share, delta);
  if (moved.pool.valueRao === 0n) state.kill(S.TotalHotkeyAlpha, hotkey, netuid);
  else state.put(S.TotalHotkeyAlpha, [hotkey, netuid], moved.pool.valueRao);
  if (moved.pool.denominator.mantissa === 0n || moved.pool.valueRao === 0n)
    state.kill(S.TotalHotkeySharesV2, hotkey, netuid);
  else state.put(S.TotalHotkeySharesV2, [hotkey, netuid], stored(moved.pool.denominator));
  if (moved.share.mantissa === 0n) state.kill(S.AlphaV2, hotkey, coldkey, netuid);
  else state.put(S.AlphaV2, [hotkey, coldkey, netuid], stored(moved.share));
}

function sharePool(state: State, hotkey: string, netuid: number): SharePool {
  return {
    valueRao: state.get(S.TotalHotkeyAlpha, hotkey, netuid),
    denominator: loaded(state.get(S.TotalHotkeySharesV2, hotkey, netuid)),
  };
}

const loaded = ({ mantissa, exponent }: StoredFloat): SafeFloat => ({ mantissa, exponent: Number(exponent) });
const stored = ({ mantissa, exponent }: SafeFloat): StoredFloat => ({ mantissa, exponent: BigInt(exponent) });
