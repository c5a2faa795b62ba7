/** TransactionPayment: the table; charging is part of applying an extrinsic. */
import { transactionPayment } from "../../../spec/pallets/transaction-payment.ts";
import { defineRuntimePallet } from "../pallet.ts";

export const transactionPaymentPallet = defineRuntimePallet<typeof transactionPayment>({
  spec: transactionPayment,
  genesis(ctx) {
    ctx.state.put(transactionPayment.storage.NextFeeMultiplier, [], 1_000_000_000_000_000_000n);
    ctx.state.put(transactionPayment.storage.StorageVersion, [], { type: "V2" });
  },
  calls: {},
});
