import { subtensorModule } from "../../../../spec/pallets/subtensor-module.ts";
import type { AccountId, Ctx } from "../../pallet.ts";
import { removeProxy } from "../../proxy/pallet.ts";
import { changeProviders } from "../../system/providers.ts";
import { ensure } from "../errors.ts";
import { ownsHotkey } from "../state/hotkeys.ts";

const S = subtensorModule.storage;

/**
 * Ends a lease that has run out: its beneficiary becomes the subnet's owner with one of its hotkeys. Dividends that were not paid out yet stay with
 * the lease's account. Says SubnetOwnerHotkeySet and SubnetLeaseTerminated.
 */
export function terminateLease(ctx: Ctx, who: AccountId, id: number, hotkey: AccountId): void {
  const { state, block } = ctx;
  const lease = state.get(S.SubnetLeases, id);
  ensure(lease !== undefined, "LeaseDoesNotExist");
  const { beneficiary, netuid, end_block: endBlock } = lease;
  ensure(beneficiary === who, "ExpectedBeneficiaryOrigin");
  ensure(endBlock !== undefined, "LeaseHasNoEndBlock");
  ensure(block.number >= endBlock, "LeaseHasNotEnded");
  ensure(ownsHotkey(state, beneficiary, hotkey), "BeneficiaryDoesNotOwnHotkey");
  state.put(S.SubnetOwner, [netuid], beneficiary);
  state.put(S.SubnetOwnerHotkey, [netuid], hotkey);
  ctx.emit(subtensorModule, "SubnetOwnerHotkeySet", [netuid, hotkey]);
  changeProviders(ctx, lease.coldkey, -1);
  changeProviders(ctx, lease.hotkey, -1);
  state.killPrefix(S.SubnetLeaseShares, id);
  state.kill(S.AccumulatedLeaseDividends, id);
  state.kill(S.SubnetLeases, id);
  const proxy_type = { type: "SubnetLeaseBeneficiary", value: undefined } as const;
  removeProxy(ctx, lease.coldkey, { delegate: beneficiary, proxy_type, delay: 0 });
  ctx.emit(subtensorModule, "SubnetLeaseTerminated", { beneficiary, netuid });
}
