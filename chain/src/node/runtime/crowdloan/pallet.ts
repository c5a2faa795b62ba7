/**
 * Crowdloan: many pay for one call or one address. The money lies on an account of its own until the cap is raised and the creator finalises, or
 * until it is withdrawn or refunded (spec/subtensor-interface.md 2.5).
 */
import { bytesToHex, concatBytes, utf8 } from "@subnetkit/shared/util/bytes";
import { crowdloan } from "../../../spec/pallets/crowdloan.ts";
import { u32 } from "../../../spec/scale/numbers.ts";
import type { ValueOf } from "../../../spec/scale/scale-type.ts";
import { freeBalance, transfer } from "../balances/currency.ts";
import {
  type AccountId,
  type Ctx,
  defineRuntimePallet,
  DispatchFailure,
  ensureSigned,
  moduleError,
} from "../pallet.ts";
import { boundCall, dropCall, peekCall } from "../preimage/store.ts";
import { changeProviders } from "../system/providers.ts";

const S = crowdloan.storage;
const {
  AbsoluteMinimumContribution,
  MaxContributors,
  MaximumBlockDuration,
  MinimumBlockDuration,
  MinimumDeposit,
  RefundContributorsLimit,
} = crowdloan.constants;

type Loan = ValueOf<(typeof S)["Crowdloans"]["value"]>;
type CrowdloanError = (typeof crowdloan.errors)[number];

function ensure(condition: boolean, error: CrowdloanError): asserts condition {
  if (!condition) throw moduleError(crowdloan, error);
}

