import { sha256Hex } from "@subnetkit/shared/crypto/hash";
import { decodeAddress } from "@subnetkit/shared/crypto/ss58";
import { appError, errorMessage } from "@subnetkit/shared/errors/app-error";
import type { SubnetDefinition } from "@subnetkit/shared/subnet";
import { assertNever } from "@subnetkit/shared/util/assertNever";
import type { ComputedWeights } from "../weights/compute.ts";
import type { CommittedHead } from "./anchor.ts";
import type { Entry, Opening, RoundEntry, WeightsEntry } from "./entry.ts";
import { isSignedBy, type LogHead, noHead } from "./envelope.ts";
import { createRoundReplay, type RoundReplay } from "./replay-round.ts";
import { replayWeights } from "./replay-weights.ts";
import { openRecords, readSegmentFile, type SegmentPaths, segmentsOf } from "./segments.ts";

export type ReplayOptions = {
  readonly directory: string;
  /** First and last round whose scores are computed again; the chain and the signatures are verified everywhere. */
  readonly from?: number;
  readonly to?: number;
  /** An entry that the log must contain, as somebody noted it earlier: also tells a log that was cut. */
  readonly expected?: LogHead;
  /** What the chain has of the log's head; an entry that was dropped since, with the oldest segments, cannot be checked. */
  readonly committed?: CommittedHead;
};

/** The first thing that is not as the log says. `round` is null outside of rounds; `was` is what is recorded, `is` what it should be. */
export type Difference = {
  readonly seq: number | null;
  readonly round: number | null;
  readonly hotkey: string | null;
  readonly field: string;
  readonly was: string;
  readonly is: string;
};

export type ReplayReport = {
  readonly hotkey: string | null;
  readonly netuid: number | null;
  readonly head: LogHead;
  readonly entries: number;
  /** Rounds whose scores were computed again and are the recorded ones. */
  readonly roundsVerified: number;
  /** Rounds whose averages follow but whose replies were too large to keep. */
  readonly roundsPartly: number;
  /** Calls of the scorer in those rounds that are said not to have come back: what they would have given cannot be computed again. */
  readonly callsGivenUp: number;
  readonly weightsVerified: number;
  /** Weights made from rounds that the log does not have (yet): their averages are believed. */
  readonly weightsAhead: number;
  /** Places where rounds are missing between two entries: their scores cannot be followed. */
  readonly gaps: readonly { readonly afterRound: number; readonly round: number }[];
  readonly firstRound: number | null;
  readonly lastRound: number | null;
  /** The entry that the chain's commitment names: found as it says, or too old to be in the log; null without a commitment. */
  readonly committed: (CommittedHead & { readonly state: "found" | "dropped" | "missing" }) | null;
  readonly difference: Difference | null;
};

/** Rows that may be sent once more. */
const rememberedRows = 64;

/** Weights whose round is not in the log yet, and what they are checked against once it is. */
type WeightsAhead = {
  readonly body: WeightsEntry;
  readonly rules: Opening;
  readonly sent: readonly ComputedWeights[];
  readonly seq: number;
};

/** Ends a replay at the first difference. */
class Stop extends Error {
  readonly difference: Difference;
  constructor(difference: Difference) {
    super(difference.field);
    this.difference = difference;
  }
}

/**
 * Verifies a log from its oldest entry to its newest, and computes scores and weights again from what it says: bit for bit. Stops at the first
 * difference. Throws E_EVIDENCE_NONE and E_EVIDENCE_SUBNET; everything that is wrong with the log itself is in the report.
 */
export async function replayEvidence(
  options: ReplayOptions,
  { subnet }: { readonly subnet: SubnetDefinition },
): Promise<ReplayReport> {
  const segments = segmentsOf(options.directory);
  if (segments.length === 0) throw appError("E_EVIDENCE_NONE", { directory: options.directory });
  const log = createLogReplay(options, subnet);
  let difference: Difference | null = null;
  try {
    for (const [i, paths] of segments.entries()) await log.segment(paths, i === 0);
    log.end();
  } catch (error) {
    if (!(error instanceof Stop)) throw error;
    difference = error.difference;
  }
  return { ...log.report(), difference };
}

