/** Applies one extrinsic: fee, nonce, dispatch, outcome event, in the order a real block shows them (spec/subtensor-interface.md 1.4). */
import { system } from "../../spec/pallets/system.ts";
import { transactionPayment } from "../../spec/pallets/transaction-payment.ts";
import type { DispatchEventInfo } from "../../spec/types.ts";
import { deposit, spendableBalance, withdraw } from "../runtime/balances/currency.ts";
import type { AccountId, DispatchResult, FeeReceipt } from "../runtime/pallet.ts";
import { callWeight } from "../runtime/runtime.ts";
import type { Execution } from "./execution.ts";
import type { Extrinsic, SignedExtrinsic } from "./extrinsic.ts";
import { feeFor, payOtherwise } from "./validity.ts";

/** Runs an extrinsic that was just checked; its index in the block decides the phase of its events. */
export function applyExtrinsic(execution: Execution, extrinsic: Extrinsic, index: number): DispatchResult {
  execution.phase = { type: "ApplyExtrinsic", value: index };
  const who = extrinsic.kind === "signed" && extrinsic.signer.type === "Id" ? extrinsic.signer.value : undefined;
  const info = dispatchInfo(execution, extrinsic);
  const fee = extrinsic.kind === "signed" && who !== undefined ? charge(execution, extrinsic, who) : undefined;
  if (who !== undefined)
    execution.state.mutate(system.storage.Account, [who], (account) => ({ ...account, nonce: account.nonce + 1 }));
  const result = execution.dispatchGuarded(
    extrinsic.call,
    who === undefined ? { kind: "none" } : { kind: "signed", who },
  );
  if (fee !== undefined && extrinsic.kind === "signed") settle(execution, extrinsic, fee);
  if (result.type === "Ok") execution.emit(system, "ExtrinsicSuccess", { dispatch_info: info });
  else execution.emit(system, "ExtrinsicFailed", { dispatch_error: result.value, dispatch_info: info });
  return result;
}

interface Charged {
  readonly who: AccountId;
  readonly fee: bigint;
  /** Of a fee that was not paid in TAO. */
  readonly receipt?: FeeReceipt;
}

function charge(execution: Execution, tx: SignedExtrinsic, signer: AccountId): Charged | undefined {
  const who = execution.feePayer(signer, tx.call);
  const fee = feeFor(execution, tx) + tx.tip;
  if (fee === 0n) return { who, fee };
  if (spendableBalance(execution.state, who, true) >= fee) {
    withdraw(execution, who, fee, true);
    return { who, fee };
  }
  const receipt = payOtherwise(execution, who, tx.call, fee);
  return receipt === undefined ? undefined : { who, fee, receipt };
}

/** Gives the fee to the author (dropped when it cannot exist) and says what was paid. */
function settle(execution: Execution, tx: SignedExtrinsic, { who, fee, receipt }: Charged): void {
  if (receipt !== undefined) receipt();
  else if (fee > 0n)
    execution.layered("TransactionPayment.deposit", () => deposit(execution, execution.block.author, fee));
  execution.emit(transactionPayment, "TransactionFeePaid", { who, actual_fee: fee, tip: tx.tip });
}

/** Cost of an extrinsic as its outcome event tells it. */
export function dispatchInfo(execution: Execution, extrinsic: Extrinsic): DispatchEventInfo {
  const impl = execution.runtime.callImpl(extrinsic.call);
  return {
    weight: { ref_time: callWeight(impl), proof_size: 0n },
    class: { type: impl?.class ?? "Normal" },
    pays_fee: { type: extrinsic.kind === "signed" && execution.paysFee(extrinsic.call) ? "Yes" : "No" },
  };
}
