import type { EpochInput } from "../epoch/types.ts";
import type { StoredRows } from "./rows.ts";

/** {@link EpochInput} with packed weight and bond rows. */
export type FastEpochInput = Omit<EpochInput, "weights" | "bonds"> & {
  readonly weights: StoredRows;
  readonly bonds: StoredRows;
};

/** The output of `runEpoch` on typed arrays; flags are 0 or 1. */
export type FastEpochOutput = {
  readonly active: Uint8Array;
  readonly permits: Uint8Array;
  readonly incentive: Uint16Array;
  readonly consensus: Uint16Array;
  readonly dividends: Uint16Array;
  readonly validatorTrust: Uint16Array;
  readonly stakeWeight: Uint16Array;
  readonly bonds: StoredRows;
  readonly emissionRao: BigUint64Array;
  readonly serverEmissionRao: BigUint64Array;
  readonly validatorEmissionRao: BigUint64Array;
};