export const crowdloanPallet = defineRuntimePallet<typeof crowdloan>({
  spec: crowdloan,
  calls: {
    create: {
      pays: true,
      dispatch(ctx, origin, { deposit, min_contribution, cap, end, call, target_address }) {
        const creator = ensureSigned(origin);
        const { state } = ctx;
        ensure(deposit >= MinimumDeposit.value, "DepositTooLow");
        ensure(cap > deposit, "CapTooLow");
        ensure(min_contribution >= AbsoluteMinimumContribution.value, "MinimumContributionTooLow");
        ensure((call === undefined) !== (target_address === undefined), "InvalidFinalizationConfig");
        ensureEnd(ctx, end);
        ensure(freeBalance(state, creator) >= deposit, "InsufficientBalance");
        const id = state.get(S.NextCrowdloanId);
        state.put(S.NextCrowdloanId, [], id + 1);
        const funds_account = fundsAccount(id);
        changeProviders(ctx, funds_account, 1);
        const loan: Loan = {
          creator,
          deposit,
          min_contribution,
          end,
          cap,
          funds_account,
          raised: deposit,
          target_address,
          call: call === undefined ? undefined : boundCall(ctx, call),
          finalized: false,
          contributors_count: 1,
        };
        state.put(S.Crowdloans, [id], loan);
        transfer(ctx, creator, funds_account, deposit, false);
        state.put(S.Contributions, [id, creator], deposit);
        ctx.emit(crowdloan, "Created", { crowdloan_id: id, creator, end, cap });
      },
    },
    contribute: {
      pays: true,
      dispatch(ctx, origin, { crowdloan_id: id, amount: offered }) {
        const contributor = ensureSigned(origin);
        const { state, block } = ctx;
        const loan = loanOf(ctx, id);
        ensure(block.number < loan.end, "ContributionPeriodEnded");
        ensure(loan.raised < loan.cap, "CapRaised");
        ensure(offered >= loan.min_contribution, "ContributionTooLow");
        ensure(loan.contributors_count < MaxContributors.value, "MaxContributorsReached");
        const before = state.get(S.Contributions, id, contributor);
        const amount = accepted(ctx, id, loan, offered, before ?? 0n);
        ensure(freeBalance(state, contributor) >= amount, "InsufficientBalance");
        transfer(ctx, contributor, loan.funds_account, amount, false);
        state.put(S.Contributions, [id, contributor], (before ?? 0n) + amount);
        const contributors_count = loan.contributors_count + (before === undefined ? 1 : 0);
        state.put(S.Crowdloans, [id], { ...loan, raised: loan.raised + amount, contributors_count });
        ctx.emit(crowdloan, "Contributed", { crowdloan_id: id, contributor, amount });
      },
    },
    withdraw: {
      pays: true,
      dispatch(ctx, origin, { crowdloan_id: id }) {
        const who = ensureSigned(origin);
        const loan = loanOf(ctx, id);
        ensure(!loan.finalized, "AlreadyFinalized");
        const given = ctx.state.get(S.Contributions, id, who) ?? 0n;
        ensure(given > 0n, "NoContribution");
        const isCreator = who === loan.creator;
        const amount = isCreator ? given - loan.deposit : given;
        ensure(amount > 0n, "DepositCannotBeWithdrawn");
        if (isCreator) ctx.state.put(S.Contributions, [id, who], loan.deposit);
        else ctx.state.kill(S.Contributions, id, who);
        transfer(ctx, loan.funds_account, who, amount, false);
        const contributors_count = loan.contributors_count - (isCreator ? 0 : 1);
        ctx.state.put(S.Crowdloans, [id], { ...loan, raised: loan.raised - amount, contributors_count });
        ctx.emit(crowdloan, "Withdrew", { contributor: who, crowdloan_id: id, amount });
      },
    },
    finalize: {
      pays: true,
      dispatch(ctx, origin, { crowdloan_id: id }) {
        const who = ensureSigned(origin);
        const loan = loanOf(ctx, id);
        ensure(who === loan.creator, "InvalidOrigin");
        ensure(loan.raised === loan.cap, "CapNotRaised");
        ensure(!loan.finalized, "AlreadyFinalized");
        if (loan.target_address !== undefined)
          transfer(ctx, loan.funds_account, loan.target_address, loan.raised, false);
        if (loan.call !== undefined) runCall(ctx, id, who, loan.call);
        ctx.state.put(S.Crowdloans, [id], { ...loan, finalized: true });
        ctx.emit(crowdloan, "Finalized", { crowdloan_id: id });
      },
    },
    refund: {
      pays: true,
      dispatch(ctx, origin, { crowdloan_id: id }) {
        const loan = ownLoan(ctx, ensureSigned(origin), id);
        const others = [...ctx.state.iterate(S.Contributions, id)].filter(({ keys }) => keys[1] !== loan.creator);
        const refunded = others.slice(0, RefundContributorsLimit.value);
        for (const { keys, value } of refunded) {
          transfer(ctx, loan.funds_account, keys[1], value, false);
          ctx.state.kill(S.Contributions, ...keys);
        }
        const raised = refunded.reduce((left, { value }) => left - value, loan.raised);
        const contributors_count = loan.contributors_count - refunded.length;
        ctx.state.put(S.Crowdloans, [id], { ...loan, raised, contributors_count });
        const all = refunded.length === others.length;
        ctx.emit(crowdloan, all ? "AllRefunded" : "PartiallyRefunded", { crowdloan_id: id });
      },
    },
    dissolve: {
      pays: true,
      dispatch(ctx, origin, { crowdloan_id: id }) {
        const loan = ownLoan(ctx, ensureSigned(origin), id);
        const given = ctx.state.get(S.Contributions, id, loan.creator);
        ensure(given !== undefined, "NoContribution");
        ensure(given === loan.raised, "NotReadyToDissolve");
        transfer(ctx, loan.funds_account, loan.creator, given, false);
        ctx.state.kill(S.Contributions, id, loan.creator);
        if (loan.call !== undefined) dropCall(ctx, loan.call);
        changeProviders(ctx, loan.funds_account, -1);
        ctx.state.kill(S.Crowdloans, id);
        ctx.state.kill(S.MaxContributions, id);
        ctx.emit(crowdloan, "Dissolved", { crowdloan_id: id });
      },
    },
    update_min_contribution: {
      pays: true,
      dispatch(ctx, origin, { crowdloan_id: id, new_min_contribution }) {
        const loan = ownLoan(ctx, ensureSigned(origin), id);
        ensure(new_min_contribution >= AbsoluteMinimumContribution.value, "MinimumContributionTooLow");
        const most = ctx.state.get(S.MaxContributions, id);
        ensure(most === undefined || new_min_contribution <= most, "MinimumContributionTooHigh");
        ctx.state.put(S.Crowdloans, [id], { ...loan, min_contribution: new_min_contribution });
        ctx.emit(crowdloan, "MinContributionUpdated", { crowdloan_id: id, new_min_contribution });
      },
    },
    update_end: {
      pays: true,
      dispatch(ctx, origin, { crowdloan_id: id, new_end }) {
        const loan = ownLoan(ctx, ensureSigned(origin), id);
        ensureEnd(ctx, new_end);
        ctx.state.put(S.Crowdloans, [id], { ...loan, end: new_end });
        ctx.emit(crowdloan, "EndUpdated", { crowdloan_id: id, new_end });
      },
    },
    update_cap: {
      pays: true,
      dispatch(ctx, origin, { crowdloan_id: id, new_cap }) {
        const loan = ownLoan(ctx, ensureSigned(origin), id);
        ensure(new_cap >= loan.raised, "CapTooLow");
        ctx.state.put(S.Crowdloans, [id], { ...loan, cap: new_cap });
        ctx.emit(crowdloan, "CapUpdated", { crowdloan_id: id, new_cap });
      },
    },
    set_max_contribution: {
      pays: true,
      dispatch(ctx, origin, { crowdloan_id: id, new_max_contribution: most }) {
        const loan = ownLoan(ctx, ensureSigned(origin), id);
        const given = ctx.state.get(S.Contributions, id, loan.creator) ?? 0n;
        ensure(most === undefined || (most >= loan.min_contribution && most >= given), "MaximumContributionTooLow");
        if (most === undefined) ctx.state.kill(S.MaxContributions, id);
        else ctx.state.put(S.MaxContributions, [id], most);
        ctx.emit(crowdloan, "MaxContributionUpdated", { crowdloan_id: id, new_max_contribution: most });
      },
    },
  },
});

