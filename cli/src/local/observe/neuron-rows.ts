import type { NeuronState } from "../events.ts";
import type { NetworkPlan, PlannedMiner, PlannedValidator } from "../network/plan.ts";
import type { ChainView } from "./chain-watch.ts";
import type { NeuronView, ProcessView } from "./network-state.ts";
import { type ValidatorReport, verdictOn } from "./validator-report.ts";

const U16_MAX = 65_535;
/** A miner that answers later than this, half of the time, is called slow. */
const SLOW_MS = 500;

/** What is known at one moment, from all sides. */
export type RowSources = {
  readonly plan: NetworkPlan;
  readonly chain: ChainView;
  readonly reports: ReadonlyMap<string, ValidatorReport>;
  readonly processes: readonly ProcessView[];
  /** Model and device as the miner itself says, by process name. */
  readonly models: ReadonlyMap<string, string>;
  /** True once an epoch has run: before, incentive and dividends are not zero but unknown. */
  readonly epochRan: boolean;
  readonly paused: boolean;
};

/** The table's rows, one per neuron of the subnet. Pure. */
export function neuronRows(sources: RowSources): NeuronView[] {
  const { plan, chain, processes, epochRan } = sources;
  const validators = new Map(plan.validators.map((entry) => [entry.hotkey, entry]));
  const miners = new Map(plan.miners.map((entry) => [entry.hotkey, entry]));
  return chain.metagraph.neurons.map((neuron) => {
    const validator = validators.get(neuron.hotkey);
    const miner = miners.get(neuron.hotkey);
    const name = validator?.name ?? (miner?.offline ? undefined : miner?.name);
    const process = processes.find((entry) => entry.name === name);
    const common = {
      uid: neuron.uid,
      hotkey: neuron.hotkey,
      emissionRao: epochRan ? neuron.emissionRao.toString() : null,
      permit: neuron.validatorPermit,
      lastUpdate: neuron.lastUpdate,
      process: name,
    };
    const incentive = epochRan ? neuron.incentive / U16_MAX : null;
    const dividends = epochRan ? neuron.dividends / U16_MAX : null;
    const weight = chain.weights[neuron.uid] ?? null;
    return validator === undefined
      ? {
          ...common,
          role: "miner",
          ...minerCells(sources, neuron.hotkey, miner, process),
          weight,
          incentive,
          dividends,
        }
      : {
          ...common,
          role: "validator",
          ...validatorCells(sources, validator, process),
          weight: null,
          incentive,
          dividends,
        };
  });
}

function validatorCells(
  { reports, paused }: RowSources,
  validator: PlannedValidator,
  process: ProcessView | undefined,
): Pick<NeuronView, "model" | "score" | "p50Ms" | "state"> {
  const round = reports.get(validator.name)?.lastRound;
  const model = round === undefined || round === null ? null : `${round.answered}/${round.of} last round`;
  return {
    model,
    score: null,
    p50Ms: round?.tookMs ?? null,
    state: processWord(process) ?? (paused ? "paused" : "ok"),
  };
}

function minerCells(
  { reports, models, paused }: RowSources,
  hotkey: string,
  miner: PlannedMiner | undefined,
  process: ProcessView | undefined,
): Pick<NeuronView, "model" | "score" | "p50Ms" | "state"> {
  const verdict = verdictOn(hotkey, [...reports.values()]);
  const model = (process === undefined ? undefined : models.get(process.name)) ?? miner?.label ?? null;
  const word = processWord(process) ?? (paused ? "paused" : outcomeWord(verdict.outcome, verdict.p50Ms));
  const fallback: NeuronState = miner === undefined ? "out" : miner.offline ? "no-reply" : "starting";
  return { model, score: verdict.score, p50Ms: verdict.p50Ms, state: word ?? fallback };
}

/** The word for a process that does not simply run. */
function processWord(process: ProcessView | undefined): NeuronState | undefined {
  switch (process?.state) {
    case "starting":
      return process.restarts > 0 ? "restart" : "starting";
    case "waiting":
      return "restart";
    case "gaveUp":
      return "gave-up";
    case "stopping":
    case "stopped":
      return "drained";
    default:
      return undefined;
  }
}

/** A validator's word for how a miner answered, as a state of the table. */
export function outcomeWord(outcome: string | undefined, p50Ms: number | null): NeuronState | undefined {
  switch (outcome) {
    case undefined:
      return undefined;
    case "answered":
      return p50Ms !== null && p50Ms > SLOW_MS ? "slow" : "ok";
    case "late":
      return "late";
    case "malformed":
    case "refused":
      return "wrong";
    default:
      return "no-reply";
  }
}
