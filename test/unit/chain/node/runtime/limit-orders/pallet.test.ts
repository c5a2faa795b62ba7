import { blake2b256 } from "@subnetkit/shared/crypto/hash";
import { bytesToHex } from "@subnetkit/shared/util/bytes";
import { describe, expect, it } from "vitest";
import { limitOrders, versionedOrder } from "../../../../../../chain/src/spec/pallets/limit-orders.ts";
import { account, World } from "../subtensor/world.ts";

const order = {
  type: "V1" as const,
  value: {
    signer: account("//Bob"),
    hotkey: account("//Bob//hot"),
    netuid: 1,
    order_type: { type: "LimitBuy" as const, value: undefined },
    amount: 10n,
    limit_price: 20n,
    expiry: 30n,
    fee_rate: 0,
    fee_recipient: account("//Bob"),
    relayer: undefined,
    max_slippage: undefined,
    chain_id: 0n,
    partial_fills_enabled: false,
  },
};
const id = bytesToHex(blake2b256(versionedOrder.enc(order)));
const call = (name: string, args: Record<string, unknown>) => ({ pallet: "LimitOrders", name, args });

describe("limit orders", () => {
  it("are cancelled by their signer, once", () => {
    const world = new World();
    const cancel = call("cancel_order", { order });
    expect(world.block({ who: "//Charlie", call: cancel })).toEqual(["Unauthorized"]);
    expect(world.block({ who: "//Bob", call: cancel })).toEqual(["ok"]);
    expect(world.events("OrderCancelled").map(({ fields }) => fields)).toEqual([
      { order_id: id, signer: account("//Bob") },
    ]);
    expect(world.block({ who: "//Bob", call: cancel })).toEqual(["OrderCancelled"]);
    world.edit((state) => state.put(limitOrders.storage.Orders, [id], { type: "Fulfilled", value: undefined }));
    expect(world.block({ who: "//Bob", call: cancel })).toEqual(["OrderAlreadyProcessed"]);
  });

  it("are not executed while the pallet is off", () => {
    const world = new World();
    const signed = { order, signature: { type: "Sr25519", value: new Uint8Array(64) }, partial_fill: undefined };
    const execute = call("execute_orders", { orders: [signed], should_fail: false });
    const batched = call("execute_batched_orders", { netuid: 1, orders: [signed] });
    expect(world.block({ who: "//Bob", call: execute }, { who: "//Bob", call: batched })).toEqual([
      "LimitOrdersDisabled",
      "LimitOrdersDisabled",
    ]);
  });
});
