import type { SparseRow } from "@subnetkit/shared/consensus/epoch";
import { z } from "zod";
import { amount } from "./amount.ts";

/** The chain's own default of the TAO weight, about 0.0527 of 2^64-1. */
const DEFAULT_TAO_WEIGHT = "971718665099567868";
const MAX_UIDS = 65_536;

const whole = (max: number = Number.MAX_SAFE_INTEGER) => z.int().min(0).max(max);
const u16 = whole(65_535);
/** Rows are checked by the epoch itself, entry by entry: it names each as `weights[3][0].uid`. */
const rows = z.custom<readonly SparseRow[]>(Array.isArray, { error: "must be an array with one row per uid" });
const perUid = <T extends z.ZodType>(entry: T) => z.array(entry).max(MAX_UIDS);

const liquidAlpha = z.strictObject({
  low: u16.default(45_875).describe("lower rate, u16 fraction"),
  high: u16.default(58_982).describe("upper rate, u16 fraction; not below `low`"),
  steepness: z.int().min(-32_768).max(32_767).default(1_000).describe("steepness as stored, i16; 1000 is slope 10"),
});

const hyperparameters = z.strictObject({
  tempo: whole(65_535).default(360).describe("blocks of an epoch"),
  activityCutoff: whole()
    .optional()
    .describe("blocks after which a uid that set no weights is inactive; default max(1, floor(13.889 * tempo))"),
  stakeThresholdRao: amount.default(0n).describe("stake below which a uid counts as having none; the owner is exempt"),
  maxValidators: whole(65_535).default(64).describe("validator permits; the owner comes on top"),
  kappa: u16.default(32_767).describe("consensus majority, u16 fraction"),
  bondsPenalty: u16.default(65_535).describe("bonds penalty, u16 fraction"),
  bondsMovingAverage: whole().default(900_000).describe("parts per million of the old bonds that stay"),
  yuma3: z.boolean().default(true).describe("Yuma3 bonds (true) or classic bonds (false)"),
  liquidAlpha: liquidAlpha.nullable().default(null).describe("liquid alpha settings, or null when it is off"),
  commitReveal: z.boolean().default(true).describe("whether live commits mask weights"),
});

const stake = z.strictObject({
  alphaRao: perUid(amount).optional().describe("inherited alpha on the subnet per uid"),
  taoRao: perUid(amount).optional().describe("inherited TAO on root per uid"),
  taoWeight: amount.optional().describe(`TAO weight as u64 over 2^64-1; default ${DEFAULT_TAO_WEIGHT}`),
  totalRao: perUid(amount).optional().describe("combined stake per uid, instead of the three others"),
});

const mechanismFields = {
  weights: rows.describe("stored weights: a row of [uid, u16] pairs per uid, [] for none"),
  bonds: rows.optional().describe("stored bonds in the same form; default none"),
  lastUpdate: perUid(whole()).describe("block of the last weight update per uid"),
  earliestCommit: perUid(whole().nullable())
    .optional()
    .describe("block of the oldest live commit per uid, null for none; default none"),
};

/** Weights, bonds and update blocks of one mechanism. */
export const mechanismSchema = z.strictObject(mechanismFields);

/** A network snapshot as the user writes it. Every field is described in docs/reference/epoch-snapshot.md. */
export const snapshotSchema = z.strictObject({
  v: z.literal(1).default(1).describe("version of this format"),
  netuid: u16.optional().describe("the subnet, for the heading only"),
  block: whole().describe("block in which the epoch runs"),
  lastStepBlock: whole().default(0).describe("block of the last epoch that ran; 0 when there was none"),
  emissionRao: amount.describe("alpha that the epoch shares out, in rao"),
  ownerUid: u16.nullable().default(null).describe("uid of the subnet owner's hotkey, or null"),
  hyperparameters: hyperparameters.prefault({}),
  hotkeys: perUid(z.string()).optional().describe("SS58 hotkey per uid, for --hotkey and the table"),
  stake,
  registeredAt: perUid(whole()).describe("registration block per uid; its length is the number of uids"),
  permits: perUid(z.boolean()).describe("stored validator permit per uid"),
  ...z.strictObject(mechanismFields).partial().shape,
  mechanisms: z
    .array(mechanismSchema)
    .min(1)
    .max(16)
    .optional()
    .describe("one entry per mechanism, instead of weights, bonds, lastUpdate and earliestCommit above"),
  mechanismSplit: z.array(u16).nullable().default(null).describe("stored emission split, u16 parts, or null for equal"),
});

/** The parsed document. */
export type SnapshotDocument = z.infer<typeof snapshotSchema>;

/** {@link DEFAULT_TAO_WEIGHT} as a number. */
export const defaultTaoWeight: bigint = BigInt(DEFAULT_TAO_WEIGHT);
