import { createLogger } from "@subnetkit/shared/log/logger";
import { type CommittedHead, committedHead } from "@subnetkit/validator/evidence/anchor";
import { type Difference, ownerOf, replayEvidence, type ReplayReport } from "@subnetkit/validator/evidence/replay";
import { usage } from "../chain/usage.ts";
import { pairLines } from "../chain/text/lines.ts";
import { foreignText } from "../local/view/format.ts";
import { readDefinition } from "../subnet/read-definition.ts";
import type { Answer } from "./answer.ts";

/** The flags of `validator replay` as the parser gives them. */
export type ReplayFlags = {
  readonly evidence: string;
  readonly subnet: string;
  readonly from?: string;
  readonly to?: string;
  readonly head?: string;
  /** A node of the chain that the validator commits its heads to. */
  readonly endpoint?: string;
};

/** Longest value shown of a difference. */
const shownCells = 200;

/** Verifies a log and computes its scores and weights again. Exit code 1 for a difference. Throws E_USAGE and what replayEvidence throws. */
export async function replay(flags: ReplayFlags): Promise<Answer> {
  const from = roundNumber("--from", flags.from);
  const to = roundNumber("--to", flags.to);
  const expected = headOf(flags.head);
  const committed = flags.endpoint === undefined ? undefined : await headOnChain(flags.evidence, flags.endpoint);
  const report = await replayEvidence(
    {
      directory: flags.evidence,
      ...(from === undefined ? {} : { from }),
      ...(to === undefined ? {} : { to }),
      ...(expected === undefined ? {} : { expected }),
      ...(committed === undefined ? {} : { committed }),
    },
    { subnet: await readDefinition(flags.subnet) },
  );
  return { lines: reportLines(report, flags), json: { v: 1, ...report }, exitCode: report.difference === null ? 0 : 1 };
}

/** The head that the validator of a log has committed to its chain. Throws what connecting throws, E_CHAIN_WRONG_GENESIS for a node of another chain. */
async function headOnChain(directory: string, endpoint: string): Promise<CommittedHead | undefined> {
  const { hotkey, genesisHash, netuid } = ownerOf(directory);
  const [{ connectChain }, { readCommitment }, { finalizedHead }] = await Promise.all([
    import("@subnetkit/chain/client/connect"),
    import("@subnetkit/chain/client/commitments"),
    import("@subnetkit/chain/client/finalized-heads"),
  ]);
  const log = createLogger({ name: "cli", level: "silent" });
  const { signal } = new AbortController();
  const client = await connectChain({ endpoints: [endpoint], genesisHash, log, signal });
  try {
    const { hash: at } = await finalizedHead(client);
    const commitment = await readCommitment(client, netuid, hotkey, { at });
    return commitment === undefined ? undefined : committedHead(commitment);
  } finally {
    await client.close();
  }
}

function committedText(committed: ReplayReport["committed"]): string {
  if (committed === null) return "the validator has committed no head of a log";
  const { seq, block, state } = committed;
  const words = { found: "is in the log", dropped: "is older than the log", missing: "is not in the log" };
  return `entry ${seq}, committed in block ${block}, ${words[state]}`;
}

function reportLines(report: ReplayReport, flags: ReplayFlags): string[] {
  const { firstRound, lastRound, roundsVerified, roundsPartly, gaps, difference } = report;
  const rounds = firstRound === null ? "none" : `${firstRound} to ${lastRound}`;
  const facts = pairLines([
    ["validator", report.hotkey === null ? undefined : foreignText(report.hotkey, 64)],
    ["subnet", report.netuid === null ? undefined : String(report.netuid)],
    ["head", `${report.head.seq}:${report.head.hash}`],
    ["entries", `${report.entries}, chained and signed`],
    ["rounds", `${rounds}: ${roundsVerified} computed again, the same`],
    ["partly", roundsPartly === 0 ? undefined : `${roundsPartly} with replies too large to keep: averages only`],
    [
      "given up",
      report.callsGivenUp === 0
        ? undefined
        : `${report.callsGivenUp} calls of the scorer that are said not to have come back: scored as such`,
    ],
    ["missing", gaps.length === 0 ? undefined : gaps.map((gap) => `${gap.afterRound} to ${gap.round}`).join(", ")],
    ["weights", `${report.weightsVerified} computed again, the same`],
    [
      "ahead",
      report.weightsAhead === 0 ? undefined : `${report.weightsAhead} made from rounds that are not in the log`,
    ],
    ["on chain", flags.endpoint === undefined ? undefined : committedText(report.committed)],
  ]);
  return [...facts, ...(difference === null ? ["no difference"] : differenceLines(difference))];
}

function differenceLines({ seq, round, hotkey, field, was, is }: Difference): string[] {
  return [
    "the first difference:",
    ...pairLines([
      ["  entry", seq === null ? undefined : String(seq)],
      ["  round", round === null ? undefined : String(round)],
      ["  hotkey", hotkey === null ? undefined : foreignText(hotkey, 64)],
      ["  field", foreignText(field, shownCells)],
      ["  was", foreignText(was, shownCells)],
      ["  is", foreignText(is, shownCells)],
    ]),
  ];
}

function roundNumber(flag: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (/^\d{1,12}$/.test(text)) return Number(text);
  throw usage(`${flag} wants the number of a round, not ${JSON.stringify(text.slice(0, 40))}`);
}

function headOf(text: string | undefined): { seq: number; hash: string } | undefined {
  if (text === undefined) return undefined;
  const parts = /^(\d{1,12}):([0-9a-f]{64})$/.exec(text);
  if (parts === null) throw usage("--head wants SEQ:HASH as `validator status` shows it");
  return { seq: Number(parts[1]), hash: parts[2] ?? "" };
}
