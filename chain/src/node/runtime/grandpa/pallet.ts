/** Grandpa: who votes on finality, as root says. Nobody votes here: finality needs no votes. */
import { hexToBytes } from "@subnetkit/shared/util/bytes";
import { grandpa, grandpaEquivocationProof, grandpaId } from "../../../spec/pallets/grandpa.ts";
import { opaqueValue } from "../../../spec/runtime-apis-node.ts";
import { u64 } from "../../../spec/scale/numbers.ts";
import { vec } from "../../../spec/scale/sequences.ts";
import { tuple, unit } from "../../../spec/scale/structs.ts";
import { option } from "../../../spec/scale/variants.ts";
import { apiMethod, defineRuntimePallet, ensureRoot } from "../pallet.ts";
import { applyChange } from "./schedule-change.ts";

/** The ed25519 key of `//One`, whose sr25519 key makes the blocks: the voter of a localnet with one authority. */
const ONE = "0x16f97016bbea8f7b45ae6757b49efc1080accc175d8f018f9ba719b60b0815e4";

export const grandpaPallet = defineRuntimePallet<typeof grandpa>({
  spec: grandpa,
  genesis({ state }) {
    state.put(grandpa.storage.Authorities, [], [[hexToBytes(ONE), 1n]]);
    state.put(grandpa.storage.SetIdSession, [0n], 0);
  },
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
  runtimeApis: {
    GrandpaApi: {
      version: 3,
      methods: {
        grandpa_authorities: apiMethod({
          args: {},
          result: vec(tuple(grandpaId, u64)),
          run: ({ state }) => state.get(grandpa.storage.Authorities),
        }),
        submit_report_equivocation_unsigned_extrinsic: apiMethod({
          args: { equivocation_proof: grandpaEquivocationProof, key_owner_proof: opaqueValue },
          result: option(unit),
          run: () => undefined,
        }),
        generate_key_ownership_proof: apiMethod({
          args: { set_id: u64, authority_id: grandpaId },
          result: option(opaqueValue),
          run: () => undefined,
        }),
        current_set_id: apiMethod({
          args: {},
          result: u64,
          run: ({ state }) => state.get(grandpa.storage.CurrentSetId),
        }),
      },
    },
  },
});
