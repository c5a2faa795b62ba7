/** TransactionPayment (6): fees. Source: spec/subtensor-interface.md 1.4, 3.7. */
import { constant, definePallet, value } from "../define.ts";
import { accountId } from "../scale/accounts.ts";
import { u128, u64, u8 } from "../scale/numbers.ts";
import { newtype } from "../scale/structs.ts";
import { variant } from "../scale/variants.ts";

export const transactionPayment = definePallet({
  name: "TransactionPayment",
  index: 6,
  storage: {
    NextFeeMultiplier: value({
      value: newtype("sp_arithmetic::fixed_point::FixedU128", u128),
      default: 1_000_000_000_000_000_000n,
    }),
    StorageVersion: value({
      value: variant("pallet_transaction_payment::Releases", { V1Ancient: undefined, V2: undefined }),
      default: { type: "V1Ancient" },
    }),
  },
  events: { TransactionFeePaid: { index: 0, fields: { who: accountId, actual_fee: u64, tip: u64 } } },
  constants: { OperationalFeeMultiplier: constant(u8, 5) },
});
