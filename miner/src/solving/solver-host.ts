import type { Model } from "@subnetkit/shared/runtime/model-runtime";
import type { TextModel } from "@subnetkit/shared/runtime/text-model";
import type { AnyTask, SolverVariant, SubnetDefinition } from "@subnetkit/shared/subnet";
import { parseWith } from "@subnetkit/shared/subnet/parse-with";
import type { Later } from "@subnetkit/shared/util/whenReady";
import type { Caller } from "../admission/callers.ts";
import type { ModelStore } from "../runtime/model-store.ts";
import type { StopSignal } from "../scheduler/stop-signal.ts";
import { type Answer, answerTask } from "./answer-task.ts";
import type { ChunkSink } from "./collect-chunks.ts";

/** The tasks of a subnet with the solvers of one variant and its models behind them. */
export type SolverHost = {
  task(id: string): AnyTask | undefined;
  /** Parses a request with the task's schema; undefined when it does not fit, or nests too deep for the schema to say. */
  parse(task: AnyTask, json: unknown): { readonly request: unknown } | undefined;
  solve(
    task: AnyTask,
    request: unknown,
    context: {
      readonly caller: Caller;
      readonly deadlineMs: number;
      readonly signal: StopSignal;
      /** Gets the chunks of a solver that streams. */
      readonly onChunk?: ChunkSink | undefined;
      /** Told how long a solver goes on that was given up. */
      readonly onLeft?: ((ended: Promise<void>) => void) | undefined;
    },
  ): Later<Answer>;
};

/** Joins definition, solvers and models; each was checked when it was loaded. */
export function createSolverHost(modules: {
  readonly subnet: SubnetDefinition;
  readonly variant: SolverVariant;
  readonly models: ModelStore;
}): SolverHost {
  const { subnet, variant, models } = modules;
  const tasks = new Map(Object.entries(subnet.tasks));
  const model = (path: string): Promise<Model> => models.get(path);
  const textModel = (path: string): Promise<TextModel> => models.text(path);
  return {
    task: (id) => tasks.get(id),
    parse: (task, json) => {
      const parsed = parseWith(task.request, json);
      return parsed && { request: parsed.data };
    },
    solve: (task, request, { caller, deadlineMs, signal, onChunk, onLeft }) => {
      const solve = variant.solvers[task.id];
      if (solve === undefined) return { kind: "failed", problem: "there is no solver for this task" };
      const validator = { hotkey: caller.hotkey, stakeRao: caller.stakeRao };
      return answerTask({
        task,
        solve,
        request,
        env: { model, textModel, random: Math.random, validator },
        deadlineMs,
        signal,
        onChunk,
        onLeft,
      });
    },
  };
}
