import type { z } from "zod";
import type { Model } from "../runtime/model-runtime.ts";
import type { TextModel } from "../runtime/text-model.ts";
import type { SubnetDefinition } from "./define-subnet.ts";
import type { AnyTask } from "./define-task.ts";
import type { ModelEntry } from "./model-entry.ts";
import type { ChunksOf } from "./streaming.ts";

/** What a miner gives its solvers. */
export type SolverEnv = {
  /** A model of the variant's `models`, by the same path; loaded and warmed before the axon is announced. Rejects for any other path. */
  model(path: string): Promise<Model>;
  /** The same for a model that writes text. */
  textModel(path: string): Promise<TextModel>;
  /**
   * Fires when the answer is no longer wanted: the deadline passed, the validator hung up, the miner stops. Made when it is first read, so read it from
   * `env`: a copy made by `{ ...env }` has none.
   */
  readonly signal: AbortSignal;
  /** A random number in [0, 1). */
  random(): number;
  /** Who asks, as the metagraph knows it. */
  readonly validator: { readonly hotkey: string; readonly stakeRao: bigint };
};

/** Answers the requests of one task; for a task that streams, also as an async generator of its chunks. */
export type Solver<T extends AnyTask = AnyTask> = (
  request: z.output<T["request"]>,
  env: SolverEnv,
) => z.input<T["response"]> | Promise<z.input<T["response"]>> | ChunksOf<T>;

/** One solver per task of a subnet: a missing one, or one that returns another shape, does not compile. */
export type Solvers<S extends SubnetDefinition> = { readonly [K in keyof S["tasks"]]: Solver<S["tasks"][K]> };

/** Solvers of a subnet that is known only at run time. As a method, because each accepts less than `unknown`: call it with a request its task's schema parsed. */
export type AnySolvers = { readonly [task: string]: { solve(request: unknown, env: SolverEnv): unknown }["solve"] };

/** A named way to mine: its solvers, and the models they need. */
export type SolverVariant<S = AnySolvers> = {
  /** What the terminal shows, at most 40 characters. */
  readonly label: string;
  readonly solvers: S;
  /** The models it needs: files in the subnet's folder by their path there, or where else to get them. Loaded and warmed before the axon is announced. */
  readonly models?: readonly ModelEntry[];
};

/** Types the solvers of a subnet: `defineSolvers<typeof subnet>({ ... })`. Missing functions are found at load time as well (E_SOLVER_MISSING). */
export function defineSolvers<S extends SubnetDefinition>(solvers: Solvers<S>): Solvers<S> {
  return Object.freeze({ ...solvers });
}

/** Types a table of variants by name: `defineVariants<typeof subnet>({ large: { label, solvers, models } })`. */
export function defineVariants<S extends SubnetDefinition>(
  variants: Readonly<Record<string, SolverVariant<Solvers<S>>>>,
): Readonly<Record<string, SolverVariant<Solvers<S>>>> {
  return Object.freeze({ ...variants });
}
