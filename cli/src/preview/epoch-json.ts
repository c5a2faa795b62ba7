import type { EpochPreview } from "./preview-epoch.ts";
import type { Snapshot } from "./snapshot.ts";
import type { NeuronChange, WeightsEffect } from "./weights-effect.ts";

/**
 * The document of `epoch --json`: `v`, what was run, and `neurons` (all, or the one asked for). Rao are decimal strings, shares are u16.
 */
export function epochDocument(snapshot: Snapshot, preview: EpochPreview, uid: number | null): string {
  const neurons = uid === null ? preview.neurons : [preview.neurons[uid]!];
  return documentText({ ...head(snapshot, preview), neurons });
}

/** The document of `epoch --weights --json`: `neurons` are as they would be with the weights; `changes` are the uids that differ. */
export function effectDocument(snapshot: Snapshot, effect: WeightsEffect): string {
  const { uid, mechanism, row } = effect.proposed;
  return documentText({
    ...head(snapshot, effect.after),
    neurons: effect.after.neurons,
    weights: { uid, mechanism, stored: row, notes: effect.notes },
    mine: changeFields(effect.mine),
    changes: effect.changes.map(changeFields),
  });
}

function head({ netuid, shared, mechanisms, split }: Snapshot, preview: EpochPreview): Record<string, unknown> {
  const {
    stake: _stake,
    registeredAt,
    permits: _permits,
    emissionRao,
    block,
    lastStepBlock,
    ownerUid,
    ...settings
  } = shared;
  return {
    v: 1,
    netuid,
    block,
    lastStepBlock,
    ownerUid,
    uids: registeredAt.length,
    emissionRao,
    hyperparameters: settings,
    mechanisms: mechanisms.map((_, k) => ({ emissionRao: preview.mechanismEmissionRao[k] })),
    mechanismSplit: split,
  };
}

function changeFields({ uid, hotkey, before, after }: NeuronChange): Record<string, unknown> {
  return {
    uid,
    hotkey,
    before,
    after,
    delta: {
      consensus: after.consensus - before.consensus,
      incentive: after.incentive - before.incentive,
      dividends: after.dividends - before.dividends,
      validatorTrust: after.validatorTrust - before.validatorTrust,
      emissionRao: after.emissionRao - before.emissionRao,
    },
  };
}

function documentText(document: unknown): string {
  return `${JSON.stringify(document, (_key, value: unknown) => (typeof value === "bigint" ? value.toString() : value))}\n`;
}
