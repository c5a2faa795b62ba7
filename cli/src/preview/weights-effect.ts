import { type EpochPreview, type NeuronPreview, previewEpoch } from "./preview-epoch.ts";
import type { Snapshot } from "./snapshot.ts";
import { type ProposedWeights, withWeights } from "./weights-row.ts";

/** The values that are compared: u16 fractions, and rao. */
export type ComparedValues = Pick<NeuronPreview, "consensus" | "dividends" | "validatorTrust" | "emissionRao"> & {
  /** In the mechanism the weights are for. */
  readonly incentive: number;
};

/** One uid before and after. */
export type NeuronChange = {
  readonly uid: number;
  readonly hotkey: string | null;
  readonly before: ComparedValues;
  readonly after: ComparedValues;
};

/** What proposed weights change, and why they may not change anything. */
export type WeightsEffect = {
  readonly proposed: ProposedWeights;
  readonly before: EpochPreview;
  readonly after: EpochPreview;
  /** The proposer. */
  readonly mine: NeuronChange;
  /** Every uid with a difference, in uid order. */
  readonly changes: readonly NeuronChange[];
  readonly notes: readonly string[];
};

/** Runs the epoch with the stored and with the proposed weights. Throws E_EPOCH_INPUT. */
export function weightsEffect(snapshot: Snapshot, proposed: ProposedWeights): WeightsEffect {
  const before = previewEpoch(snapshot);
  const after = previewEpoch(withWeights(snapshot, proposed));
  const all = before.neurons.map(
    (neuron, uid): NeuronChange => ({
      uid,
      hotkey: neuron.hotkey,
      before: compared(neuron, proposed.mechanism),
      after: compared(after.neurons[uid]!, proposed.mechanism),
    }),
  );
  return {
    proposed,
    before,
    after,
    mine: all[proposed.uid]!,
    changes: all.filter(differs),
    notes: notesOn(snapshot, after, proposed),
  };
}

function compared(neuron: NeuronPreview, mechanism: number): ComparedValues {
  const { consensus, dividends, validatorTrust, emissionRao } = neuron;
  return { consensus, dividends, validatorTrust, emissionRao, incentive: neuron.incentive[mechanism]! };
}

function differs({ before, after }: NeuronChange): boolean {
  return (Object.keys(before) as (keyof ComparedValues)[]).some((key) => before[key] !== after[key]);
}

/** Why a row counts less than it looks. Source: spec/economics.md 2.2 (3), (6) and (7). */
function notesOn({ shared }: Snapshot, after: EpochPreview, { uid, row }: ProposedWeights): string[] {
  const notes: string[] = [];
  const owner = uid === shared.ownerUid;
  if (!shared.permits[uid] && !owner)
    notes.push(`uid ${uid} holds no validator permit: its weights do not count in this epoch`);
  if (after.neurons[uid]!.stakeWeight === 0)
    notes.push(`uid ${uid} has no stake weight: its weights move nothing but its own trust`);
  if (!owner && row.some(([target]) => target === uid))
    notes.push(`the weight of uid ${uid} on itself does not count: only the owner's does`);
  if (row.every(([, value]) => value === 0)) notes.push("the row holds no positive weight");
  return notes;
}
