import { U64F64 } from "@subnetkit/shared/fixed/formats";
import { toU64 } from "@subnetkit/shared/fixed/convert";
import type { State } from "../../../storage/state.ts";
import { spotPrice } from "../../swap/pool-state.ts";
import { hotkeyStake } from "./shares.ts";
import { netuids } from "./subnets.ts";

/** Worth of a hotkey's stake over all subnets in TAO rao, at spot prices; root counts one to one (spec/subtensor-interface.md 7.4). */
export function totalStakeInTao(state: State, hotkey: string): bigint {
  return netuids(state).reduce((sum, netuid) => {
    const alpha = hotkeyStake(state, hotkey, netuid);
    return alpha === 0n ? sum : sum + toU64(U64F64.mul(spotPrice(state, netuid), U64F64.fromInt(alpha)), U64F64);
  }, 0n);
}
