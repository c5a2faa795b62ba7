import type { Keypair } from "@subnetkit/shared/crypto/keypair";
import type { Logger } from "@subnetkit/shared/log/logger";
import type { AnyTask } from "@subnetkit/shared/subnet";
import { assertNever } from "@subnetkit/shared/util/assertNever";
import { linkAbort } from "@subnetkit/shared/util/linkAbort";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import type { Admission, Plausible, Proven } from "../admission/admission.ts";
import type { Caller } from "../admission/callers.ts";
import { type Refusal, refusals } from "../admission/refusal.ts";
import type { RequestOutcome } from "../metrics.ts";
import type { WorkOutcome, WorkQueue } from "../scheduler/work-queue.ts";
import type { Answer } from "../solving/answer-task.ts";
import type { SolverHost } from "../solving/solver-host.ts";
import { sendRefusal, sendSigned } from "./reply.ts";

/** What the task route works with. */
export type TaskRouteModules = {
  readonly admission: Admission;
  readonly queue: WorkQueue;
  readonly solvers: SolverHost;
  readonly keypair: Keypair;
  readonly log: Logger;
  /** Fires when the miner stops and work under way is given up. */
  readonly signal: AbortSignal;
  readonly onOutcome: (outcome: RequestOutcome) => void;
  readonly onSolved: (task: string, solveMs: number) => void;
};

type TaskRoute = { Params: { taskId: string }; Body: Buffer };

/** `POST /v1/tasks/<taskId>`: admission by headers, then by body, then the queue, the solver, and a signed answer. */
export function addTaskRoute(app: FastifyInstance, modules: TaskRouteModules): void {
  const { admission, solvers, onOutcome } = modules;
  const plausible = new WeakMap<FastifyRequest<TaskRoute>, Plausible>();

  const refuse = (reply: FastifyReply, refusal: Refusal): FastifyReply => {
    onOutcome(refusal.outcome);
    return sendRefusal(reply, refusal);
  };

  app.post<TaskRoute>("/v1/tasks/:taskId", {
    onRequest: (request, reply, done) => {
      if (solvers.task(request.params.taskId) === undefined) {
        refuse(reply, refusals.taskUnknown);
        return;
      }
      const length = request.headers["content-length"];
      const verdict = admission.head({
        headers: request.headers,
        contentLength: length === undefined ? undefined : Number(length),
      });
      if (verdict.kind === "refused") {
        refuse(reply, verdict.refusal);
        return;
      }
      plausible.set(request, verdict);
      done();
    },
    handler: async (request, reply) => {
      const task = solvers.task(request.params.taskId);
      const head = plausible.get(request);
      if (task === undefined || head === undefined) return refuse(reply, refusals.taskUnknown);
      const verdict = await admission.whole(head, {
        method: request.method,
        target: request.raw.url ?? "",
        headers: request.headers,
        body: request.body ?? Buffer.alloc(0),
      });
      if (verdict.kind === "refused") {
        const { refusal, proven, retryAfterMs } = verdict;
        if (proven === undefined) return refuse(reply, refusal);
        return refuseSigned(reply, refusal, proven, modules, retryAfterMs);
      }
      return solveAndReply(request, reply, { task, caller: verdict.caller, proven: verdict.proven }, modules);
    },
  });
}

async function solveAndReply(
  request: FastifyRequest<TaskRoute>,
  reply: FastifyReply,
  { task, caller, proven }: { readonly task: AnyTask; readonly caller: Caller; readonly proven: Proven },
  modules: TaskRouteModules,
): Promise<FastifyReply> {
  const { queue, solvers, keypair, onOutcome, onSolved } = modules;
  const json = parseJson(request.body);
  if (json === undefined) return refuseSigned(reply, refusals.notJson, proven, modules);
  const parsed = solvers.parse(task, json.value);
  if (parsed === undefined) return refuseSigned(reply, refusals.schema, proven, modules);

  const deadlineMs = Date.now() + task.limits.timeoutMs;
  const giveUp = new AbortController();
  const { signal } = giveUp;
  const unlink = linkAbort(modules.signal, giveUp);
  let hungUp = false;
  const onHangUp = (): void => {
    hungUp = !reply.raw.writableFinished;
    if (hungUp) giveUp.abort(new Error("the caller hung up"));
  };
  reply.raw.once("close", onHangUp);
  try {
    const outcome = await queue.run(() => solvers.solve(task, parsed.request, { caller, deadlineMs, signal }), {
      deadlineMs,
      signal,
    });
    if (hungUp) {
      // Nobody reads this; answering ends the request for the server's own accounts.
      onOutcome("hung_up");
      return sendRefusal(reply, refusals.stopping);
    }
    const answer = outcome.kind === "done" ? outcome.value : undefined;
    if (answer?.kind === "answered") {
      onOutcome("answered");
      onSolved(task.id, answer.solveMs);
      return sendSigned(reply, { status: 200, body: answer.body }, { keypair, proven });
    }
    logFailure(task, answer, modules.log);
    return refuseSigned(reply, refusalOf(outcome), proven, modules);
  } finally {
    unlink();
    reply.raw.off("close", onHangUp);
  }
}

function refuseSigned(
  reply: FastifyReply,
  refusal: Refusal,
  proven: Proven,
  { keypair, onOutcome }: TaskRouteModules,
  retryAfterMs?: number,
): FastifyReply {
  onOutcome(refusal.outcome);
  const retryAfterS = retryAfterMs === undefined ? refusal.retryAfterS : Math.ceil(retryAfterMs / 1000);
  return sendSigned(reply, { status: refusal.status, body: refusal.body, retryAfterS }, { keypair, proven });
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
    case "failed":
    case "answered":
      return refusals.failed;
    default:
      return assertNever(answer, "an answer");
  }
}

/** The operator's own code failed: said in the log; what it said may repeat the caller's data and stays at debug. */
function logFailure(task: AnyTask, answer: Answer | undefined, log: Logger): void {
  if (answer?.kind !== "failed" && answer?.kind !== "badResponse") return;
  log.warn({ task: task.id, kind: answer.kind }, "a solver gave no usable answer");
  log.debug({ task: task.id, problem: answer.problem }, "why the solver gave no usable answer");
}

function parseJson(body: Buffer | undefined): { readonly value: unknown } | undefined {
  try {
    return { value: JSON.parse((body ?? Buffer.alloc(0)).toString("utf8")) as unknown };
  } catch {
    return undefined;
  }
}
