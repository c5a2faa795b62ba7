import { commitState } from "@subnetkit/shared/consensus/epoch/schedule";
import { blake2b256 } from "@subnetkit/shared/crypto/hash";
import { bytesToHex } from "@subnetkit/shared/util/bytes";
import { subtensorModule } from "../../../../spec/pallets/subtensor-module.ts";
import { accountId } from "../../../../spec/scale/accounts.ts";
import { u16, u64 } from "../../../../spec/scale/numbers.ts";
import { vec } from "../../../../spec/scale/sequences.ts";
import { tuple } from "../../../../spec/scale/structs.ts";
import type { State } from "../../../storage/state.ts";
import { currentCommitEpoch } from "./schedule.ts";

const S = subtensorModule.storage;

/** Unrevealed commits a hotkey may have per mechanism, of either kind (spec/subtensor-interface.md 6.1 and 6.3). */
export const MAX_UNREVEALED_COMMITS = 10;

/** A stored hash commit: hash, commit epoch, commit block, 0. */
export type HashCommit = [string, bigint, bigint, bigint];

/** What a commit hash is made of. `index` is the storage index of the mechanism. */
export interface CommitPreimage {
  readonly hotkey: string;
  readonly index: number;
  readonly uids: readonly number[];
  readonly values: readonly number[];
  readonly salt: readonly number[];
  readonly versionKey: bigint;
}

const preimage = tuple(accountId, u16, vec(u16), vec(u16), vec(u16), u64);

/** Blake2-256 of the SCALE tuple (hotkey, index, uids, values, salt, version key), as 0x hex (spec/subtensor-interface.md 6.1). */
export function commitHash(of: CommitPreimage): string {
  return bytesToHex(
    blake2b256(preimage.enc([of.hotkey, of.index, [...of.uids], [...of.values], [...of.salt], of.versionKey])),
  );
}

/** What a single reveal shows; the names are the call's. */
export interface Reveal {
  readonly uids: readonly number[];
  readonly values: readonly number[];
  readonly salt: readonly number[];
  readonly version_key: bigint;
}

/** The commit hash that a reveal opens. */
export function revealedHash(hotkey: string, index: number, reveal: Reveal): string {
  const { uids, values, salt, version_key: versionKey } = reveal;
  return commitHash({ hotkey, index, uids, values, salt, versionKey });
}

/** Commits of a hotkey, oldest first; undefined when it has none. */
export function hashCommits(state: State, index: number, hotkey: string): HashCommit[] | undefined {
  return state.get(S.WeightCommits, index, hotkey);
}

/** Stores the commits of a hotkey; an empty list removes the entry. */
export function putHashCommits(state: State, index: number, hotkey: string, commits: readonly HashCommit[]): void {
  if (commits.length === 0) state.kill(S.WeightCommits, index, hotkey);
  else state.put(S.WeightCommits, [index, hotkey], [...commits]);
}

/** Where a commit of an epoch stands now: too early, revealable in exactly one epoch, then expired (spec/economics.md 2.11). */
export function hashCommitState(
  state: State,
  netuid: number,
  epoch: bigint,
  block: number,
): ReturnType<typeof commitState> {
  return commitState(
    Number(epoch),
    currentCommitEpoch(state, netuid, block),
    Number(state.get(S.RevealPeriodEpochs, netuid)),
  );
}

/** Drops expired commits from the front of a queue; returns what was dropped and what stays. */
export function dropExpired(
  state: State,
  netuid: number,
  commits: readonly HashCommit[],
  block: number,
): { readonly expired: readonly HashCommit[]; readonly live: readonly HashCommit[] } {
  const first = commits.findIndex(([, epoch]) => hashCommitState(state, netuid, epoch, block) !== "expired");
  const at = first < 0 ? commits.length : first;
  return { expired: commits.slice(0, at), live: commits.slice(at) };
}
