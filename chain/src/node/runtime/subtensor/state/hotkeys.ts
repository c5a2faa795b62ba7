import { subtensorModule } from "../../../../spec/pallets/subtensor-module.ts";
import type { State } from "../../../storage/state.ts";
import { netuidOfAccount } from "./ids.ts";

const S = subtensorModule.storage;

/** True when the hotkey has an owner: the chain's "hotkey account exists". */
export function hotkeyExists(state: State, hotkey: string): boolean {
  return state.has(S.Owner, hotkey);
}

/** Coldkey that owns a hotkey; the zero account when nobody does. */
export function coldkeyOf(state: State, hotkey: string): string {
  return state.get(S.Owner, hotkey);
}

/** True when `coldkey` owns `hotkey`. */
export function ownsHotkey(state: State, coldkey: string, hotkey: string): boolean {
  return hotkeyExists(state, hotkey) && coldkeyOf(state, hotkey) === coldkey;
}

/** Makes `coldkey` the owner of a hotkey nobody owns yet; nothing happens when it has an owner. */
export function createHotkeyIfNew(state: State, coldkey: string, hotkey: string): void {
  if (hotkeyExists(state, hotkey)) return;
  state.put(S.Owner, [hotkey], coldkey);
  state.mutate(S.OwnedHotkeys, [coldkey], (hotkeys) => withMember(hotkeys, hotkey));
  addStakingHotkey(state, coldkey, hotkey);
}

/** Records that a coldkey has stake on a hotkey. */
export function addStakingHotkey(state: State, coldkey: string, hotkey: string): void {
  const hotkeys = state.get(S.StakingHotkeys, coldkey);
  if (!hotkeys.includes(hotkey)) state.put(S.StakingHotkeys, [coldkey], [...hotkeys, hotkey]);
}

/** True when the hotkey is registered on any subnet. */
export function registeredAnywhere(state: State, hotkey: string): boolean {
  for (const { value } of state.iterate(S.IsNetworkMember, hotkey)) if (value) return true;
  return false;
}

/** True for the account of a subnet, which can be no hotkey. */
export function isSystemAccount(account: string): boolean {
  return netuidOfAccount(account) !== undefined;
}

function withMember(hotkeys: string[], hotkey: string): string[] {
  return hotkeys.includes(hotkey) ? hotkeys : [...hotkeys, hotkey];
}
