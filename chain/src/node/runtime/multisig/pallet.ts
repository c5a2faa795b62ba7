/**
 * Multisig: an account that several signers control. The first approval opens an operation for a deposit, the one that reaches the threshold runs
 * the call as the account; its result is told in MultisigExecuted and does not fail the extrinsic.
 */
import { blake2b256 } from "@subnetkit/shared/crypto/hash";
import { bytesToHex, hexToBytes, utf8 } from "@subnetkit/shared/util/bytes";
import type { RuntimeCall } from "../../../spec/call.ts";
import { multisig } from "../../../spec/pallets/multisig.ts";
import { accountId } from "../../../spec/scale/accounts.ts";
import { fixedBytes } from "../../../spec/scale/byte-strings.ts";
import { u16 } from "../../../spec/scale/numbers.ts";
import type { ValueOf } from "../../../spec/scale/scale-type.ts";
import { vec } from "../../../spec/scale/sequences.ts";
import { tuple } from "../../../spec/scale/structs.ts";
import type { Weight } from "../../../spec/types.ts";
import { changeReserve, reserve, unreserve } from "../balances/reserve.ts";
import { callHash } from "../call-hash.ts";
import {
  type AccountId,
  type Ctx,
  defineRuntimePallet,
  DispatchFailure,
  ensureSigned,
  moduleError,
} from "../pallet.ts";

const S = multisig.storage;
const { DepositBase, DepositFactor, MaxSignatories } = multisig.constants;

type Open = ValueOf<(typeof S)["Multisigs"]["value"]>;
type Timepoint = Open["when"];
type MultisigError = (typeof multisig.errors)[number];

function ensure(condition: boolean, error: MultisigError): asserts condition {
  if (!condition) throw moduleError(multisig, error);
}

/** One signer's part in an operation. */
interface Part {
  readonly who: AccountId;
  readonly threshold: number;
  readonly others: readonly AccountId[];
  readonly timepoint: Timepoint | undefined;
  readonly hash: Uint8Array;
  /** The call, where this signer brought it. */
  readonly call?: RuntimeCall;
  readonly maxWeight: Weight;
}

export const multisigPallet = defineRuntimePallet<typeof multisig>({
  spec: multisig,
  calls: {
    as_multi_threshold_1: {
      pays: true,
      dispatch(ctx, origin, { other_signatories, call }) {
        const who = ensureSigned(origin);
        const account = multisigAccount(signers(other_signatories, who), 1);
        const result = ctx.dispatch(call, { kind: "signed", who: account });
        const call_hash = hexToBytes(callHash(call));
        ctx.emit(multisig, "MultisigExecuted", {
          approving: who,
          timepoint: now(ctx),
          multisig: account,
          call_hash,
          result,
        });
        if (result.type === "Err") throw new DispatchFailure(result.value, result.value.type);
      },
    },
    as_multi: {
      pays: true,
      dispatch(ctx, origin, args) {
        const part = { who: ensureSigned(origin), hash: hexToBytes(callHash(args.call)), call: args.call };
        operate(ctx, { ...part, ...common(args), timepoint: args.maybe_timepoint, maxWeight: args.max_weight });
      },
    },
    approve_as_multi: {
      pays: true,
      dispatch(ctx, origin, args) {
        const part = { who: ensureSigned(origin), hash: args.call_hash };
        operate(ctx, { ...part, ...common(args), timepoint: args.maybe_timepoint, maxWeight: args.max_weight });
      },
    },
    cancel_as_multi: {
      pays: true,
      dispatch(ctx, origin, args) {
        const who = ensureSigned(origin);
        const { account, open } = opened(ctx, who, args);
        ensure(sameTime(open.when, args.timepoint), "WrongTimepoint");
        ensure(open.depositor === who, "NotOwner");
        unreserve(ctx, who, open.deposit);
        ctx.state.kill(S.Multisigs, account, args.call_hash);
        const { timepoint, call_hash } = args;
        ctx.emit(multisig, "MultisigCancelled", { cancelling: who, timepoint, multisig: account, call_hash });
      },
    },
    poke_deposit: {
      pays: true,
      dispatch(ctx, origin, args) {
        const who = ensureSigned(origin);
        const { account, open } = opened(ctx, who, args);
        ensure(open.depositor === who, "NotOwner");
        const deposit = depositFor(args.threshold);
        if (deposit === open.deposit) return;
        changeReserve(ctx, who, open.deposit, deposit);
        ctx.state.put(S.Multisigs, [account, args.call_hash], { ...open, deposit });
        const { call_hash } = args;
        ctx.emit(multisig, "DepositPoked", { who, call_hash, old_deposit: open.deposit, new_deposit: deposit });
      },
    },
  },
});

