import type { Shape } from "../scoring/shape.ts";
import { checkDefinition } from "./check-definition.ts";
import type { AnyTask } from "./define-task.ts";

/** One miner of the local network that `npm start` runs. */
export type LocalMiner = {
  /** A key of the solver module's `variants`, or "default" for its `solvers`. */
  readonly variant: string;
  /** What the terminal shows, at most 40 characters. */
  readonly label: string;
  /** Registered on the chain, never started. */
  readonly offline?: boolean;
};

/** The tasks of a subnet by id. */
export type Tasks = Readonly<Record<string, AnyTask>>;

/** What an author writes. */
export type SubnetInput<T extends Tasks = Tasks> = {
  /** Short lower-case identifier. */
  readonly name: string;
  /** Whole number from 1; raise it when scores of old and new code cannot be compared. */
  readonly version: number;
  /** One line for people. */
  readonly description: string;
  readonly tasks: T;
  readonly weights?: {
    /** Weight of the newest round in a miner's moving average, above 0 and at most 1. Default 0.3. */
    readonly ema?: number;
    /** How averages become weights. Default linear. */
    readonly shape?: Shape;
  };
  /** A round starts every this many blocks (1 to 7200). Default 10. */
  readonly roundBlocks?: number;
  /** The local network's cast. Default: three miners with the default solvers. */
  readonly local?: { readonly miners: readonly LocalMiner[] };
};

/** A checked subnet with every default filled in. Made by {@link defineSubnet}. */
export type SubnetDefinition<T extends Tasks = Tasks> = {
  readonly name: string;
  readonly version: number;
  readonly description: string;
  readonly tasks: T;
  readonly weights: { readonly ema: number; readonly shape: Shape };
  readonly roundBlocks: number;
  readonly local: { readonly miners: readonly LocalMiner[] };
};

const defaultMiners: readonly LocalMiner[] = ["miner a", "miner b", "miner c"].map((label) => ({
  variant: "default",
  label,
}));

/**
 * Defines a subnet: nothing but data and the pure functions of its tasks.
 *
 * Throws E_SUBNET_NAME, E_SUBNET_SETTING, E_SUBNET_NO_TASKS, E_SUBNET_LOCAL_MINERS, E_SHAPE or one of the E_TASK codes when it is not sound.
 */
export function defineSubnet<const T extends Tasks>(subnet: SubnetInput<T>): SubnetDefinition<T> {
  const complete: SubnetDefinition<T> = {
    ...subnet,
    weights: { ema: 0.3, shape: { kind: "linear" }, ...subnet.weights },
    roundBlocks: subnet.roundBlocks ?? 10,
    local: subnet.local ?? { miners: defaultMiners },
  };
  checkDefinition(complete);
  return Object.freeze(complete);
}

/** The part of a miner's score that each task decides, by id; the parts sum to 1. */
export function taskShares(subnet: SubnetDefinition): Record<string, number> {
  const entries = Object.entries(subnet.tasks);
  return Object.fromEntries(entries.map(([id, task]) => [id, task.share ?? 1 / entries.length]));
}
