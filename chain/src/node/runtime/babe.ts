/** BabeApi: Subtensor's runtime has it for nodes that prepare for BABE, and answers with nothing but its defaults: blocks are Aura's. */
import {
  babeConfiguration,
  babeEpoch,
  babeEquivocationProof,
  babeId,
  babeOwnershipProof,
  slot,
} from "../../spec/runtime-apis-node.ts";
import { unit } from "../../spec/scale/structs.ts";
import { option } from "../../spec/scale/variants.ts";
import { apiMethod, type RuntimeApi } from "./pallet.ts";

/** sp_consensus_babe's default: a quarter of the slots, secondary ones by VRF. */
const config = {
  c: [1n, 4n] as [bigint, bigint],
  allowed_slots: { type: "PrimaryAndSecondaryVRFSlots" },
} as const;
const nothing = { authorities: [], randomness: new Uint8Array(32) };

const epoch = apiMethod({
  args: {},
  result: babeEpoch,
  run: () => ({ epoch_index: 0n, start_slot: 0n, duration: 0n, ...nothing, config }),
});

export const babeApi: RuntimeApi = {
  version: 2,
  methods: {
    configuration: apiMethod({
      args: {},
      result: babeConfiguration,
      run: () => ({ slot_duration: 0n, epoch_length: 0n, ...nothing, ...config }),
    }),
    current_epoch_start: apiMethod({ args: {}, result: slot, run: () => 0n }),
    current_epoch: epoch,
    next_epoch: epoch,
    generate_key_ownership_proof: apiMethod({
      args: { slot, authority_id: babeId },
      result: option(babeOwnershipProof),
      run: () => undefined,
    }),
    submit_report_equivocation_unsigned_extrinsic: apiMethod({
      args: { equivocation_proof: babeEquivocationProof, key_owner_proof: babeOwnershipProof },
      result: option(unit),
      run: () => undefined,
    }),
  },
};
