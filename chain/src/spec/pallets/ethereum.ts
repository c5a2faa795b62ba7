/** Ethereum (21): Ethereum transactions and the blocks made of them. Source: spec/subtensor-interface.md 1.1, 1.2 and the metadata of spec 424. */
import { definePallet, map, value } from "../define.ts";
import { h256 } from "../scale/accounts.ts";
import { bytes } from "../scale/byte-strings.ts";
import { u32 } from "../scale/numbers.ts";
import { vec } from "../scale/sequences.ts";
import { tuple } from "../scale/structs.ts";
import { block, exitReason, h160, receipt, transaction, transactionStatus, u256 } from "./ethereum-types.ts";

export const ethereum = definePallet({
  name: "Ethereum",
  index: 21,
  storage: {
    Pending: map({ keys: [["Identity", u32]], value: tuple(transaction, transactionStatus, receipt), optional: true }),
    CounterForPending: value({ value: u32, default: 0 }),
    CurrentBlock: value({ value: block, optional: true }),
    CurrentReceipts: value({ value: vec(receipt), optional: true }),
    CurrentTransactionStatuses: value({ value: vec(transactionStatus), optional: true }),
    BlockHash: map({ keys: [["Twox64Concat", u256]], value: h256, default: `0x${"00".repeat(32)}` }),
  },
  calls: { transact: { index: 0, args: { transaction } } },
  events: {
    Executed: {
      index: 0,
      fields: { from: h160, to: h160, transaction_hash: h256, exit_reason: exitReason, extra_data: bytes },
    },
  },
  errors: ["InvalidSignature", "PreLogExists"],
});
