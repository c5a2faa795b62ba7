import { inheritedStake as inherited } from "@subnetkit/shared/consensus/economics/inherited-stake";
import { stakeWeightRao } from "@subnetkit/shared/consensus/economics/stake-weight";
import { subtensorModule } from "../../../../spec/pallets/subtensor-module.ts";
import type { State } from "../../../storage/state.ts";
import { ROOT_NETUID } from "./ids.ts";
import { ownerUid, uidOf } from "./neurons.ts";
import { hotkeyStake } from "./shares.ts";

const S = subtensorModule.storage;

/** Inherited alpha on the subnet and inherited TAO on root of a hotkey, in rao (spec/economics.md 2.3). */
export function inheritedStake(
  state: State,
  netuid: number,
  hotkey: string,
): { readonly alphaRao: bigint; readonly taoRao: bigint } {
  const childProportions = state.get(S.ChildKeys, hotkey, netuid).map(([proportion]) => proportion);
  const parents = state.get(S.ParentKeys, hotkey, netuid);
  // Of nobody else's stake, which is most hotkeys' case: its own comes out as it went in.
  const alone = childProportions.length === 0 && parents.length === 0;
  const of = (stakeNetuid: number): bigint =>
    alone
      ? hotkeyStake(state, hotkey, stakeNetuid)
      : inherited({
          ownRao: hotkeyStake(state, hotkey, stakeNetuid),
          childProportions,
          parents: parents.map(([proportion, parent]) => ({
            stakeRao: hotkeyStake(state, parent, stakeNetuid),
            proportion,
          })),
        });
  return {
    alphaRao: netuid === ROOT_NETUID ? hotkeyStake(state, hotkey, netuid) : of(netuid),
    taoRao: of(ROOT_NETUID),
  };
}

/** Stake weight of a hotkey on a subnet in rao: alpha plus weighted TAO, both inherited (spec/subtensor-interface.md 7.4). */
export function stakeWeight(state: State, netuid: number, hotkey: string): bigint {
  const { alphaRao, taoRao } = inheritedStake(state, netuid, hotkey);
  return stakeWeightRao(alphaRao, taoRao, state.get(S.TaoWeight));
}

/** True when a hotkey may set weights as far as stake goes: the owner's uid, or the stake threshold reached. */
export function hasWeightsStake(state: State, netuid: number, hotkey: string): boolean {
  const uid = uidOf(state, netuid, hotkey);
  if (uid !== undefined && uid === ownerUid(state, netuid)) return true;
  const threshold = state.get(S.StakeThreshold);
  return threshold === 0n || stakeWeight(state, netuid, hotkey) >= threshold;
}
