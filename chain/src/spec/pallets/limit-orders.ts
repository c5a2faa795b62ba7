/** LimitOrders (32): signed orders that a relayer executes. Source: spec/subtensor-interface.md 2.5, 3.7 and the metadata of spec 424. */
import { constant, definePallet, map, value } from "../define.ts";
import { accountId, h256 } from "../scale/accounts.ts";
import { bool, u16, u32, u64 } from "../scale/numbers.ts";
import { boundedBytes, boundedVec } from "../scale/sequences.ts";
import { newtype, struct } from "../scale/structs.ts";
import { option, variant } from "../scale/variants.ts";
import { dispatchError, multiSignature } from "../types.ts";
import { palletId } from "./subtensor-module-types.ts";

const orderStatus = variant("pallet_limit_orders::OrderStatus", {
  Fulfilled: undefined,
  PartiallyFilled: u64,
  Cancelled: undefined,
});
const orderType = variant("pallet_limit_orders::OrderType", {
  LimitBuy: undefined,
  TakeProfit: undefined,
  StopLoss: undefined,
});
const perbill = newtype("sp_arithmetic::per_things::Perbill", u32);
const order = struct("pallet_limit_orders::Order", {
  signer: accountId,
  hotkey: accountId,
  netuid: u16,
  order_type: orderType,
  amount: u64,
  limit_price: u64,
  expiry: u64,
  fee_rate: perbill,
  fee_recipient: accountId,
  relayer: option(boundedVec(accountId, 100)),
  max_slippage: option(perbill),
  chain_id: u64,
  partial_fills_enabled: bool,
});
/** An order as its signer signs it; its id is the Blake2-256 hash of these bytes. */
export const versionedOrder = variant("pallet_limit_orders::VersionedOrder", { V1: order });
const signedOrder = struct("pallet_limit_orders::SignedOrder", {
  order: versionedOrder,
  signature: multiSignature,
  partial_fill: option(u64),
});
const orderSide = variant("pallet_limit_orders::OrderSide", { Buy: undefined, Sell: undefined });

export const limitOrders = definePallet({
  name: "LimitOrders",
  index: 32,
  storage: {
    Orders: map({ keys: [["Blake2_128Concat", h256]], value: orderStatus, optional: true }),
    LimitOrdersEnabled: value({ value: bool, default: false }),
    HasMigrationRun: map({ keys: [["Identity", boundedBytes(128)]], value: bool, default: false }),
  },
  calls: {
    execute_orders: { index: 0, args: { orders: boundedVec(signedOrder, 100), should_fail: bool } },
    execute_batched_orders: { index: 1, args: { netuid: u16, orders: boundedVec(signedOrder, 100) } },
    cancel_order: { index: 2, args: { order: versionedOrder } },
    set_pallet_status: { index: 3, args: { enabled: bool } },
  },
  events: {
    OrderExecuted: {
      index: 0,
      fields: {
        order_id: h256,
        signer: accountId,
        netuid: u16,
        order_type: orderType,
        amount_in: u64,
        amount_out: u64,
      },
    },
    OrderSkipped: { index: 1, fields: { order_id: h256, reason: dispatchError } },
    OrderCancelled: { index: 2, fields: { order_id: h256, signer: accountId } },
    GroupExecutionSummary: {
      index: 3,
      fields: { netuid: u16, net_side: orderSide, net_amount: u64, actual_out: u64, executed_count: u32 },
    },
    LimitOrdersPalletStatusChanged: { index: 4, fields: { enabled: bool } },
  },
  errors: [
    "InvalidSignature",
    "OrderAlreadyProcessed",
    "OrderCancelled",
    "OrderExpired",
    "PriceConditionNotMet",
    "Unauthorized",
    "SwapReturnedZero",
    "RootNetUidNotAllowed",
    "OrderNetUidMismatch",
    "LimitOrdersDisabled",
    "RelayerMissMatch",
    "PartialFillsNotEnabled",
    "IncorrectPartialFillAmount",
    "RelayerRequiredForPartialFill",
    "ChainIdMismatch",
    "PalletHotkeyNotRegistered",
    "ArithmeticOverflow",
    "DuplicateOrderInBatch",
    "ZeroShareInBatch",
  ],
  constants: {
    MaxOrdersPerBatch: constant(u32, 100),
    PalletId: constant(palletId, new TextEncoder().encode("bt/limit")),
    PalletHotkey: constant(accountId, "0x6d6f646c62742f6c6d686b790000000000000000000000000000000000000000"),
  },
});
