/** One sparse row as the chain stores it: `[uid, value]` pairs with u16 values, each uid at most once, in any order. */
export type SparseRow = readonly (readonly [uid: number, value: number])[];

/** One sparse row of I32F32 bits, ascending by uid. */
export type FixedRow = readonly (readonly [uid: number, bits: bigint])[];

/**
 * Stake per uid. `parts` is what the chain reads: inherited alpha on the subnet and inherited TAO on root, in rao, and the TAO weight
 * as u64 (numerator over 2^64-1). `total` is for snapshots that know only the combined stake, in rao.
 */
export type EpochStake =
  | {
      readonly kind: "parts";
      readonly alphaRao: readonly bigint[];
      readonly taoRao: readonly bigint[];
      readonly taoWeight: bigint;
    }
  | { readonly kind: "total"; readonly totalRao: readonly bigint[] };

/** Liquid alpha: lower and upper rate as u16 fractions (low <= high) and the steepness as stored (i16, 1000 = slope 10). */
export type LiquidAlpha = { readonly low: number; readonly high: number; readonly steepness: number };

/**
 * Everything one epoch of one (subnet, mechanism) reads. Plain data; per-uid arrays all have the same length n, index = uid.
 * Source: spec/economics.md 2.1.
 */
export type EpochInput = {
  /** Current block `b`. */
  readonly block: number;
  /** Tempo `T` in blocks. */
  readonly tempo: number;
  /** Activity cutoff `A` in blocks; `activityCutoff()` derives it from the tempo. */
  readonly activityCutoff: number;
  /** Block of the last successful epoch `L`; 0 when there was none. */
  readonly lastStepBlock: number;
  /** Stake below which a uid counts as having none, in rao. The owner is exempt. */
  readonly stakeThresholdRao: bigint;
  /** Number of validator permits `K`; the owner comes on top. */
  readonly maxValidators: number;
  /** Consensus majority, u16 fraction. */
  readonly kappa: number;
  /** Bonds penalty `beta`, u16 fraction. */
  readonly bondsPenalty: number;
  /**
   * Bonds moving average `mu` in parts per million: the share of the old bonds that stays. The chain stores a u64 and computes above
   * 1000000 too (the rate of new bonds is negative then), so such a value is not refused.
   */
  readonly bondsMovingAverage: number;
  /** True for Yuma3 bonds, false for classic bonds. */
  readonly yuma3: boolean;
  /** Liquid alpha settings, or null when it is off. Has an effect with Yuma3 only. */
  readonly liquidAlpha: LiquidAlpha | null;
  /** True when the commit-reveal mask of step 7d applies. */
  readonly commitReveal: boolean;
  /** Uid of the subnet owner's hotkey, or null. */
  readonly ownerUid: number | null;
  /** Emission `E` to share out, in rao. */
  readonly emissionRao: bigint;

  /** Stake per uid. */
  readonly stake: EpochStake;
  /** Registration block per uid. */
  readonly registeredAt: readonly number[];
  /** Block of the last weight update per uid, of this mechanism. */
  readonly lastUpdate: readonly number[];
  /** Stored validator permits per uid. */
  readonly permits: readonly boolean[];
  /** Stored weight rows per uid. */
  readonly weights: readonly SparseRow[];
  /** Stored bond rows per uid. */
  readonly bonds: readonly SparseRow[];
  /** Smallest block of a live (not expired) commit per uid, or null for none. Read only when `commitReveal` is true. */
  readonly earliestCommit: readonly (number | null)[];
};

/** What the chain stores and pays after one epoch; per-uid arrays, index = uid. Source: spec/economics.md 2.8. */
export type EpochOutput = {
  /** True where the weights are fresh enough. */
  readonly active: readonly boolean[];
  /** New validator permits, in force from the next epoch on. */
  readonly permits: readonly boolean[];
  /** Incentive, consensus, dividends, validator trust and stake weight as proportional u16 fractions. */
  readonly incentive: readonly number[];
  readonly consensus: readonly number[];
  readonly dividends: readonly number[];
  readonly validatorTrust: readonly number[];
  readonly stakeWeight: readonly number[];
  /** New bond rows as u16, ascending by uid; empty for a uid without a new permit. */
  readonly bonds: readonly SparseRow[];
  /** Combined emission per uid as stored, in rao. */
  readonly emissionRao: readonly bigint[];
  /** Emission for the miner side and for the validator side per uid, in rao: what the coinbase pays. */
  readonly serverEmissionRao: readonly bigint[];
  readonly validatorEmissionRao: readonly bigint[];
};

/** Every intermediate vector and matrix of one epoch, all I32F32 bits unless said otherwise; named by the step that makes them. */
export type EpochTrace = {
  readonly inactive: readonly boolean[];
  /** I64F64 bits. */
  readonly totalStake: readonly bigint[];
  readonly stake: readonly bigint[];
  readonly permits: readonly boolean[];
  readonly newPermits: readonly boolean[];
  readonly activeStake: readonly bigint[];
  readonly weights: readonly FixedRow[];
  readonly consensus: readonly bigint[];
  readonly clippedWeights: readonly FixedRow[];
  readonly validatorTrust: readonly bigint[];
  readonly incentive: readonly bigint[];
  readonly bondWeights: readonly FixedRow[];
  /** The moving-average bonds in the form in which they are stored (classic: divided by the column maximum). */
  readonly bonds: readonly FixedRow[];
  readonly dividends: readonly bigint[];
  readonly emission: EmissionVectors;
};

/** Emission per uid in rao. */
export type EmissionVectors = {
  readonly server: readonly bigint[];
  readonly validator: readonly bigint[];
  readonly combined: readonly bigint[];
};
