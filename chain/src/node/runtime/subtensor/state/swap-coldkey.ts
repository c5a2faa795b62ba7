import { subtensorModule } from "../../../../spec/pallets/subtensor-module.ts";
import type { State } from "../../../storage/state.ts";
import { spendableBalance } from "../../balances/currency.ts";
import type { Ctx } from "../../pallet.ts";
import { ensure } from "../errors.ts";
import { swapColdkeyLocks } from "../locks/swap-locks.ts";
import { hotkeyExists } from "./hotkeys.ts";
import { ROOT_NETUID } from "./ids.ts";
import { moveTao } from "./issuance.ts";
import { indexStakingColdkey } from "./root-claim.ts";
import { decreaseStake, increaseStake, stakeOf } from "./shares.ts";
import { netuids } from "./subnets.ts";
import { addUp } from "./swap-hotkey.ts";

const S = subtensorModule.storage;

/**
 * Gives everything of a coldkey to another: identity, subnets, auto-stake choices, stake, hotkeys and balance. The new one must have no stake and be
 * no hotkey (spec/subtensor-interface.md 2.3). Says ColdkeySwapped.
 */
export function swapColdkey(ctx: Ctx, from: string, to: string): void {
  const { state, block } = ctx;
  ensure(state.get(S.StakingHotkeys, to).length === 0, "ColdKeyAlreadyAssociated");
  ensure(!hotkeyExists(state, to), "NewColdKeyIsHotkey");
  const identity = state.get(S.IdentitiesV2, from);
  if (identity !== undefined && !state.has(S.IdentitiesV2, to)) {
    state.kill(S.IdentitiesV2, from);
    state.put(S.IdentitiesV2, [to], identity);
  }
  for (const netuid of netuids(state)) {
    if (state.get(S.SubnetOwner, netuid) === from && state.has(S.SubnetOwner, netuid))
      state.put(S.SubnetOwner, [netuid], to);
    moveAutoStake(state, netuid, from, to);
    moveStakes(state, netuid, from, to);
  }
  moveHotkeys(state, from, to);
  swapColdkeyLocks(ctx, from, to);
  moveTao(ctx, from, to, spendableBalance(state, from, false));
  state.put(S.LastRateLimitedBlock, [{ type: "LastTxBlock", value: to }], BigInt(block.number));
  ctx.emit(subtensorModule, "ColdkeySwapped", { old_coldkey: from, new_coldkey: to });
}

function moveAutoStake(state: State, netuid: number, from: string, to: string): void {
  const hotkey = state.get(S.AutoStakeDestination, from, netuid);
  if (hotkey === undefined) return;
  state.kill(S.AutoStakeDestination, from, netuid);
  state.put(S.AutoStakeDestination, [to, netuid], hotkey);
  state.mutate(S.AutoStakeDestinationColdkeys, [hotkey, netuid], (coldkeys) => [
    ...coldkeys.filter((one) => one !== from && one !== to),
    to,
  ]);
}

function moveStakes(state: State, netuid: number, from: string, to: string): void {
  for (const hotkey of state.get(S.StakingHotkeys, from)) {
    const rao = stakeOf(state, hotkey, from, netuid);
    if (rao === 0n) continue;
    decreaseStake(state, hotkey, from, netuid, rao);
    increaseStake(state, hotkey, to, netuid, rao);
    addUp(state, S.RootClaimed, [netuid, hotkey, from], [netuid, hotkey, to]);
    if (netuid === ROOT_NETUID) indexStakingColdkey(state, to);
  }
}

function moveHotkeys(state: State, from: string, to: string): void {
  for (const item of [S.StakingHotkeys, S.OwnedHotkeys]) {
    const moved = state.get(item, from);
    state.kill(item, from);
    if (moved.length > 0) state.mutate(item, [to], (present) => [...new Set([...present, ...moved])]);
    if (item === S.OwnedHotkeys) for (const hotkey of moved) state.put(S.Owner, [hotkey], to);
  }
}
