import type { NeuronRow } from "../events.ts";
import type { ProcessKind, ProcessState } from "../supervisor/supervised.ts";

/** A supervised process as a view shows it. */
export type ProcessView = {
  readonly name: string;
  readonly kind: ProcessKind;
  readonly state: ProcessState;
  readonly restarts: number;
  readonly maxRestarts: number;
};

/** A neuron with what only the summary and the table's validator rows need. */
export type NeuronView = NeuronRow & {
  readonly permit: boolean;
  /** Block of the last weights it set; 0 for never. */
  readonly lastUpdate: number;
  /** Its process, undefined for a neuron that nobody of this network runs. */
  readonly process: string | undefined;
};

/** Everything the views draw, at one moment. One model; what is unknown is undefined or null, never zero. */
export type NetworkState = {
  readonly subnet: string;
  readonly netuid: number | undefined;
  readonly block: number | undefined;
  readonly blockMs: number;
  readonly tempo: number;
  /** Index of the subnet's epoch that runs now. */
  readonly epoch: number | undefined;
  readonly blocksIntoEpoch: number;
  /** Epochs that ended after the network was ready. */
  readonly epochsSinceReady: number;
  readonly blocksSinceReady: number;
  readonly paused: boolean;
  readonly readyAt: number | undefined;
  readonly neurons: readonly NeuronView[];
  readonly processes: readonly ProcessView[];
  readonly urls: Readonly<Record<string, string>>;
};

/** How many of the processes serve, and how many there are. */
export function health(state: NetworkState): { healthy: number; total: number } {
  const healthy = state.processes.filter((process) => process.state === "running").length;
  return { healthy, total: state.processes.length };
}

/** The miner with the highest incentive, when any has one. */
export function bestMiner(neurons: readonly NeuronRow[]): { uid: number; incentive: number } | null {
  const miners = neurons.filter(({ role, incentive }) => role === "miner" && (incentive ?? 0) > 0);
  const best = miners.reduce<NeuronRow | undefined>(
    (top, row) => (top === undefined || (row.incentive ?? 0) > (top.incentive ?? 0) ? row : top),
    undefined,
  );
  return best === undefined ? null : { uid: best.uid, incentive: best.incentive ?? 0 };
}
