import { stripVTControlCharacters } from "node:util";
import type { KeyScheme } from "@subnetkit/shared/crypto/keypair";
import type { QueryOutcome } from "@subnetkit/shared/subnet";
import { pairLines } from "../chain/text/lines.ts";
import { foreignText, grouped } from "../local/view/format.ts";
import { type Asked, otherScheme } from "./ask-once.ts";
import type { MinerDescription } from "./describe-miner.ts";
import type { Question, Score } from "./question.ts";

/** One try, whole. */
export type Tried = {
  readonly url: string;
  readonly miner: MinerDescription;
  readonly caller: { readonly address: string; readonly name: string };
  readonly taskId: string;
  readonly limitMs: number;
  /** What is expected of the miner's hotkey. */
  readonly scheme: KeyScheme;
  readonly question: Question;
  readonly asked: Asked;
  /** What a validator makes of it, and why it would not count. */
  readonly kind: QueryOutcome["kind"];
  readonly problem: string | undefined;
  readonly score: Score | undefined;
  readonly advice: readonly string[];
  readonly note: string | undefined;
};

const REQUEST_CHARS = 400;
const ANSWER_CHARS = 2_000;

/** A try as a person reads it. */
export function tryLines(tried: Tried): string[] {
  const { url, miner, caller, taskId, question, asked, kind, problem, score, advice, note } = tried;
  const whole = asked.kind === "whole" ? asked : undefined;
  const refusal = whole?.refusal;
  const [first, ...others] = advice;
  return pairLines([
    ["miner", `${url}  ${miner.hotkey}`],
    ["caller", `${caller.address}  ${caller.name}`],
    [
      "task",
      `${taskId} of ${foreignText(miner.subnet.name, 32)} ${miner.subnet.version}, subnet ${miner.subnet.netuid}`,
    ],
    ["note", note === undefined ? undefined : shown(note, 400)],
    ["request", shown(question.requestJson, REQUEST_CHARS)],
    ["seed", question.seed === undefined ? undefined : `${foreignText(question.seed, 80)}   (--seed draws it again)`],
    ["status", statusText(tried)],
    ["signature", whole === undefined ? undefined : signatureText(whole, tried.scheme)],
    ["answer", whole?.status === 200 ? shown(answerText(whole), ANSWER_CHARS) : undefined],
    ["refused", whole === undefined || whole.status === 200 ? undefined : refusalText(whole)],
    ["do", refusal === undefined ? undefined : first],
    ...others.map((line): [string, string] => ["", line]),
    ["counts", kind === "answered" ? "yes" : `no: ${kind}${problem === undefined ? "" : `, ${shown(problem, 400)}`}`],
    ["score", score === undefined ? undefined : scoreText(score)],
  ]);
}

/** Text of others for a terminal: one line without anything that moves the cursor or turns the direction of writing, at most so many characters. */
export function shown(text: string, chars: number): string {
  const clean = stripVTControlCharacters(text.slice(0, 2 * chars)).replace(/[\p{C}\p{Zl}\p{Zp}]/gu, "");
  const isWhole = text.length <= 2 * chars && clean.length <= chars;
  return isWhole ? clean : `${clean.slice(0, chars)} ... (${grouped(text.length)} characters; --json has them all)`;
}

function statusText({ asked, limitMs }: Tried): string {
  return "status" in asked
    ? `${asked.status} in ${asked.ms.toFixed(asked.ms < 10 ? 1 : 0)} ms, of ${grouped(limitMs)}`
    : `none, of ${grouped(limitMs)} ms`;
}

function scoreText(score: Score): string {
  return score.score === null ? `none: ${shown(score.why, 400)}` : score.score.toFixed(3);
}

type Whole = Extract<Asked, { kind: "whole" }>;

function signatureText({ signature, status }: Whole, scheme: KeyScheme): string {
  switch (signature) {
    case "verified":
      return "verified: of this hotkey, over this request and this answer";
    case "other-scheme":
      return `of this hotkey, but with ${otherScheme(scheme)}`;
    case "wrong":
      return "WRONG: of another hotkey, or over something else";
    case "none":
      return status === 200 ? "none" : "none, as with every refusal before the caller is proven";
  }
}

function answerText({ value, text }: Whole): string {
  return value === undefined ? text : JSON.stringify(value);
}

function refusalText({ refusal, text }: Whole): string {
  return refusal === undefined
    ? shown(text, REQUEST_CHARS) || "without a word"
    : shown(`${refusal.code}  ${refusal.message}`, REQUEST_CHARS);
}
