/** BaseFee (25): gas price of the EVM. Source: spec/subtensor-interface.md 2.5, 3.7 and the metadata of spec 424. */
import { definePallet, value } from "../define.ts";
import { permill, u256 } from "./ethereum-types.ts";

export const baseFee = definePallet({
  name: "BaseFee",
  index: 25,
  storage: {
    BaseFeePerGas: value({ value: u256, default: [20_000_000_000n, 0n, 0n, 0n] }),
    Elasticity: value({ value: permill, default: 125_000 }),
  },
  calls: {
    set_base_fee_per_gas: { index: 0, args: { fee: u256 } },
    set_elasticity: { index: 1, args: { elasticity: permill } },
  },
  events: {
    NewBaseFeePerGas: { index: 0, fields: { fee: u256 } },
    BaseFeeOverflow: { index: 1 },
    NewElasticity: { index: 2, fields: { elasticity: permill } },
  },
});
