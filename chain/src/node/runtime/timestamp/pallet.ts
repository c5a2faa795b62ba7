/** Timestamp: the inherent that opens every block. */
import { timestamp } from "../../../spec/pallets/timestamp.ts";
import { defineRuntimePallet, ensureNone } from "../pallet.ts";

export const timestampPallet = defineRuntimePallet<typeof timestamp>({
  spec: timestamp,
  genesis: (ctx, config) => ctx.state.put(timestamp.storage.Now, [], BigInt(config.timestampMs)),
  inherents: (ctx) => [{ pallet: timestamp.name, name: "set", args: { now: BigInt(ctx.block.timestampMs) } }],
  calls: {
    set: {
      pays: true,
      class: "Mandatory",
      dispatch(ctx, origin, { now }) {
        ensureNone(origin);
        ctx.state.put(timestamp.storage.Now, [], now);
      },
    },
  },
});