/** Account of signers (sorted) and a threshold: Blake2-256 of the pallet's mark, the signers and the threshold. */
export function multisigAccount(sorted: readonly AccountId[], threshold: number): AccountId {
  return bytesToHex(blake2b256(seed.enc([utf8("modlpy/utilisuba"), [...sorted], threshold])));
}
const seed = tuple(fixedBytes(16), vec(accountId), u16);

function operate(ctx: Ctx, part: Part): void {
  ensure(part.threshold >= 2, "MinimumThreshold");
  const account = multisigAccount(signers(part.others, part.who), part.threshold);
  const open = ctx.state.get(S.Multisigs, account, part.hash);
  if (open === undefined) begin(ctx, account, part);
  else approve(ctx, account, open, part);
}

function begin(ctx: Ctx, account: AccountId, { who, threshold, timepoint, hash }: Part): void {
  ensure(timepoint === undefined, "UnexpectedTimepoint");
  const deposit = depositFor(threshold);
  reserve(ctx, who, deposit);
  ctx.state.put(S.Multisigs, [account, hash], { when: now(ctx), deposit, depositor: who, approvals: [who] });
  ctx.emit(multisig, "NewMultisig", { approving: who, multisig: account, call_hash: hash });
}

function approve(ctx: Ctx, account: AccountId, open: Open, part: Part): void {
  const { who, threshold, timepoint, hash, call } = part;
  ensure(timepoint !== undefined, "NoTimepoint");
  ensure(sameTime(open.when, timepoint), "WrongTimepoint");
  const isNew = !open.approvals.includes(who) && open.approvals.length < threshold;
  const approvals = open.approvals.length + (isNew ? 1 : 0);
  const told = { approving: who, timepoint, multisig: account, call_hash: hash };
  if (call !== undefined && approvals >= threshold) {
    ensure(ctx.callWeight(call) <= part.maxWeight.ref_time, "MaxWeightTooLow");
    ctx.state.kill(S.Multisigs, account, hash);
    unreserve(ctx, open.depositor, open.deposit);
    const result = ctx.dispatch(call, { kind: "signed", who: account });
    ctx.emit(multisig, "MultisigExecuted", { ...told, result });
    return;
  }
  ensure(isNew, "AlreadyApproved");
  ctx.state.put(S.Multisigs, [account, hash], { ...open, approvals: [...open.approvals, who].sort() });
  ctx.emit(multisig, "MultisigApproval", told);
}

function opened(
  ctx: Ctx,
  who: AccountId,
  args: { threshold: number; other_signatories: readonly AccountId[]; call_hash: Uint8Array },
): { account: AccountId; open: Open } {
  ensure(args.threshold >= 2, "MinimumThreshold");
  const account = multisigAccount(signers(args.other_signatories, who), args.threshold);
  const open = ctx.state.get(S.Multisigs, account, args.call_hash);
  ensure(open !== undefined, "NotFound");
  return { account, open };
}

/** All signers in order; the others must be given in order, without the sender. */
function signers(others: readonly AccountId[], who: AccountId): AccountId[] {
  ensure(others.length > 0, "TooFewSignatories");
  ensure(others.length < MaxSignatories.value, "TooManySignatories");
  others.forEach((one, i) => {
    ensure(i === 0 || (others[i - 1] ?? "") < one, "SignatoriesOutOfOrder");
    ensure(one !== who, "SenderInSignatories");
  });
  return [...others, who].sort();
}

const common = (args: { threshold: number; other_signatories: readonly AccountId[] }) => ({
  threshold: args.threshold,
  others: args.other_signatories,
});
const depositFor = (threshold: number): bigint => DepositBase.value + DepositFactor.value * BigInt(threshold);
const now = (ctx: Ctx): Timepoint => ({ height: ctx.block.number, index: ctx.extrinsicIndex });
const sameTime = (a: Timepoint, b: Timepoint): boolean => a.height === b.height && a.index === b.index;
