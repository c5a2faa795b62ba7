import { appError } from "../../errors/app-error.ts";
import { clampUnsigned, toU16, toU64, U16_MAX } from "../../fixed/convert.ts";
import { U64F64 } from "../../fixed/formats.ts";
import { runEpoch } from "../epoch.ts";
import type { EpochInput, EpochOutput } from "./types.ts";

/** Most mechanisms a subnet can have. Source: spec/economics.md 2.9. */
export const MAX_MECHANISMS = 16;

/** Key under which the chain stores weights, bonds and incentive of a mechanism. Source: spec/economics.md 2.9. */
export function mechanismStorageIndex(netuid: number, mechanism: number): number {
  return mechanism * 4096 + netuid;
}

/**
 * Emission per mechanism in rao. `split` holds u16 parts that sum to 65535 (missing parts are 0, parts beyond the last mechanism are
 * ignored), or null for equal parts; the remainder goes to mechanism 0. A stored split with another sum is computed as it stands: too
 * small a sum gives mechanism 0 more, too large a one leaves no remainder. Source: spec/economics.md 2.9 (1).
 */
export function splitMechanismEmission(
  emissionRao: bigint,
  mechanisms: number,
  split: readonly number[] | null,
): bigint[] {
  const parts = Array.from({ length: mechanisms }, (_, k) =>
    split === null ? emissionRao / BigInt(mechanisms) : (emissionRao * BigInt(split[k] ?? 0)) / U16_MAX,
  );
  const rest = emissionRao - parts.reduce((sum, part) => sum + part, 0n);
  if (parts.length > 0 && rest > 0n) parts[0]! += rest;
  return parts;
}

/**
 * Weight of each mechanism in the aggregate, `part / E` in U64F64 bits; with no emission mechanism 0 counts alone. `emissionRao` is E, by
 * default the sum of the parts. Source: spec/economics.md 2.9 (3).
 */
export function mechanismWeights(partsRao: readonly bigint[], emissionRao?: bigint): bigint[] {
  const total = emissionRao ?? partsRao.reduce((sum, part) => sum + part, 0n);
  return partsRao.map((part, k) =>
    total === 0n ? (k === 0 ? U64F64.one : 0n) : U64F64.safeDiv(U64F64.fromInt(part), U64F64.fromInt(total)),
  );
}

/** Per-uid values of a whole subnet, made of those of its mechanisms. Incentive and bonds stay with each mechanism. */
export type SubnetAggregate = Omit<EpochOutput, "incentive" | "bonds">;

/**
 * Folds the outputs of the mechanisms into the subnet's own vectors: rao add up, the other values accumulate as
 * `floor(acc + value * weight)` after each mechanism, flags are ORed. `emissionRao` as in {@link mechanismWeights}.
 * Source: spec/economics.md 2.9 (4).
 */
export function aggregateMechanisms(
  outputs: readonly EpochOutput[],
  partsRao: readonly bigint[],
  emissionRao?: bigint,
): SubnetAggregate {
  const first = outputs[0];
  if (first === undefined || outputs.length !== partsRao.length) {
    throw appError("E_EPOCH_INPUT", {
      field: "partsRao",
      reason: "must have one entry per mechanism, and at least one",
    });
  }
  const weights = mechanismWeights(partsRao, emissionRao);
  const fold16 = (pick: (output: EpochOutput) => readonly number[]): number[] =>
    pick(first).map((_, uid) =>
      outputs.reduce(
        (acc, output, k) => toU16(weighted(BigInt(acc), BigInt(pick(output)[uid]!), weights[k]!), U64F64),
        0,
      ),
    );
  const add = (pick: (output: EpochOutput) => readonly bigint[]): bigint[] =>
    pick(first).map((_, uid) => outputs.reduce((sum, output) => sum + pick(output)[uid]!, 0n));
  const or = (pick: (output: EpochOutput) => readonly boolean[]): boolean[] =>
    pick(first).map((_, uid) => outputs.some((output) => pick(output)[uid]));
  return {
    active: or((output) => output.active),
    permits: or((output) => output.permits),
    consensus: fold16((output) => output.consensus),
    dividends: fold16((output) => output.dividends),
    validatorTrust: fold16((output) => output.validatorTrust),
    stakeWeight: fold16((output) => output.stakeWeight),
    emissionRao: first.emissionRao.map((_, uid) =>
      outputs.reduce((acc, output, k) => toU64(weighted(acc, output.emissionRao[uid]!, weights[k]!), U64F64), 0n),
    ),
    serverEmissionRao: add((output) => output.serverEmissionRao),
    validatorEmissionRao: add((output) => output.validatorEmissionRao),
  };
}

/** What differs between the mechanisms of one subnet. */
export type MechanismInput = Pick<EpochInput, "weights" | "bonds" | "lastUpdate" | "earliestCommit">;

/**
 * Runs the epoch of every mechanism of a subnet and aggregates. `shared.emissionRao` is the emission of the whole subnet. `run` is the
 * form of the epoch to use: the reference, or the fast form with the same bits. Throws E_EPOCH_INPUT.
 */
export function runMechanisms(
  shared: Omit<EpochInput, keyof MechanismInput>,
  mechanisms: readonly MechanismInput[],
  split: readonly number[] | null,
  run: (input: EpochInput) => EpochOutput = runEpoch,
): { readonly perMechanism: readonly EpochOutput[]; readonly aggregate: SubnetAggregate } {
  checkSplit(mechanisms.length, split);
  const parts = splitMechanismEmission(shared.emissionRao, mechanisms.length, split);
  const perMechanism = mechanisms.map((own, k) => run({ ...shared, ...own, emissionRao: parts[k]! }));
  return { perMechanism, aggregate: aggregateMechanisms(perMechanism, parts, shared.emissionRao) };
}

function weighted(accumulated: bigint, value: bigint, weight: bigint): bigint {
  return U64F64.add(U64F64.fromInt(clampUnsigned(accumulated, U64F64.max)), U64F64.mul(U64F64.fromInt(value), weight));
}

function checkSplit(mechanisms: number, split: readonly number[] | null): void {
  if (mechanisms < 1 || mechanisms > MAX_MECHANISMS) {
    throw appError("E_EPOCH_INPUT", { field: "mechanisms", reason: `must be 1 to ${MAX_MECHANISMS}` });
  }
  if (split === null) return;
  for (const [k, part] of split.entries()) {
    if (!Number.isInteger(part) || part < 0 || part > Number(U16_MAX))
      throw appError("E_EPOCH_INPUT", { field: `split[${k}]`, reason: "must be a u16 part of 65535" });
  }
}