/** Account of a crowdloan's money: "modl", the pallet id, the crowdloan's id little endian, zeros. */
export function fundsAccount(id: number): AccountId {
  const head = concatBytes(utf8("modl"), crowdloan.constants.PalletId.value, u32.enc(id));
  return bytesToHex(concatBytes(head, new Uint8Array(32 - head.length)));
}

function loanOf(ctx: Ctx, id: number): Loan {
  const loan = ctx.state.get(S.Crowdloans, id);
  ensure(loan !== undefined, "InvalidCrowdloanId");
  return loan;
}

/** A crowdloan that is not finalised, for its creator. */
function ownLoan(ctx: Ctx, who: AccountId, id: number): Loan {
  const loan = loanOf(ctx, id);
  ensure(!loan.finalized, "AlreadyFinalized");
  ensure(who === loan.creator, "InvalidOrigin");
  return loan;
}

function ensureEnd({ block }: Ctx, end: number): void {
  ensure(block.number < end, "CannotEndInPast");
  ensure(end - block.number >= MinimumBlockDuration.value, "BlockDurationTooShort");
  ensure(end - block.number <= MaximumBlockDuration.value, "BlockDurationTooLong");
}

/** What of an offer fits under the cap and under the most one contributor may give. */
function accepted({ state }: Ctx, id: number, loan: Loan, offered: bigint, before: bigint): bigint {
  const left = loan.cap - loan.raised;
  const most = state.get(S.MaxContributions, id);
  ensure(most === undefined || before < most, "MaxContributionReached");
  const limits = most === undefined ? [left] : [left, most - before];
  return limits.reduce((least, limit) => (limit < least ? limit : least), offered);
}

/** Runs the crowdloan's call as its creator; while it runs, `CurrentCrowdloanId` tells which crowdloan it is. Its failure is the caller's. */
function runCall(ctx: Ctx, id: number, creator: AccountId, bounded: NonNullable<Loan["call"]>): void {
  const call = peekCall(ctx, bounded);
  ensure(call !== undefined, "CallUnavailable");
  ctx.state.put(S.CurrentCrowdloanId, [], id);
  const result = ctx.dispatch(call, { kind: "signed", who: creator });
  if (result.type === "Err") throw new DispatchFailure(result.value, result.value.type);
  ctx.state.kill(S.CurrentCrowdloanId);
}
