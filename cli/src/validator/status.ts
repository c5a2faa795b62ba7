import { existsSync } from "node:fs";
import { appError } from "@subnetkit/shared/errors/app-error";
import { z } from "zod";
import { pairLines } from "../chain/text/lines.ts";
import { localPaths } from "../local/paths.ts";
import { foreignText, shortAddress } from "../local/view/format.ts";
import { tableLines, type TableColumn } from "../preview/table.ts";
import { cloneRoot } from "../system/clone-root.ts";
import { baseUrl } from "../system/base-url.ts";
import { getJson } from "../system/http-json.ts";
import { type Answer, percentText } from "./answer.ts";

const share = z.number().nullish();
const block = z.number().nullish();
const scoreRow = z.object({
  uid: z.number(),
  hotkey: z.string(),
  score: z.number(),
  lastScore: share,
  lastOutcome: z.string().nullish(),
  p50LatencyMs: z.number().nullish(),
  weight: share,
});
const status = z.object({
  hotkey: z.string(),
  uid: z.number().nullable(),
  netuid: z.number(),
  subnet: z.string(),
  block,
  round: z.number().nullish(),
  validatorPermit: z.boolean().nullish(),
  vtrust: share,
  lastRound: z
    .object({ round: z.number(), answered: z.number(), of: z.number(), skipped: z.number(), tookMs: z.number() })
    .nullish(),
  scores: z.array(scoreRow).default([]),
  weights: z.object({
    lastSubmittedBlock: block,
    lastRevealedBlock: block,
    epoch: z.number().nullish(),
    nextAttempt: block,
    waitingFor: z.string().nullish(),
  }),
  preview: z
    .object({
      vtrust: z.number(),
      dividends: z.number(),
      deviation: z.number(),
      warning: z.string().nullish(),
      copies: z.array(z.object({ uid: z.number(), hotkey: z.string() })).default([]),
    })
    .nullish(),
  evidence: z
    .object({
      seq: z.number(),
      hash: z.string(),
      missing: z.number(),
      commit: z
        .object({ state: z.string(), committed: z.object({ seq: z.number(), block: z.number() }).nullable() })
        .nullish(),
    })
    .nullish(),
});
const health = z.object({ ready: z.boolean(), degraded: z.boolean(), reasons: z.array(z.string()) });

/** A validator's /status as far as the command line reads it. */
export type StatusDocument = z.output<typeof status>;
type Health = z.output<typeof health>;

const timeoutMs = 3_000;

/** Asks a validator how it is. Throws E_USAGE for an address that is none, E_VALIDATOR_UNREACHABLE. */
export async function readStatus(url: string): Promise<{ status: StatusDocument; health: Health | undefined }> {
  const base = baseUrl(url, "http://127.0.0.1:9920");
  const [statusJson, healthJson] = await Promise.all([
    getJson(`${base}/status`, timeoutMs),
    getJson(`${base}/health`, timeoutMs),
  ]);
  const parsed = status.safeParse(statusJson);
  if (!parsed.success) throw appError("E_VALIDATOR_UNREACHABLE", { url: base });
  return { status: parsed.data, health: health.safeParse(healthJson).data };
}

/** The address given, else that of the first validator of the network in this clone. Throws E_NOT_RUNNING when there is neither. */
export async function validatorUrl(
  given: string | undefined,
  runFile = localPaths(cloneRoot()).runFile,
): Promise<string> {
  if (given !== undefined) return given;
  const { runningNetwork } = await import("../local/supervisor/run-file.ts");
  const running = existsSync(runFile) ? runningNetwork(runFile) : undefined;
  if (running !== undefined) return `http://127.0.0.1:${running.portBase + 120}`;
  throw appError("E_NOT_RUNNING", { remedies: ["npm start", "or name a validator:   --url http://127.0.0.1:9920"] });
}

/** `subnetkit validator status`. Exit code 1 while the validator is not ready. */
export async function validatorStatus(url: string, width: number): Promise<Answer> {
  const found = await readStatus(url);
  const ready = found.health?.ready ?? false;
  return {
    lines: statusLines(found.status, found.health, width),
    json: { v: 1, ...found.status, health: found.health ?? null },
    exitCode: ready ? 0 : 1,
  };
}

