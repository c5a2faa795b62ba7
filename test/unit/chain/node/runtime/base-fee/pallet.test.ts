import { describe, expect, it } from "vitest";
import { baseFee } from "../../../../../../chain/src/spec/pallets/base-fee.ts";
import { sudo, World } from "../subtensor/world.ts";

const setFee = { pallet: "BaseFee", name: "set_base_fee_per_gas", args: { fee: [5n, 0n, 0n, 0n] } };
const setElasticity = { pallet: "BaseFee", name: "set_elasticity", args: { elasticity: 7 } };

describe("the base fee", () => {
  it("is what root sets, and stays so", () => {
    const world = new World();
    world.must(sudo(setFee), sudo(setElasticity));
    expect(world.events("NewBaseFeePerGas").map(({ fields }) => fields)).toEqual([{ fee: [5n, 0n, 0n, 0n] }]);
    expect(world.events("NewElasticity").map(({ fields }) => fields)).toEqual([{ elasticity: 7 }]);
    world.run(3);
    expect(world.state.get(baseFee.storage.BaseFeePerGas)).toEqual([5n, 0n, 0n, 0n]);
    expect(world.block({ who: "//Bob", call: setFee })).toEqual(["BadOrigin"]);
    expect(world.block({ who: "//Bob", call: setElasticity })).toEqual(["BadOrigin"]);
  });
});
