/** BaseFee: the gas price of an EVM this chain does not have, as root sets it. Blocks never move it: without gas used it stays at its lower bound. */
import { baseFee } from "../../../spec/pallets/base-fee.ts";
import { defineRuntimePallet, ensureRoot } from "../pallet.ts";

export const baseFeePallet = defineRuntimePallet<typeof baseFee>({
  spec: baseFee,
  calls: {
    set_base_fee_per_gas: {
      pays: true,
      dispatch(ctx, origin, { fee }) {
        ensureRoot(origin);
        ctx.state.put(baseFee.storage.BaseFeePerGas, [], fee);
        ctx.emit(baseFee, "NewBaseFeePerGas", { fee });
      },
    },
    set_elasticity: {
      pays: true,
      dispatch(ctx, origin, { elasticity }) {
        ensureRoot(origin);
        ctx.state.put(baseFee.storage.Elasticity, [], elasticity);
        ctx.emit(baseFee, "NewElasticity", { elasticity });
      },
    },
  },
});
