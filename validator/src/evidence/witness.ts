import { appError, errorMessage } from "@subnetkit/shared/errors/app-error";
import type { Logger } from "@subnetkit/shared/log/logger";
import type { SubnetDefinition } from "@subnetkit/shared/subnet";
import type { Plan } from "../round/plan-record.ts";
import { foreignPlan } from "../round/plan-version.ts";
import type { RoundScorer } from "../round/scorer/round-scorer.ts";
import { callText, type ScorerCall } from "../round/scorer/scorer-call.ts";
import { type RoundWitness, type ScoredPlan, scorePlan } from "../round/settle.ts";
import type { RoundStore } from "../store/round-store.ts";
import type { LedgerEntry } from "../weights/ledger-entry.ts";
import type { WeightsLedger } from "../weights/ledger.ts";
import type { WeightsProposal } from "../weights/proposal.ts";
import type { LogHead } from "./envelope.ts";
import type { EvidenceLog } from "./evidence-log.ts";
import { witnessRound } from "./round-entry.ts";
import { fateOf, witnessWeights } from "./weights-entry.ts";

export type WitnessModules = {
  readonly log: Logger;
  readonly evidence: EvidenceLog;
  readonly rounds: Pick<RoundStore, "plan" | "outcomes" | "before" | "givenUp" | "giveUp">;
  readonly subnet: SubnetDefinition;
  /** Scores again the rounds that another process counted; default: here. */
  readonly scorer?: RoundScorer | undefined;
  /** An entry was written, or could not be. */
  readonly onWritten?: (kind: "round" | "weights" | "fate", written: boolean) => void;
};

/** Writes evidence of what a validator does. None of it throws: a full disk costs evidence, not rounds. */
export interface Witness extends RoundWitness {
  /** Weights are about to be submitted. Rounds that another process counted go before them: the weights follow from those too. */
  proposed(proposal: WeightsProposal): Promise<void>;
  /** The same ledger, whose writes leave evidence of what became of weights. */
  ledger(ledger: WeightsLedger): WeightsLedger;
  /** The newest entry. */
  head(): LogHead;
  /** Entries that could not be written since the start. */
  missing(): number;
}

/** Earlier rounds that are written after all, when a crash came between their settling and their evidence. */
const maxCatchUp = 100;

/** Makes a witness over an open log. */
export function createWitness({ log, evidence, rounds, subnet, scorer, onWritten }: WitnessModules): Witness {
  let missing = 0;
  let warned = false;
  // Settling and the tick may come at the same time; the log has one order.
  let last: Promise<void> = Promise.resolve();

  function failed(kind: "round" | "weights" | "fate", error: unknown): void {
    missing += 1;
    onWritten?.(kind, false);
    log[warned ? "debug" : "warn"]({ kind, reason: errorMessage(error) }, "evidence could not be written");
    warned = true;
  }

  function attempt(kind: "weights" | "fate", write: () => void): void {
    try {
      write();
      onWritten?.(kind, true);
      warned = false;
    } catch (error) {
      failed(kind, error);
    }
  }

  async function write(counted: ScoredPlan): Promise<void> {
    const { round } = counted.plan;
    if (round <= evidence.lastRound()) return;
    const [before, late] = await Promise.all([rounds.before(round), notCountedWith(counted)]);
    if (late !== undefined) throw appError("E_SCORER_TIMEOUT", { task: late.taskId, what: late.what });
    if (before === undefined) throw appError("E_PLAN_MISSING", { round });
    const { body, replies } = witnessRound({ ...counted, before });
    if (evidence.appendRound(body, replies)) onWritten?.("round", true);
    warned = false;
  }

  /** A call that only these scores, or only those that were counted, know as given up. */
  async function notCountedWith({ plan, givenUp }: ScoredPlan): Promise<ScorerCall | undefined> {
    const counted = await rounds.givenUp(plan.round);
    const [here, there] = [givenUp, counted].map((calls) => new Set(calls.map(callText)));
    return [...givenUp, ...counted].find((call) => !here?.has(callText(call)) || !there?.has(callText(call)));
  }

  /** Rounds after the log's last up to this one, which were settled without evidence, newest first, as far as their data is still there. */
  async function skipped(newest: number | undefined): Promise<Plan[]> {
    const plans: Plan[] = [];
    const since = evidence.lastRound();
    if (since < 0) return plans;
    for (let at = newest ?? -1; at > since && plans.length < maxCatchUp; ) {
      const [plan, before] = await Promise.all([rounds.plan(at), rounds.before(at)]);
      if (plan === undefined || before === undefined) break;
      plans.push(plan);
      at = before.previous;
    }
    return plans;
  }

  async function catchUp(newest: number | undefined): Promise<void> {
    // The scorer has a deadline of its own.
    const { signal } = new AbortController();
    for (const plan of (await skipped(newest)).reverse()) {
      const foreign = foreignPlan(plan, subnet);
      // Whoever counted it has its version; here it is missing, and the rest goes on.
      if (foreign !== undefined) failed("round", foreign);
      else await write(await scorePlan(plan, { rounds, subnet, scorer }, signal));
    }
  }

  /** Does one thing after the other; a round that cannot be written is missing, and the rest goes on. */
  function inOrder(work: () => Promise<void>): Promise<void> {
    last = last.then(work).catch((error: unknown) => failed("round", error));
    return last;
  }

  return {
    counted: (counted) =>
      inOrder(async () => {
        const { round } = counted.plan;
        await catchUp((await rounds.before(round))?.previous);
        // Scored otherwise than it was counted, by another process: once more, then.
        if ((await notCountedWith(counted)) !== undefined) await catchUp(round);
        else await write(counted);
      }),
    async proposed(proposal) {
      await inOrder(() => catchUp(proposal.basedOnRound));
      attempt("weights", () => void evidence.append(witnessWeights(proposal)));
    },
    ledger: (ledger) => ({
      ...ledger,
      async put(entry: LedgerEntry) {
        await ledger.put(entry);
        const fate = fateOf(entry);
        if (fate !== undefined) attempt("fate", () => void evidence.append(fate));
      },
    }),
    head: evidence.head,
    missing: () => missing,
  };
}
