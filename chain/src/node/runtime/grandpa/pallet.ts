/** Grandpa: who votes on finality, as root says. Nobody votes here: finality needs no votes. */
import { grandpa } from "../../../spec/pallets/grandpa.ts";
import { defineRuntimePallet, ensureRoot } from "../pallet.ts";
import { applyChange } from "./schedule-change.ts";

export const grandpaPallet = defineRuntimePallet<typeof grandpa>({
  spec: grandpa,
  onFinalize: applyChange,
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