function statusLines(doc: StatusDocument, state: Health | undefined, width: number): string[] {
  const { weights, preview, evidence, lastRound } = doc;
  const text = (value: string): string => foreignText(value, 200);
  return [
    ...pairLines([
      ["validator", `${text(doc.hotkey)}  uid ${doc.uid ?? "none"}`],
      ["subnet", `${doc.netuid} (${text(doc.subnet)})  block ${doc.block ?? "-"}  round ${doc.round ?? "-"}`],
      ["health", healthText(state)],
      ["vtrust", `${percentText(doc.vtrust)}  ${doc.validatorPermit === false ? "no validator permit" : ""}`.trim()],
      ["last round", lastRound ? `${lastRound.round}: ${lastRound.answered} of ${lastRound.of} answered` : "none yet"],
      ["weights", weightsText(weights)],
      ["expected", preview ? expectedText(preview) : undefined],
      ["warning", preview?.warning ? text(preview.warning) : undefined],
      ["copies", preview?.copies.length ? preview.copies.map(({ uid }) => `uid ${uid}`).join(", ") : undefined],
      ["evidence", evidence ? evidenceText(evidence) : "off (set evidenceDir)"],
      ["on chain", evidence?.commit ? commitText(evidence.commit) : undefined],
    ]),
    "",
    ...tableLines(scoreColumns, doc.scores, width),
  ];
}

function healthText(state: Health | undefined): string {
  if (state === undefined) return "unknown";
  const word = !state.ready ? "not ready" : state.degraded ? "degraded" : "ready";
  return state.reasons.length === 0 ? word : `${word}: ${foreignText(state.reasons.join("; "), 300)}`;
}

function weightsText({ lastSubmittedBlock, lastRevealedBlock, nextAttempt, waitingFor }: StatusDocument["weights"]) {
  const last = lastSubmittedBlock ? `submitted in block ${lastSubmittedBlock}` : "none submitted yet";
  const revealed = lastRevealedBlock ? `, revealed in ${lastRevealedBlock}` : "";
  const next = waitingFor ? `; waits for ${foreignText(waitingFor, 80)}` : "";
  return `${last}${revealed}${next}${nextAttempt ? ` (block ${nextAttempt})` : ""}`;
}

function expectedText({ vtrust, dividends, deviation }: NonNullable<StatusDocument["preview"]>): string {
  return `vtrust ${percentText(vtrust)}, dividends ${percentText(dividends)}, ${percentText(deviation)} from the consensus`;
}

function evidenceText({ seq, hash, missing }: NonNullable<StatusDocument["evidence"]>): string {
  const lost = missing === 0 ? "" : `  ${missing} entries could not be written`;
  return `${seq}:${foreignText(hash, 64)}${lost}`;
}

/** What the chain has of the evidence log. */
function commitText({ state, committed }: NonNullable<NonNullable<StatusDocument["evidence"]>["commit"]>): string {
  const words = commitWords.get(state) ?? foreignText(state, 20);
  return committed === null ? words : `entry ${committed.seq}, committed in block ${committed.block}: ${words}`;
}

const commitWords: ReadonlyMap<string, string> = new Map([
  ["unknown", "not looked up here (the process that sets weights does)"],
  ["none", "nothing yet"],
  ["foreign", "the hotkey has another commitment, which stays"],
  ["current", "the newest"],
  ["waiting", "newer entries follow with the next commit"],
  ["behind", "behind, a commit is overdue"],
  ["ahead", "later than the log: entries are lost, or it is another log"],
]);

const scoreColumns: TableColumn<StatusDocument["scores"][number]>[] = [
  { title: "UID", right: true, cell: ({ uid }) => String(uid) },
  { title: "HOTKEY", right: false, cell: ({ hotkey }) => shortAddress(foreignText(hotkey, 64)), keep: 2 },
  { title: "SCORE", right: true, cell: ({ score }) => score.toFixed(4) },
  { title: "LAST", right: true, cell: ({ lastScore }) => lastScore?.toFixed(4) ?? "-", keep: 4 },
  { title: "OUTCOME", right: false, cell: ({ lastOutcome }) => foreignText(lastOutcome ?? "-", 20), keep: 3 },
  { title: "P50 MS", right: true, cell: ({ p50LatencyMs }) => p50LatencyMs?.toFixed(0) ?? "-", keep: 1 },
  { title: "WEIGHT", right: true, cell: ({ weight }) => percentText(weight) },
];
