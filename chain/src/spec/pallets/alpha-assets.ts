/** AlphaAssets (31): counters of alpha by subnet. Source: spec/subtensor-interface.md 2.5, 3.7 and the metadata of spec 424. */
import { definePallet, map } from "../define.ts";
import { u16, u64 } from "../scale/numbers.ts";

export const alphaAssets = definePallet({
  name: "AlphaAssets",
  index: 31,
  storage: {
    TotalAlphaIssuance: map({ keys: [["Twox64Concat", u16]], value: u64, default: 0n }),
    AlphaBurned: map({ keys: [["Twox64Concat", u16]], value: u64, default: 0n }),
    AlphaRecycled: map({ keys: [["Twox64Concat", u16]], value: u64, default: 0n }),
  },
});
