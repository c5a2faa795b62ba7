/**
 * LimitOrders: orders signed off-chain that anyone may bring. The pallet is off until root switches it on, which this chain refuses: so the calls that
 * execute orders answer as the real chain's do while it is off. Cancelling works.
 */
import { blake2b256 } from "@subnetkit/shared/crypto/hash";
import { bytesToHex } from "@subnetkit/shared/util/bytes";
import { limitOrders, versionedOrder } from "../../../spec/pallets/limit-orders.ts";
import { defineRuntimePallet, ensureSigned, moduleError } from "../pallet.ts";

const S = limitOrders.storage;

const off = {
  pays: true,
  dispatch(_ctx: unknown, origin: Parameters<typeof ensureSigned>[0]): never {
    ensureSigned(origin);
    throw moduleError(limitOrders, "LimitOrdersDisabled");
  },
} as const;

export const limitOrdersPallet = defineRuntimePallet<typeof limitOrders>({
  spec: limitOrders,
  calls: {
    execute_orders: off,
    execute_batched_orders: off,
    cancel_order: {
      pays: true,
      dispatch(ctx, origin, { order }) {
        const signer = ensureSigned(origin);
        if (order.value.signer !== signer) throw moduleError(limitOrders, "Unauthorized");
        const order_id = bytesToHex(blake2b256(versionedOrder.enc(order)));
        const status = ctx.state.get(S.Orders, order_id)?.type;
        if (status === "Cancelled") throw moduleError(limitOrders, "OrderCancelled");
        if (status === "Fulfilled") throw moduleError(limitOrders, "OrderAlreadyProcessed");
        ctx.state.put(S.Orders, [order_id], { type: "Cancelled", value: undefined });
        ctx.emit(limitOrders, "OrderCancelled", { order_id, signer });
      },
    },
  },
});
