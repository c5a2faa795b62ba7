/** An epoch as tables: every step of Yuma per uid, and the matrices it goes through, in the order of spec/economics.md 2.2. */
import { encodeAddress } from "@subnetkit/shared/crypto/ss58";
import { type EpochInput, type FixedRow, traceEpoch } from "@subnetkit/shared/consensus/epoch";
import { hexToBytes } from "@subnetkit/shared/util/bytes";

/** Digits after the point: enough to tell neighbours of 32 fractional bits apart. */
const DIGITS = 12;

/** A table: names of its columns, then its rows. */
export interface Table {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly unknown[])[];
}

/** One epoch of one mechanism. Fractions are decimal numbers, amounts decimal text in rao. */
export interface EpochTable {
  readonly netuid: number;
  readonly mechanism: number;
  readonly emissionRao: string;
  readonly settings: Readonly<Record<string, unknown>>;
  /** One row per uid, one column per step. */
  readonly steps: Table;
  /** `[from, to, value]` per entry: weights as masked and normalised, clipped at consensus, blended for the bonds, and the bonds after the epoch. */
  readonly matrices: Readonly<Record<"weights" | "clippedWeights" | "bondWeights" | "bonds", Table>>;
}

const COLUMNS = [
  "uid",
  "hotkey",
  "lastUpdate",
  "inactive",
  "stakeRao",
  "stake",
  "permit",
  "activeStake",
  "consensus",
  "validatorTrust",
  "incentive",
  "dividends",
  "minerRao",
  "validatorRao",
  "emissionRao",
  "newPermit",
] as const;

/** Runs the reference form of an epoch on an input and tells every step. `hotkeys` are those of the subnet by uid. */
export function epochTable(
  netuid: number,
  mechanism: number,
  input: EpochInput,
  hotkeys: readonly string[],
): EpochTable {
  const trace = traceEpoch(input);
  const rows = hotkeys.map((hotkey, uid) => [
    uid,
    encodeAddress(hexToBytes(hotkey)),
    input.lastUpdate[uid],
    trace.inactive[uid],
    String((trace.totalStake[uid] ?? 0n) >> 64n),
    fraction(trace.stake[uid]),
    trace.permits[uid],
    fraction(trace.activeStake[uid]),
    fraction(trace.consensus[uid]),
    fraction(trace.validatorTrust[uid]),
    fraction(trace.incentive[uid]),
    fraction(trace.dividends[uid]),
    String(trace.emission.server[uid] ?? 0n),
    String(trace.emission.validator[uid] ?? 0n),
    String(trace.emission.combined[uid] ?? 0n),
    trace.newPermits[uid],
  ]);
  const { weights, clippedWeights, bondWeights, bonds } = trace;
  return {
    netuid,
    mechanism,
    emissionRao: String(input.emissionRao),
    settings: settingsOf(input),
    steps: { columns: COLUMNS, rows },
    matrices: {
      weights: matrix(weights),
      clippedWeights: matrix(clippedWeights),
      bondWeights: matrix(bondWeights),
      bonds: matrix(bonds),
    },
  };
}

function settingsOf(input: EpochInput): Readonly<Record<string, unknown>> {
  const { tempo, activityCutoff, lastStepBlock, maxValidators, kappa, bondsPenalty, bondsMovingAverage } = input;
  const { yuma3, liquidAlpha, commitReveal, ownerUid } = input;
  return {
    tempo,
    activityCutoff,
    lastStepBlock,
    stakeThresholdRao: String(input.stakeThresholdRao),
    maxValidators,
    kappa: kappa / 65_535,
    bondsPenalty: bondsPenalty / 65_535,
    bondsMovingAverage: bondsMovingAverage / 1_000_000,
    yuma3,
    liquidAlpha,
    commitReveal,
    ownerUid,
  };
}

function matrix(rows: readonly FixedRow[]): Table {
  return {
    columns: ["from", "to", "value"],
    rows: rows.flatMap((row, from) => row.map(([to, bits]) => [from, to, fraction(bits)])),
  };
}

/** A number of 32 fractional bits. */
function fraction(bits = 0n): number {
  return Number((Number(bits) / 2 ** 32).toFixed(DIGITS));
}
