import { emptyLock, isDust, type Lock, type LockPace } from "@subnetkit/shared/consensus/economics/conviction";
import { subtensorModule } from "../../../../spec/pallets/subtensor-module.ts";
import type { LockState } from "../../../../spec/pallets/subtensor-module-types.ts";
import type { State } from "../../../storage/state.ts";
import type { Ctx } from "../../pallet.ts";

const S = subtensorModule.storage;

/** What locks need of a context. */
export type LockCtx = Pick<Ctx, "state" | "block">;

/** A coldkey's lock behind a hotkey of a subnet. A coldkey has at most one per subnet. */
export interface LockKey {
  readonly coldkey: string;
  readonly netuid: number;
  readonly hotkey: string;
}

/** Which of a subnet's sums a lock counts into: by the hotkey it stands behind, and by whether its mass decays. */
export interface LockSum {
  readonly netuid: number;
  readonly hotkey: string;
  /** The hotkey is the subnet owner's: those sums are per subnet, not per hotkey. */
  readonly owner: boolean;
  readonly perpetual: boolean;
}

/** The block locks are brought up to. */
export function lockBlock(ctx: LockCtx): bigint {
  return BigInt(ctx.block.number);
}

/** Hotkey a coldkey's lock on a subnet stands behind, or undefined without a lock. */
export function lockedHotkey(state: State, coldkey: string, netuid: number): string | undefined {
  for (const { keys } of state.iterate(S.Lock, coldkey, netuid)) return keys[2];
  return undefined;
}

/** A lock as it was last written; empty where there is none. */
export function storedLock(ctx: LockCtx, { coldkey, netuid, hotkey }: LockKey): Lock {
  return loaded(ctx.state.get(S.Lock, coldkey, netuid, hotkey)) ?? emptyLock(lockBlock(ctx));
}

/** Writes a lock with its index entry; dust deletes both. */
export function putLock(state: State, { coldkey, netuid, hotkey }: LockKey, lock: Lock): void {
  if (isDust(lock)) {
    state.kill(S.LockingColdkeys, netuid, hotkey, coldkey);
    state.kill(S.Lock, coldkey, netuid, hotkey);
  } else {
    state.put(S.LockingColdkeys, [netuid, hotkey, coldkey], undefined);
    state.put(S.Lock, [coldkey, netuid, hotkey], stored(lock));
  }
}

/** True for the hotkey of the subnet's owner. */
export function isOwnerHotkey(state: State, netuid: number, hotkey: string): boolean {
  return state.get(S.SubnetOwnerHotkey, netuid) === hotkey;
}

/** True when a coldkey chose that its lock on a subnet does not decay. */
export function isPerpetual(state: State, coldkey: string, netuid: number): boolean {
  return state.get(S.DecayingLock, coldkey, netuid) === false;
}

/** The sum a lock counts into. */
export function sumOf(state: State, { coldkey, netuid, hotkey }: LockKey): LockSum {
  const owner = isOwnerHotkey(state, netuid, hotkey);
  return { netuid, hotkey, owner, perpetual: isPerpetual(state, coldkey, netuid) };
}

/** How the locks of a sum change with time. */
export function paceOf(state: State, { owner, perpetual }: Pick<LockSum, "owner" | "perpetual">): LockPace {
  return { unlockRate: state.get(S.UnlockRate), maturityRate: state.get(S.MaturityRate), owner, perpetual };
}

/** A sum as it was last written, or undefined where nothing counts into it. */
export function findSum(state: State, { netuid, hotkey, owner, perpetual }: LockSum): Lock | undefined {
  if (owner) return loaded(state.get(perpetual ? S.OwnerLock : S.DecayingOwnerLock, netuid));
  return loaded(state.get(perpetual ? S.HotkeyLock : S.DecayingHotkeyLock, netuid, hotkey));
}

/** {@link findSum}, empty where there is none. */
export function storedSum(ctx: LockCtx, sum: LockSum): Lock {
  return findSum(ctx.state, sum) ?? emptyLock(lockBlock(ctx));
}

/** Writes a sum; an empty one is deleted. */
export function putSum(state: State, { netuid, hotkey, owner, perpetual }: LockSum, lock: Lock): void {
  const nothing = lock.massRao === 0n && lock.convictionBits === 0n;
  if (owner) {
    const item = perpetual ? S.OwnerLock : S.DecayingOwnerLock;
    if (nothing) state.kill(item, netuid);
    else state.put(item, [netuid], stored(lock));
  } else {
    const item = perpetual ? S.HotkeyLock : S.DecayingHotkeyLock;
    if (nothing) state.kill(item, netuid, hotkey);
    else state.put(item, [netuid, hotkey], stored(lock));
  }
}

/** A lock as the chain stores it. */
export function stored({ massRao, convictionBits, block }: Lock): LockState {
  return { locked_mass: massRao, conviction: { bits: convictionBits }, last_update: block };
}

/** A lock from storage. */
export function loaded(lock: LockState | undefined): Lock | undefined {
  if (lock === undefined) return undefined;
  return { massRao: lock.locked_mass, convictionBits: lock.conviction.bits, block: lock.last_update };
}
