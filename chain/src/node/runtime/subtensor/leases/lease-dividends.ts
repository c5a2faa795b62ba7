import { contributorsCut, leaseDividend } from "@subnetkit/shared/consensus/economics/lease-shares";
import { subtensorModule } from "../../../../spec/pallets/subtensor-module.ts";
import type { Ctx } from "../../pallet.ts";
import { moveWithin } from "../calls/moving.ts";

const S = subtensorModule.storage;
const { LeaseDividendsDistributionInterval } = subtensorModule.constants;

/**
 * Gives the contributors of a subnet's lease their part of an owner's cut that was just staked. It gathers until an epoch falls on a block of the
 * interval, and is then moved to them as stake on the lease's hotkey, rounded up, the rest to the beneficiary; when that fails, it gathers on.
 * Says SubnetLeaseDividendsDistributed for each. One read where the subnet is not leased.
 */
export function shareOwnerCut(ctx: Ctx, netuid: number, ownerCutRao: bigint): void {
  const { state, block } = ctx;
  const id = state.get(S.SubnetUidToLeaseId, netuid);
  const lease = id === undefined ? undefined : state.get(S.SubnetLeases, id);
  if (id === undefined || lease === undefined) return;
  if (lease.end_block !== undefined && lease.end_block <= block.number) return;
  const rao = state.get(S.AccumulatedLeaseDividends, id) + contributorsCut(lease.emissions_share, ownerCutRao);
  const due = block.number % LeaseDividendsDistributionInterval.value === 0;
  const failed = due
    ? ctx.layered("SubtensorModule.lease_dividends", () => pay(ctx, id, lease, rao))
    : ({ type: "Other" } as const);
  state.put(S.AccumulatedLeaseDividends, [id], failed === undefined ? 0n : rao);
}

interface Lease {
  readonly coldkey: string;
  readonly hotkey: string;
  readonly beneficiary: string;
  readonly netuid: number;
}

function pay(ctx: Ctx, id: number, lease: Lease, rao: bigint): void {
  let left = rao;
  for (const { keys, value } of ctx.state.iterate(S.SubnetLeaseShares, id)) {
    const part = leaseDividend(value.bits, rao);
    payOne(ctx, id, lease, keys[1], part);
    left -= part;
  }
  payOne(ctx, id, lease, lease.beneficiary, left > 0n ? left : 0n);
}

function payOne(
  ctx: Ctx,
  lease_id: number,
  { coldkey, hotkey, netuid }: Lease,
  contributor: string,
  alpha: bigint,
): void {
  moveWithin(ctx, { coldkey, hotkey, netuid }, { coldkey: contributor, hotkey, netuid }, alpha);
  ctx.emit(subtensorModule, "SubnetLeaseDividendsDistributed", { lease_id, contributor, alpha });
}
