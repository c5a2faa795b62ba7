import { leaseRefund, leaseShare } from "@subnetkit/shared/consensus/economics/lease-shares";
import { blake2b256 } from "@subnetkit/shared/crypto/hash";
import { bytesToHex, utf8 } from "@subnetkit/shared/util/bytes";
import { crowdloan } from "../../../../spec/pallets/crowdloan.ts";
import { subtensorModule } from "../../../../spec/pallets/subtensor-module.ts";
import { bytes } from "../../../../spec/scale/byte-strings.ts";
import { u32 } from "../../../../spec/scale/numbers.ts";
import { tuple } from "../../../../spec/scale/structs.ts";
import type { State } from "../../../storage/state.ts";
import { freeBalance, transfer } from "../../balances/currency.ts";
import { type AccountId, type Ctx, moduleError } from "../../pallet.ts";
import { addProxy } from "../../proxy/pallet.ts";
import { changeProviders } from "../../system/providers.ts";
import { registerNetwork } from "../calls/network.ts";
import { ensure, fail } from "../errors.ts";

const S = subtensorModule.storage;
const MAX_U32 = 0xffff_ffff;
const seed = tuple(bytes, u32);

/** What the creator of the crowdloan asks for. */
export interface LeaseTerms {
  /** Part of the owner's cut for the contributors, percent. */
  readonly emissionsShare: number;
  readonly endBlock: number | undefined;
}

/** A crowdloan with its id, as it is while its call runs. */
interface RunningLoan {
  readonly id: number;
  readonly raised: bigint;
  readonly creator: AccountId;
  readonly fundsAccount: AccountId;
}

/** Account that owns the leased subnet (coldkey) or its first uid (hotkey); nobody has its key. */
export function leaseAccount(lease: number, part: "coldkey" | "hotkey"): AccountId {
  return bytesToHex(blake2b256(seed.enc([utf8(`leasing/${part}`), lease])));
}

/**
 * Registers a subnet with the money of the crowdloan whose call this is. The lease's account owns it, the crowdloan's creator operates it through
 * a proxy, the contributors get their share of what was not spent, and later of the owner's cut. Says SubnetLeaseCreated.
 */
export function registerLease(ctx: Ctx, who: AccountId, { emissionsShare, endBlock }: LeaseTerms): void {
  const { state, block } = ctx;
  const loan = runningLoan(state);
  ensure(who === loan.creator, "ExpectedBeneficiaryOrigin");
  ensure(endBlock === undefined || endBlock > block.number, "LeaseCannotEndInThePast");
  const id = nextLeaseId(state);
  const [coldkey, hotkey] = [leaseAccount(id, "coldkey"), leaseAccount(id, "hotkey")];
  changeProviders(ctx, coldkey, 1);
  changeProviders(ctx, hotkey, 1);
  transfer(ctx, loan.fundsAccount, coldkey, loan.raised, false);
  registerNetwork(ctx, coldkey, hotkey, undefined);
  const netuid = ownedNetuid(state, coldkey);
  addProxy(ctx, coldkey, { delegate: who, proxy_type: { type: "SubnetLeaseBeneficiary", value: undefined }, delay: 0 });
  const leftRao = freeBalance(state, coldkey);
  state.put(S.Delegates, [hotkey], 0);
  state.put(S.SubnetLeases, [id], {
    beneficiary: who,
    coldkey,
    hotkey,
    emissions_share: emissionsShare,
    end_block: endBlock,
    netuid,
    cost: loan.raised - leftRao,
  });
  state.put(S.SubnetUidToLeaseId, [netuid], id);
  refund(ctx, id, loan, coldkey, leftRao);
  ctx.emit(subtensorModule, "SubnetLeaseCreated", { beneficiary: who, lease_id: id, netuid, end_block: endBlock });
}

/** The creator's share is what the others leave over, of the refund as of the dividends. */
function refund(ctx: Ctx, lease: number, loan: RunningLoan, from: AccountId, leftRao: bigint): void {
  let forCreator = leftRao;
  for (const { keys, value } of ctx.state.iterate(crowdloan.storage.Contributions, loan.id)) {
    const [, contributor] = keys;
    if (contributor === loan.creator) continue;
    const bits = leaseShare(value, loan.raised);
    ctx.state.put(S.SubnetLeaseShares, [lease, contributor], { bits });
    const rao = leaseRefund(bits, leftRao);
    transfer(ctx, from, contributor, rao, false);
    forCreator -= rao;
  }
  transfer(ctx, from, loan.creator, forCreator, false);
}

function runningLoan(state: State): RunningLoan {
  const id = state.get(crowdloan.storage.CurrentCrowdloanId);
  const loan = id === undefined ? undefined : state.get(crowdloan.storage.Crowdloans, id);
  if (id === undefined || loan === undefined) throw moduleError(crowdloan, "InvalidCrowdloanId");
  return { id, raised: loan.raised, creator: loan.creator, fundsAccount: loan.funds_account };
}

function nextLeaseId(state: State): number {
  const id = state.get(S.NextSubnetLeaseId);
  ensure(id < MAX_U32, "Overflow");
  state.put(S.NextSubnetLeaseId, [], id + 1);
  return id;
}

function ownedNetuid(state: State, coldkey: AccountId): number {
  for (const { keys, value } of state.iterate(S.SubnetOwner)) if (value === coldkey) return keys[0];
  return fail("LeaseNetuidNotFound");
}
