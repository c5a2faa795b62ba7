import { claimedAfterStakeChange } from "@subnetkit/shared/consensus/economics/root-claims";
import { subtensorModule } from "../../../../spec/pallets/subtensor-module.ts";
import type { State } from "../../../storage/state.ts";

const S = subtensorModule.storage;

/** Claim rates of a hotkey by netuid: alpha per rao of root stake, I96F32 bits. */
export function claimRates(state: State, hotkey: string): Map<number, bigint> {
  return new Map(state.get(S.RootClaimable, hotkey).map(([netuid, rate]) => [netuid, rate.bits]));
}

/** Stores the claim rates of a hotkey in netuid order. */
export function putClaimRates(state: State, hotkey: string, rates: ReadonlyMap<number, bigint>): void {
  const entries = [...rates]
    .sort(([a], [b]) => a - b)
    .map(([netuid, bits]): [number, { bits: bigint }] => [netuid, { bits }]);
  if (entries.length === 0) state.kill(S.RootClaimable, hotkey);
  else state.put(S.RootClaimable, [hotkey], entries);
}

/** After root stake of a coldkey changed: what it has claimed moves with it on every subnet, so that the change owes nothing (spec/economics.md 3.10). */
export function adjustClaimed(state: State, hotkey: string, coldkey: string, deltaRao: bigint): void {
  for (const [netuid, rate] of claimRates(state, hotkey)) {
    const claimed = state.get(S.RootClaimed, netuid, hotkey, coldkey);
    state.put(S.RootClaimed, [netuid, hotkey, coldkey], claimedAfterStakeChange(claimed, rate, deltaRao));
  }
}

/** Gives a coldkey with root stake a place in the list automatic claims draw from (spec/economics.md 3.11). */
export function indexStakingColdkey(state: State, coldkey: string): void {
  if (state.has(S.StakingColdkeys, coldkey)) return;
  const index = state.get(S.NumStakingColdkeys);
  state.put(S.StakingColdkeysByIndex, [index], coldkey);
  state.put(S.StakingColdkeys, [coldkey], index);
  state.put(S.NumStakingColdkeys, [], index + 1n);
}
