import { appError } from "../errors/app-error.ts";
import { axonNamesProblem } from "./axon-names.ts";
import { isRecord } from "./is-record.ts";
import { isTaskId } from "./identifiers.ts";

/** Bounds of the limits of a task, both ends included. */
export const taskLimitBounds = {
  timeoutMs: { min: 50, max: 600_000 },
  maxResponseBytes: { min: 1, max: 16 * 1024 * 1024 },
} as const;

/**
 * Checks everything about a task that types cannot, or that a module compiled elsewhere may have got past them.
 * Throws E_TASK_ID, E_TASK_SCHEMA, E_TASK_LIMITS, E_TASK_SHARE, E_TASK_AXON or E_TASK_FUNCTION.
 */
export function checkTask(task: unknown): void {
  if (!isRecord(task))
    throw appError("E_TASK_FUNCTION", { field: "the task", problem: "is not an object made by defineTask" });
  const id = task["id"];
  if (!isTaskId(id)) throw appError("E_TASK_ID", { task: id });
  for (const field of ["request", "response"]) {
    if (!isSchema(task[field])) throw appError("E_TASK_SCHEMA", { task: id, field });
  }
  checkLimits(id, task["limits"]);
  const share = task["share"];
  if (share !== undefined && !(typeof share === "number" && share > 0 && share <= 1)) {
    throw appError("E_TASK_SHARE", { task: id, problem: "the share must be above 0 and at most 1" });
  }
  const names = axonNamesProblem(task["axon"]);
  if (names !== undefined) throw appError("E_TASK_AXON", { task: id, problem: names });
  checkStreaming(id, task["streaming"], task["axon"]);
  if (typeof task["challenge"] !== "function") throw appError("E_TASK_FUNCTION", { task: id, field: "challenge" });
  checkScorer(id, task["scorer"]);
}

function checkLimits(id: string, limits: unknown): void {
  for (const [limit, { min, max }] of Object.entries(taskLimitBounds)) {
    const value = isRecord(limits) ? limits[limit] : undefined;
    if (!(typeof value === "number" && Number.isInteger(value) && value >= min && value <= max)) {
      throw appError("E_TASK_LIMITS", { task: id, limit, min, max });
    }
  }
}

function checkStreaming(id: string, streaming: unknown, axon: unknown): void {
  if (streaming === undefined) {
    if (isRecord(axon) && axon["stream"] === true)
      throw appError("E_TASK_AXON", { task: id, problem: "axon.stream is for tasks that have `streaming`" });
    return;
  }
  const { chunk, assemble } = isRecord(streaming) ? streaming : {};
  if (!isSchema(chunk)) throw appError("E_TASK_SCHEMA", { task: id, field: "streaming.chunk" });
  if (assemble !== undefined && typeof assemble !== "function") {
    throw appError("E_TASK_FUNCTION", { task: id, field: "streaming.assemble", problem: "is not a function" });
  }
}

function checkScorer(id: string, scorer: unknown): void {
  if (!isRecord(scorer)) throw appError("E_TASK_FUNCTION", { task: id, field: "scorer" });
  if (scorer["kind"] !== "each" && scorer["kind"] !== "round") {
    throw appError("E_TASK_FUNCTION", { task: id, field: "scorer.kind", problem: 'is neither "each" nor "round"' });
  }
  if (typeof scorer["score"] !== "function") throw appError("E_TASK_FUNCTION", { task: id, field: "scorer.score" });
  const field = "scorer.organic";
  const { organic, kind } = scorer;
  if (organic !== undefined && typeof organic !== "function")
    throw appError("E_TASK_FUNCTION", { task: id, field, problem: "is not a function" });
  // A user's request goes to one miner: there are no replies beside it to compare.
  if (organic !== undefined && kind !== "each")
    throw appError("E_TASK_FUNCTION", { task: id, field, problem: 'wants a scorer of kind "each"' });
}

/** By shape and not by class: the module may carry a zod of its own. */
function isSchema(value: unknown): boolean {
  return typeof value === "object" && value !== null && "safeParse" in value && typeof value.safeParse === "function";
}