function createLogReplay(
  { from = 0, to = Number.MAX_SAFE_INTEGER, expected, committed }: ReplayOptions,
  subnet: SubnetDefinition,
) {
  let head: LogHead | undefined;
  let opening: Opening | undefined;
  let key: Uint8Array | undefined;
  let entries = 0;
  let weightsVerified = 0;
  let sent: readonly ComputedWeights[] = [];
  let ahead: readonly WeightsAhead[] = [];
  let firstSeq = Number.POSITIVE_INFINITY;
  /** Heads that somebody else vouches for, by where they must be. */
  const vouched = [expected, committed].filter((one) => one !== undefined);
  const seen = new Set<LogHead>();
  const rounds: RoundReplay = createRoundReplay(subnet);

  const stop = (seq: number | null, field: string, was: string, is: string, round: number | null = null): never => {
    throw new Stop({ seq, round, hotkey: null, field, was, is });
  };

  function open(body: Opening, seq: number): void {
    const name = `${body.subnet.name} ${body.subnet.version}`;
    const given = `${subnet.name} ${subnet.version}`;
    if (name !== given) throw appError("E_EVIDENCE_SUBNET", { found: name, given });
    for (const field of ["hotkey", "genesisHash", "netuid", "saltHash"] as const)
      if (opening !== undefined && opening[field] !== body[field])
        stop(seq, field, String(body[field]), String(opening[field]));
    opening = body;
    try {
      key = decodeAddress(body.hotkey);
    } catch (error) {
      stop(seq, "hotkey", body.hotkey, errorMessage(error));
    }
  }

  async function entry(read: { entry: Entry; hash: string; signature: string }, replies: RepliesFile): Promise<void> {
    const { seq, body } = read.entry;
    const place = head ?? { seq: seq - 1, hash: read.entry.prev };
    // Only a log whose oldest segments were dropped may begin with anything but the very first entry.
    if (head === undefined && seq === 0 && read.entry.prev !== noHead.hash)
      stop(seq, "prev", read.entry.prev, noHead.hash);
    if (seq !== place.seq + 1) stop(seq, "seq", String(seq), String(place.seq + 1));
    if (read.entry.prev !== place.hash) stop(seq, "prev", read.entry.prev, place.hash);
    if (body.kind === "opening") open(body, seq);
    if (opening === undefined || key === undefined) return stop(seq, "opening", "no opening before it", "one");
    if (!isSignedBy(read, { scheme: opening.scheme, publicKey: key }))
      stop(seq, "signature", `${read.signature.slice(0, 16)}..`, `one of ${opening.hotkey}`);
    head = { seq, hash: read.hash };
    firstSeq = Math.min(firstSeq, seq);
    entries += 1;
    for (const one of vouched) {
      if (one.seq !== seq) continue;
      if (one.hash !== read.hash) stop(seq, one === committed ? "hash on chain" : "hash", read.hash, one.hash);
      seen.add(one);
    }
    const difference = await check(body, opening, replies, seq);
    if (difference !== undefined) throw new Stop({ seq, ...difference });
  }

  async function check(
    body: Entry["body"],
    rules: Opening,
    replies: RepliesFile,
    seq: number,
  ): Promise<Omit<Difference, "seq"> | undefined> {
    switch (body.kind) {
      case "opening":
      case "fate":
        return undefined;
      case "round": {
        const bytes = repliesFor(body, replies, seq);
        const scored = body.round >= from && body.round <= to;
        const difference = await rounds.check(body, { netuid: rules.netuid, bytes, scored });
        if (difference === undefined) checkAhead();
        return difference;
      }
      case "weights": {
        // The first row of a log may be one that was sent before it began.
        const { uids, values, hotkeys, earlier } = body;
        const before = sent.length === 0 && earlier !== null ? [earlier] : sent;
        const { lastRound } = rounds.counts();
        const isAhead = lastRound !== null && body.basedOnRound > lastRound;
        const difference = replayWeights(body, rules, { averages: isAhead ? [] : rounds.averages(), sent: before });
        if (difference !== undefined) return difference;
        if (isAhead) ahead = [...ahead, { body, rules, sent: before, seq }];
        else weightsVerified += 1;
        sent = [{ uids, values, hotkeys }, ...before].slice(0, rememberedRows);
        return undefined;
      }
      default:
        return assertNever(body, "an entry");
    }
  }

  /** Settling a round and writing it down are two steps, and weights may come between: they are checked when the log has their round. */
  function checkAhead(): void {
    const { lastRound, gaps } = rounds.counts();
    const waits = ({ body }: WeightsAhead): boolean => body.basedOnRound > (lastRound ?? -1);
    for (const { body, rules, sent: before, seq } of ahead.filter((one) => !waits(one))) {
      const round = body.basedOnRound;
      // Of a round that is missing nothing is known.
      const missing = gaps.some((gap) => gap.afterRound < round && round < gap.round);
      const difference = missing
        ? undefined
        : replayWeights(body, rules, { averages: rounds.averages(), sent: before });
      if (difference !== undefined) throw new Stop({ seq, ...difference });
      weightsVerified += 1;
    }
    ahead = ahead.filter(waits);
  }

  const stateOf = (one: LogHead): "found" | "dropped" | "missing" =>
    seen.has(one) ? "found" : one.seq < firstSeq ? "dropped" : "missing";

  /** The compressed replies of a round, which must be the ones its entry names. */
  function repliesFor(body: RoundEntry, file: RepliesFile, seq: number): Uint8Array | undefined {
    const kept = body.replies;
    if (kept === null) return undefined;
    const bytes = file.at(kept.offset);
    if (bytes === undefined) return stop(seq, "replies", "missing", `${kept.bytes} bytes`, body.round);
    const is = sha256Hex(bytes);
    if (is !== kept.sha256) stop(seq, "replies", is, kept.sha256, body.round);
    file.named(kept.offset);
    return bytes;
  }

  return {
    async segment(paths: SegmentPaths, first: boolean): Promise<void> {
      const file = readSegmentFile(paths.entries);
      const replies = openReplies(paths);
      if (first && paths.first > 0) head = undefined;
      for (const opened of openRecords(file.records)) {
        if (opened.kind === "broken") return stop((head?.seq ?? -1) + 1, "entry", opened.problem, "an entry");
        if (head === undefined && opened.entry.seq !== paths.first)
          stop(opened.entry.seq, "seq", String(opened.entry.seq), String(paths.first));
        await entry(opened, replies);
      }
      if (file.state !== "whole")
        stop((head?.seq ?? -1) + 1, "file", `${file.state}: ${paths.entries}`, "whole records");
      const odd = replies.problem();
      if (odd !== undefined) stop(null, "replies", `${odd}: ${paths.replies}`, "whole records that entries name");
    },
    end(): void {
      for (const one of vouched) {
        if (seen.has(one) || (one === committed && one.seq < firstSeq)) continue;
        const field = one === committed ? "head on chain" : "head";
        stop(one.seq, field, `the log ends at ${head?.seq ?? -1}`, `entry ${one.seq} ${one.hash}`);
      }
    },
    report: (): Omit<ReplayReport, "difference"> => ({
      hotkey: opening?.hotkey ?? null,
      netuid: opening?.netuid ?? null,
      head: head ?? noHead,
      entries,
      weightsVerified,
      weightsAhead: ahead.length,
      committed: committed === undefined ? null : { ...committed, state: stateOf(committed) },
      ...rounds.counts(),
    }),
  };
}

