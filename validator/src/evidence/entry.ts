import { z } from "zod";
import { outcomeSchema } from "../round/outcome.ts";
import { sampleSchema } from "../round/sampling.ts";
import { scorerCallSchema } from "../round/scorer/scorer-call.ts";
import { ledgerEntrySchema } from "../weights/ledger-entry.ts";

const hash = z.string().regex(/^[0-9a-f]{64}$/);
const shape = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("linear") }),
  z.object({ kind: z.literal("power"), exponent: z.number() }),
  z.object({ kind: z.literal("softmax"), beta: z.number() }),
  z.object({ kind: z.literal("topK"), k: z.number() }),
  z.object({ kind: z.literal("rank"), decay: z.number() }),
]);
const row = { uids: z.array(z.number().int()), values: z.array(z.number().int()), hotkeys: z.array(z.string()) };

/** Whose log this is and by what rules it scores: the first entry of every segment, and of every start that changed something. */
export const openingSchema = z.object({
  kind: z.literal("opening"),
  /** ss58 and scheme of the key that signs. */
  hotkey: z.string(),
  scheme: z.enum(["sr25519", "ed25519"]),
  genesisHash: z.string(),
  netuid: z.number().int(),
  subnet: z.object({ name: z.string(), version: z.number().int() }),
  shape,
  roundBlocks: z.number().int(),
  /** SHA-256 of the secret part of the round seeds. The seed of a round is told once it is over; the secret never. */
  saltHash: hash,
});

/** An outcome whose answer is replaced by its hash; `line` is its line among the kept replies of the round, null when it was too large to keep. */
const [, late, refused, malformed, unreachable] = outcomeSchema.options;
const witnessedOutcome = z.discriminatedUnion("kind", [
  z.object({
    kind: z.literal("answered"),
    latencyMs: z.number().nonnegative(),
    sha256: hash,
    line: z.number().int().nonnegative().nullable(),
  }),
  late,
  refused,
  malformed,
  unreachable,
]);

/** A user's request and its answer, each as its hash; a `line` is null for one that was too large to keep. */
const witnessedPair = z.object({
  id: z.string(),
  taskId: z.string(),
  hotkey: z.string(),
  requestSha256: hash,
  requestLine: z.number().int().nonnegative().nullable(),
  outcome: witnessedOutcome,
});

/** Where the record with the replies of a round begins, how long they are and what they hash to. */
const keptReplies = z.object({ offset: z.number().int().nonnegative(), bytes: z.number().int(), sha256: hash });

/** A settled round: everything that its scores follow from, and what they came to. */
export const roundEntrySchema = z.object({
  kind: z.literal("round"),
  round: z.number().int().nonnegative(),
  /** The round settled before this one, -1 for none. */
  previous: z.number().int(),
  block: z.number().int(),
  blockHash: z.string(),
  seed: z.string(),
  alpha: z.number(),
  tasks: z.array(z.object({ id: z.string(), share: z.number(), requestSha256: hash })),
  /** Miners of the plan; the outcomes of a task are in the same order, null for one that was not asked. */
  miners: z.array(z.tuple([z.string(), z.number().int()])),
  /** How they were drawn from all miners; absent when everyone was asked. */
  sample: sampleSchema.optional(),
  /** Requests of users that were scored with the round: the hash of each request and of its answer, and their lines among the kept replies. */
  organic: z.array(witnessedPair).optional(),
  outcomes: z.array(z.array(witnessedOutcome.nullable())),
  /** Calls of the scorer that did not come back, and count as ones that threw; absent for none. Nobody can prove it: a replay believes it and counts them. */
  givenUp: z.array(scorerCallSchema).optional(),
  /** By hotkey: the score of the round, and the moving average before (null: there was none) and after it. */
  scores: z.array(z.tuple([z.string(), z.number(), z.number().nullable(), z.number()])),
  replies: keptReplies.nullable(),
});

/** Weights about to be submitted, with all that they are computed from. */
export const weightsEntrySchema = z.object({
  kind: z.literal("weights"),
  epoch: z.number().int(),
  block: z.number().int(),
  mode: ledgerEntrySchema.shape.mode,
  attempt: z.number().int(),
  basedOnRound: z.number().int(),
  /** Hotkeys by uid, as the chain had them. */
  neurons: z.array(z.string()),
  minAllowedWeights: z.number().int(),
  /** The moving averages of registered hotkeys that had one. */
  scores: z.array(z.tuple([z.string(), z.number()])),
  /** An earlier row of the log that is sent once more (no score is positive, an attempt may still land, a uid changed hands); null otherwise. */
  earlier: z.object(row).nullable(),
  ...row,
});

/** What became of submitted weights. */
export const fateEntrySchema = z.object({
  kind: z.literal("fate"),
  epoch: z.number().int(),
  attempt: z.number().int(),
  state: z.string(),
  block: z.number().int().nullable(),
  txHash: z.string().nullable(),
  problem: z.string().nullable(),
});

/** What an entry says. */
export const entryBodySchema = z.discriminatedUnion("kind", [
  openingSchema,
  roundEntrySchema,
  weightsEntrySchema,
  fateEntrySchema,
]);

/** One entry: its place in the chain and what it says. `prev` is the hash of the entry before it, 64 zeros for the first. */
export const entrySchema = z.object({
  v: z.literal(1),
  seq: z.number().int().nonnegative(),
  prev: hash,
  atMs: z.number(),
  body: entryBodySchema,
});

export type Opening = z.output<typeof openingSchema>;
export type WitnessedOutcome = z.output<typeof witnessedOutcome>;
export type RoundEntry = z.output<typeof roundEntrySchema>;
export type WeightsEntry = z.output<typeof weightsEntrySchema>;
export type FateEntry = z.output<typeof fateEntrySchema>;
export type EntryBody = z.output<typeof entryBodySchema>;
export type Entry = z.output<typeof entrySchema>;
