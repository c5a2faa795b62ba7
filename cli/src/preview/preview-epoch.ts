import type { SparseRow } from "@subnetkit/shared/consensus/epoch";
import { runMechanisms, splitMechanismEmission } from "@subnetkit/shared/consensus/epoch/mechanisms";
import { runEpochFast } from "@subnetkit/shared/consensus/fast/fast-epoch";
import type { Snapshot } from "./snapshot.ts";

/** What the next epoch stores and pays for one uid. Shares are u16 fractions (65535 is 1), amounts are alpha rao. */
export type NeuronPreview = {
  readonly uid: number;
  readonly hotkey: string | null;
  readonly active: boolean;
  /** Validator permit from the next epoch on. */
  readonly permit: boolean;
  readonly stakeWeight: number;
  readonly consensus: number;
  /** One per mechanism. */
  readonly incentive: readonly number[];
  readonly dividends: number;
  readonly validatorTrust: number;
  /** New bond row, one per mechanism. */
  readonly bonds: readonly SparseRow[];
  /** As stored: both sides together, weighted by mechanism. */
  readonly emissionRao: bigint;
  /** What is paid for mining and for validating. */
  readonly serverEmissionRao: bigint;
  readonly validatorEmissionRao: bigint;
};

/** The outcome of the next epoch of a subnet. */
export type EpochPreview = {
  readonly neurons: readonly NeuronPreview[];
  /** Emission of each mechanism, rao. */
  readonly mechanismEmissionRao: readonly bigint[];
};

/** Runs the epoch of a checked snapshot, bit for bit as the chain would. Throws E_EPOCH_INPUT. Source: spec/economics.md 2. */
export function previewEpoch({ shared, mechanisms, split, hotkeys }: Snapshot): EpochPreview {
  const { perMechanism, aggregate } = runMechanisms(shared, mechanisms, split, runEpochFast);
  return {
    neurons: aggregate.active.map((active, uid) => ({
      uid,
      hotkey: hotkeys?.[uid] ?? null,
      active,
      permit: aggregate.permits[uid]!,
      stakeWeight: aggregate.stakeWeight[uid]!,
      consensus: aggregate.consensus[uid]!,
      incentive: perMechanism.map((output) => output.incentive[uid]!),
      dividends: aggregate.dividends[uid]!,
      validatorTrust: aggregate.validatorTrust[uid]!,
      bonds: perMechanism.map((output) => output.bonds[uid]!),
      emissionRao: aggregate.emissionRao[uid]!,
      serverEmissionRao: aggregate.serverEmissionRao[uid]!,
      validatorEmissionRao: aggregate.validatorEmissionRao[uid]!,
    })),
    mechanismEmissionRao: splitMechanismEmission(shared.emissionRao, mechanisms.length, split),
  };
}