/** The replies of a segment by where their records begin. */
type RepliesFile = {
  at(offset: number): Uint8Array | undefined;
  /** Marks a record as named by an entry. */
  named(offset: number): void;
  /** What is wrong with the file after all entries of its segment, undefined when nothing is. */
  problem(): string | undefined;
};

function openReplies(paths: SegmentPaths): RepliesFile {
  const { records, state } = readSegmentFile(paths.replies);
  const byOffset = new Map<number, Uint8Array>();
  let offset = 0;
  for (const record of records) {
    byOffset.set(offset, record);
    offset += record.length + 8;
  }
  const unnamed = new Set(byOffset.keys());
  return {
    at: (where) => byOffset.get(where),
    named: (where) => void unnamed.delete(where),
    problem: () => (state !== "whole" ? state : unnamed.size > 0 ? "replies that no entry names" : undefined),
  };
}

/** Whose log a directory holds, by its first opening. Throws E_EVIDENCE_NONE when there is none to be read. */
export function ownerOf(directory: string): Pick<Opening, "hotkey" | "genesisHash" | "netuid"> {
  const [oldest] = segmentsOf(directory);
  const first = oldest === undefined ? undefined : openRecords(readSegmentFile(oldest.entries).records)[0];
  if (first?.kind !== "entry" || first.entry.body.kind !== "opening") throw appError("E_EVIDENCE_NONE", { directory });
  return first.entry.body;
}
