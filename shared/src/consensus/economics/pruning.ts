import { checkInteger, checkRao } from "./check.ts";

/** Default number of non-immune uids below which an immune one goes first, and default number of immortal owner uids. */
export const DEFAULT_MIN_NON_IMMUNE = 10;
export const DEFAULT_IMMORTAL_LIMIT = 1;

/** A uid as pruning sees it: stored emission in rao and registration block. */
export type PruneCandidate = { readonly uid: number; readonly emissionRao: bigint; readonly registeredAt: number };

/** Settings of the choice. */
export type PruneSettings = {
  readonly block: number;
  readonly immunityBlocks: number;
  readonly minNonImmune: number;
  /** Uids that are never replaced ({@link immortalUids}). */
  readonly immortal: readonly number[];
};

/**
 * The uid that a registration on a full subnet replaces, or null when there is none. With too few non-immune uids an immune one goes
 * even though non-immune ones exist. Throws E_ECONOMICS_INPUT. Source: spec/economics.md 5.2.
 */
export function chooseUidToPrune(candidates: readonly PruneCandidate[], settings: PruneSettings): number | null {
  checkInteger("block", settings.block);
  checkInteger("immunityBlocks", settings.immunityBlocks);
  candidates.forEach(({ emissionRao, registeredAt }, i) => {
    checkRao(`candidates[${i}].emissionRao`, emissionRao);
    checkInteger(`candidates[${i}].registeredAt`, registeredAt);
  });
  const mortal = candidates.filter(({ uid }) => !settings.immortal.includes(uid)).sort(byEmissionThenAge);
  const immune = mortal.filter(({ registeredAt }) => settings.block - registeredAt < settings.immunityBlocks);
  const exposed = mortal.filter((candidate) => !immune.includes(candidate));
  if (exposed.length > settings.minNonImmune) return exposed[0]!.uid;
  return immune[0]?.uid ?? null;
}

/**
 * Uids of the owner coldkey that are never replaced: the oldest `limit` ones; the subnet-owner hotkey's uid is put first when it is not
 * among them. Source: spec/economics.md 5.2.
 */
export function immortalUids(
  ownerUids: readonly { readonly uid: number; readonly registeredAt: number }[],
  ownerHotkeyUid: number | null,
  limit: number,
): number[] {
  checkInteger("limit", limit, 10);
  const oldest = [...ownerUids].sort((a, b) => a.registeredAt - b.registeredAt || a.uid - b.uid).map(({ uid }) => uid);
  const chosen = oldest.slice(0, limit);
  return ownerHotkeyUid === null || chosen.includes(ownerHotkeyUid)
    ? chosen
    : [ownerHotkeyUid, ...chosen].slice(0, limit);
}

function byEmissionThenAge(a: PruneCandidate, b: PruneCandidate): number {
  if (a.emissionRao !== b.emissionRao) return a.emissionRao < b.emissionRao ? -1 : 1;
  return a.registeredAt - b.registeredAt || a.uid - b.uid;
}
