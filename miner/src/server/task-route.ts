import type { DialectName } from "@subnetkit/shared/protocol/dialect";
import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import type { Admission, Plausible } from "../admission/admission.ts";
import { type Refusal, refusals } from "../admission/refusal.ts";
import { type AnswerModules, answerRequest } from "./answer-request.ts";
import { sendRefusal } from "./reply.ts";
import type { Wire } from "./wire.ts";

/** What the task route works with. */
export type TaskRouteModules = AnswerModules & {
  readonly admission: Admission;
  /** The wire of each dialect this route speaks; a request in another one is refused. */
  readonly wires: Readonly<Partial<Record<DialectName, Wire>>>;
};

type TaskRoute = { Params: { taskId: string }; Body: Buffer };

/** `POST /v1/tasks/<taskId>`: admission by headers, then by body, then the queue, the solver, and a signed answer. */
export function addTaskRoute(app: FastifyInstance, modules: TaskRouteModules): void {
  const { admission, solvers, wires, onOutcome } = modules;
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
      const wire = wires[head.dialect.name];
      if (wire === undefined) return refuse(reply, refusals.malformed);
      const body = request.body ?? Buffer.alloc(0);
      const verdict = await admission.whole(head, {
        method: request.method,
        target: request.raw.url ?? "",
        headers: request.headers,
        body,
      });
      if (verdict.kind === "refused") {
        onOutcome(verdict.refusal.outcome);
        return wire.refuse(reply, verdict.refusal, verdict);
      }
      return answerRequest(reply, { task, body, ...verdict }, wire, modules);
    },
  });
}
