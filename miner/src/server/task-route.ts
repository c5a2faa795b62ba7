import type { FastifyInstance } from "fastify";
import { refusals } from "../admission/refusal.ts";
import { type AdmitModules, createGate } from "./admit.ts";
import { type AnswerModules, answerRequest } from "./answer-request.ts";

/** What the task routes work with. */
export type TaskRouteModules = AnswerModules & AdmitModules;

type TaskRoute = { Params: { taskId: string } };

/** `POST /v1/tasks/<taskId>`: admission by headers, then by body, then the scheduler, the solver, and a signed answer. */
export function addTaskRoute(app: FastifyInstance, modules: TaskRouteModules): void {
  const { solvers } = modules;
  const gate = createGate(["btauth", "epistula", "tls"], modules);

  app.post<TaskRoute>("/v1/tasks/:taskId", {
    onRequest: (request, reply, done) => {
      if (solvers.task(request.params.taskId) === undefined) gate.refuse(reply, refusals.taskUnknown);
      else if (gate.head(request, reply)) done();
    },
    handler: async (request, reply) => {
      const task = solvers.task(request.params.taskId);
      if (task === undefined) return gate.refuse(reply, refusals.taskUnknown);
      const passed = await gate.whole(request, reply);
      return passed === undefined ? reply : answerRequest(reply, { task, ...passed.admitted }, passed.wire, modules);
    },
  });
}
