import type { EpochInput, EpochStake } from "@subnetkit/shared/consensus/epoch";
import { activityCutoff } from "@subnetkit/shared/consensus/epoch/activity-cutoff";
import type { MechanismInput } from "@subnetkit/shared/consensus/epoch/mechanisms";
import { validateEpochInput } from "@subnetkit/shared/consensus/epoch/validate";
import { isAddress } from "@subnetkit/shared/crypto/ss58";
import { appError, isAppError } from "@subnetkit/shared/errors/app-error";
import { checkedDocument, refuseField } from "./check-document.ts";
import { defaultTaoWeight, type SnapshotDocument, snapshotSchema } from "./snapshot-schema.ts";

const DEFAULT_CUTOFF_FACTOR = 13_889;

/** What all mechanisms of a subnet share in an epoch. */
export type SharedInput = Omit<EpochInput, keyof MechanismInput>;

/** A checked network snapshot: the inputs of the epoch, and what only the printed form needs. */
export type Snapshot = {
  readonly netuid: number | null;
  readonly hotkeys: readonly string[] | null;
  readonly shared: SharedInput;
  readonly mechanisms: readonly MechanismInput[];
  readonly split: readonly number[] | null;
};

/** Checks a document. Throws E_EPOCH_INPUT naming the field; never repairs or guesses anything. */
export function parseSnapshot(document: unknown): Snapshot {
  const parsed = checkedDocument(snapshotSchema, document);
  const uids = parsed.registeredAt.length;
  const shared = sharedInput(parsed);
  const mechanisms = mechanismsOf(parsed, uids);
  mechanisms.forEach((own, k) => {
    checkEpoch({ ...shared, ...own }, parsed.mechanisms === undefined ? "" : `mechanisms[${k}].`);
  });
  return {
    netuid: parsed.netuid ?? null,
    hotkeys: hotkeysOf(parsed.hotkeys, uids),
    shared,
    mechanisms,
    split: parsed.mechanismSplit,
  };
}

function sharedInput(document: SnapshotDocument): SharedInput {
  const { activityCutoff: cutoff, ...settings } = document.hyperparameters;
  return {
    ...settings,
    activityCutoff: cutoff ?? activityCutoff(DEFAULT_CUTOFF_FACTOR, settings.tempo),
    block: document.block,
    lastStepBlock: document.lastStepBlock,
    ownerUid: document.ownerUid,
    emissionRao: document.emissionRao,
    stake: stakeOf(document.stake),
    registeredAt: document.registeredAt,
    permits: document.permits,
  };
}

function stakeOf({ alphaRao, taoRao, taoWeight, totalRao }: SnapshotDocument["stake"]): EpochStake {
  if (totalRao !== undefined) {
    if (alphaRao !== undefined || taoRao !== undefined || taoWeight !== undefined)
      refuseField("stake.totalRao", "excludes alphaRao, taoRao and taoWeight");
    return { kind: "total", totalRao };
  }
  if (alphaRao === undefined) return refuseField("stake.alphaRao", "is missing (or give stake.totalRao)");
  if (taoRao === undefined) return refuseField("stake.taoRao", "is missing (or give stake.totalRao)");
  return { kind: "parts", alphaRao, taoRao, taoWeight: taoWeight ?? defaultTaoWeight };
}

function mechanismsOf(document: SnapshotDocument, uids: number): MechanismInput[] {
  const { mechanisms, weights, bonds, lastUpdate, earliestCommit } = document;
  if (mechanisms !== undefined) {
    const single = { weights, bonds, lastUpdate, earliestCommit };
    const both = Object.entries(single).find(([, value]) => value !== undefined);
    if (both !== undefined) refuseField(both[0], "belongs into each entry of mechanisms, which is given too");
    return mechanisms.map((own) => mechanismInput(own, uids));
  }
  if (weights === undefined) return refuseField("weights", "is missing");
  if (lastUpdate === undefined) return refuseField("lastUpdate", "is missing");
  return [mechanismInput({ weights, bonds, lastUpdate, earliestCommit }, uids)];
}

function mechanismInput(own: NonNullable<SnapshotDocument["mechanisms"]>[number], uids: number): MechanismInput {
  return {
    weights: own.weights,
    bonds: own.bonds ?? Array.from({ length: uids }, () => []),
    lastUpdate: own.lastUpdate,
    earliestCommit: own.earliestCommit ?? new Array<null>(uids).fill(null),
  };
}

/** The epoch's own check, with its field names moved to where the document has them. */
function checkEpoch(input: EpochInput, prefix: string): void {
  try {
    validateEpochInput(input);
  } catch (error) {
    if (!isAppError(error, "E_EPOCH_INPUT")) throw error;
    const field = String(error.data["field"]);
    const perMechanism = /^(weights|bonds|lastUpdate|earliestCommit)/.test(field);
    const place = perMechanism ? prefix : field.startsWith("liquidAlpha") ? "hyperparameters." : "";
    throw appError("E_EPOCH_INPUT", { ...error.data, field: `${place}${field}` });
  }
}

function hotkeysOf(hotkeys: readonly string[] | undefined, uids: number): readonly string[] | null {
  if (hotkeys === undefined) return null;
  if (hotkeys.length !== uids)
    refuseField("hotkeys", `must have ${uids} entries like registeredAt, not ${hotkeys.length}`);
  const seen = new Set<string>();
  hotkeys.forEach((hotkey, uid) => {
    if (!isAddress(hotkey)) refuseField(`hotkeys[${uid}]`, "must be an SS58 address");
    if (seen.has(hotkey)) refuseField(`hotkeys[${uid}]`, "appears twice");
    seen.add(hotkey);
  });
  return hotkeys;
}
