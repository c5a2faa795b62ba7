import type { Logger } from "@subnetkit/shared/log/logger";
import type { AnyTask } from "@subnetkit/shared/subnet";
import { assertNever } from "@subnetkit/shared/util/assertNever";
import { type Later, whenReady } from "@subnetkit/shared/util/whenReady";
import type { Proven } from "../admission/admission.ts";
import type { Caller } from "../admission/callers.ts";
import { type Refusal, refusals } from "../admission/refusal.ts";
import type { RequestOutcome } from "../metrics.ts";
import type { Scheduler, WorkOutcome } from "../scheduler/scheduler.ts";
import type { Answer } from "../solving/answer-task.ts";
import type { SolverHost } from "../solving/solver-host.ts";
import { CallerSignal } from "./caller-signal.ts";
import { logFailure } from "./failure-log.ts";
import type { Reply } from "./reply.ts";
import { createStreamReply } from "./stream-reply.ts";
import type { Wire } from "./wire.ts";

/** What answering works with. */
export type AnswerModules = {
  readonly scheduler: Scheduler;
  readonly solvers: SolverHost;
  readonly log: Logger;
  /** Fires when the miner stops and work under way is given up. */
  readonly signal: AbortSignal;
  readonly onOutcome: (outcome: RequestOutcome) => void;
  readonly onSolved: (task: string, solveMs: number) => void;
};

/** An admitted request. */
export type AdmittedRequest = {
  readonly task: AnyTask;
  readonly caller: Caller;
  readonly proven: Proven;
  /** How long the caller says it waits, milliseconds: unsigned, so it can only shorten the task's own limit. */
  readonly timeoutMs?: number | undefined;
};

/** When an answer is worthless, unix milliseconds, for a request that comes now. */
export function deadlineOf(task: AnyTask, timeoutMs = Number.POSITIVE_INFINITY): number {
  return Date.now() + Math.min(task.limits.timeoutMs, timeoutMs);
}

/**
 * From an admitted request to the last byte of its reply: read, parse, queue, solve, answer; whatever happens is counted once. Where caller and task
 * stream, chunks are sent while the solver makes them, and the end of the stream says what the status would have said.
 */
export function answerRequest(
  reply: Reply,
  { task, caller, proven, timeoutMs }: AdmittedRequest,
  wire: Wire,
  modules: AnswerModules,
): Later<void> {
  const { scheduler, solvers, onOutcome, onSolved } = modules;
  const framing = wire.stream?.(task, proven);
  const stream = framing === undefined ? undefined : createStreamReply(reply, framing);
  const refuse = (refusal: Refusal, retryAfterMs?: number): void => {
    onOutcome(refusal.outcome);
    if (stream?.started() === true) stream.end(refusal.status, refusal.code);
    else wire.refuse(reply, refusal, { proven, retryAfterMs });
  };
  const read = wire.read(task);
  if (!("kind" in read)) return refuse(read);
  const parsed = solvers.parse(task, read.value);
  if (parsed === undefined) return refuse(refusals.schema);

  const { socket } = reply.raw.req;
  const signal = new CallerSignal(socket, modules.signal);
  const deadlineMs = deadlineOf(task, timeoutMs);
  const outcome = scheduler.run(
    (onLeft) => solvers.solve(task, parsed.request, { caller, deadlineMs, signal, onChunk: stream?.send, onLeft }),
    { owner: caller, group: task.id, deadlineMs, signal },
  );
  return whenReady(outcome, (outcome) => {
    if (socket.destroyed) {
      // Nobody reads this; answering ends the request for the server's own accounts.
      onOutcome("hung_up");
      if (stream?.started() !== true) wire.refuse(reply, refusals.stopping, {});
      return;
    }
    const answer = outcome.kind === "done" ? outcome.value : undefined;
    if (answer?.kind === "answered") {
      onOutcome("answered");
      onSolved(task.id, answer.solveMs);
      if (stream?.started() === true) stream.end(200);
      else wire.answer(reply, { body: answer.body, solveMs: answer.solveMs, proven });
      return;
    }
    if (answer !== undefined && "problem" in answer) logFailure(task.id, answer, modules.log);
    refuse(refusalOf(outcome), "retryAfterMs" in outcome ? Math.max(outcome.retryAfterMs, 1) : undefined);
  });
}

/** The refusal for every end of queued work but an answer. */
function refusalOf(outcome: WorkOutcome<Answer>): Refusal {
  switch (outcome.kind) {
    case "full":
    case "late":
      return refusals.busy;
    case "gone":
    case "stopping":
      return refusals.stopping;
    case "done":
      return refusalOfAnswer(outcome.value);
    default:
      return assertNever(outcome, "the end of queued work");
  }
}

function refusalOfAnswer(answer: Answer): Refusal {
  switch (answer.kind) {
    case "timeout":
      return refusals.timeout;
    case "aborted":
      return refusals.stopping;
    case "badResponse":
      return refusals.badResponse;
    case "unavailable":
      return refusals.modelDown;
    case "failed":
    case "answered":
      return refusals.failed;
    default:
      return assertNever(answer, "an answer");
  }
}
