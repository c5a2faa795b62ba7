/** RandomnessCollectiveFlip (1): hashes of the last blocks. Source: spec/subtensor-interface.md 2.5, 3.7 and the metadata of spec 424. */
import { definePallet, value } from "../define.ts";
import { h256 } from "../scale/accounts.ts";
import { boundedVec } from "../scale/sequences.ts";

export const randomnessCollectiveFlip = definePallet({
  name: "RandomnessCollectiveFlip",
  index: 1,
  crate: "pallet_insecure_randomness_collective_flip",
  storage: {
    RandomMaterial: value({ value: boundedVec(h256, 81), default: [] }),
  },
});
