/** Grandpa: tables only. Finality here is immediate and needs no votes. */
import { grandpa } from "../../../spec/pallets/grandpa.ts";
import { defineRuntimePallet, ensureRoot } from "../pallet.ts";

export const grandpaPallet = defineRuntimePallet<typeof grandpa>({
  spec: grandpa,
  calls: {
    note_stalled: {
      pays: true,
      dispatch(ctx, origin, { delay, best_finalized_block_number }) {
        ensureRoot(origin);
        ctx.state.put(grandpa.storage.Stalled, [], [delay, best_finalized_block_number]);
      },
    },
  },
});
