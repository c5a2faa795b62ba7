import { MAX_FEE_RATE } from "@subnetkit/shared/consensus/economics/pool-swap";
import { subtensorModule } from "../../../spec/pallets/subtensor-module.ts";
import { swap } from "../../../spec/pallets/swap.ts";
import { type CallImpl, defineRuntimePallet, ensureRoot, ensureSigned, moduleError } from "../pallet.ts";
import { swapApi } from "./apis.ts";

/** User liquidity is gone: these calls answer as the chain does (spec/subtensor-interface.md 2.5). */
const deprecated = {
  pays: true,
  dispatch(_ctx, origin) {
    if (origin.kind !== "root") ensureSigned(origin);
    throw moduleError(swap, "Deprecated");
  },
} satisfies CallImpl<unknown>;

/** Swap: the fee rate of a pool, and prices for clients. The pools themselves are moved by SubtensorModule. */
export const swapPallet = defineRuntimePallet<typeof swap>({
  spec: swap,
  runtimeApis: { SwapRuntimeApi: swapApi },
  calls: {
    set_fee_rate: {
      pays: true,
      dispatch(ctx, origin, { netuid, rate }) {
        ensureRoot(origin);
        if (!ctx.state.get(subtensorModule.storage.NetworksAdded, netuid))
          throw moduleError(swap, "MechanismDoesNotExist");
        if (rate > MAX_FEE_RATE) throw moduleError(swap, "FeeRateTooHigh");
        ctx.state.put(swap.storage.FeeRate, [netuid], rate);
        ctx.emit(swap, "FeeRateSet", { netuid, rate });
      },
    },
    add_liquidity: deprecated,
    remove_liquidity: deprecated,
    modify_position: deprecated,
    toggle_user_liquidity: deprecated,
    disable_lp: deprecated,
  },
});
