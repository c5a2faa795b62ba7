/** Aura: the one authority and the slot of each block. */
import { hexToBytes } from "@subnetkit/shared/util/bytes";
import { aura, auraId } from "../../../spec/pallets/aura.ts";
import { SLOT_DURATION_MS } from "../../../spec/pallets/timestamp.ts";
import { u64 } from "../../../spec/scale/numbers.ts";
import { vec } from "../../../spec/scale/sequences.ts";
import { newtype } from "../../../spec/scale/structs.ts";
import { apiMethod, defineRuntimePallet } from "../pallet.ts";

/** Aura slot of a block time. */
export function slotOf(timestampMs: number): bigint {
  return BigInt(Math.floor(timestampMs / SLOT_DURATION_MS));
}

const slotDuration = newtype("sp_consensus_slots::SlotDuration", u64);

export const auraPallet = defineRuntimePallet<typeof aura>({
  spec: aura,
  genesis: (ctx, config) => ctx.state.put(aura.storage.Authorities, [], [hexToBytes(config.authority)]),
  onInitialize: (ctx) => ctx.state.put(aura.storage.CurrentSlot, [], slotOf(ctx.block.timestampMs)),
  calls: {},
  runtimeApis: {
    AuraApi: {
      version: 1,
      methods: {
        slot_duration: apiMethod({ args: {}, result: slotDuration, run: () => BigInt(SLOT_DURATION_MS) }),
        authorities: apiMethod({
          args: {},
          result: vec(auraId),
          run: (ctx) => ctx.state.get(aura.storage.Authorities),
        }),
      },
    },
  },
});
