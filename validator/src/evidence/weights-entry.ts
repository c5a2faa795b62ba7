import type { Metagraph } from "@subnetkit/chain/client/metagraph";
import type { ComputedWeights } from "../weights/compute.ts";
import type { LedgerEntry } from "../weights/ledger-entry.ts";
import type { WeightsProposal } from "../weights/proposal.ts";
import type { FateEntry, WeightsEntry } from "./entry.ts";

/** The entry of weights that are about to be submitted. Pure. */
export function witnessWeights(proposal: WeightsProposal): WeightsEntry {
  const { epoch, block, mode, attempt, basedOnRound, weights, metagraph, scores, earlier } = proposal;
  return {
    kind: "weights",
    epoch,
    block,
    mode,
    attempt,
    basedOnRound,
    neurons: metagraph.neurons.map(({ hotkey }) => hotkey),
    minAllowedWeights: metagraph.hyperparameters.minAllowedWeights,
    scores: scoresOf(metagraph, scores),
    earlier: earlier === undefined ? null : rowOf(earlier),
    ...rowOf(weights),
  };
}

function scoresOf(metagraph: Metagraph, scores: ReadonlyMap<string, number>): [string, number][] {
  return metagraph.neurons.flatMap(({ hotkey }): [string, number][] => {
    const score = scores.get(hotkey);
    return score === undefined ? [] : [[hotkey, score]];
  });
}

function rowOf({ uids, values, hotkeys }: ComputedWeights): NonNullable<WeightsEntry["earlier"]> {
  return { uids: [...uids], values: [...values], hotkeys: [...hotkeys] };
}

/** The entry of what became of weights; undefined while nothing has. Pure. */
export function fateOf({ anew, ...counts }: LedgerEntry): FateEntry | undefined {
  // What counts is final, so news is of what is to stand for it; until the chain has opened what counts.
  const opened = counts.mode !== "plain" && counts.state !== "effective";
  const entry = anew === undefined || opened ? counts : anew;
  if (entry.state === "intent") return undefined;
  const { epoch, attempts, state } = entry;
  return {
    kind: "fate",
    epoch,
    attempt: attempts,
    state,
    block: entry.failedBlock ?? entry.revealedBlock ?? entry.includedBlock ?? null,
    txHash: entry.txHash ?? null,
    problem: state === "failed" ? (entry.problem ?? null) : null,
  };
}
