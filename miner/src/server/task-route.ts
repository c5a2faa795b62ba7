import type { AnyTask } from "@subnetkit/shared/subnet";
import { whenReady } from "@subnetkit/shared/util/whenReady";
import type { FastifyInstance } from "fastify";
import { type AdmitModules, createGate } from "./admit.ts";
import { type AnswerModules, answerRequest } from "./answer-request.ts";

/** What the task routes work with. */
export type TaskRouteModules = AnswerModules & AdmitModules;

/**
 * `POST /v1/tasks/<taskId>`, a route for each task: admission by headers, then by body, then the scheduler, the solver, and a signed answer. What need
 * not wait happens in one turn; the handler promises something only where a store, a place or a solver has to be waited for.
 */
export function addTaskRoutes(app: FastifyInstance, tasks: readonly AnyTask[], modules: TaskRouteModules): void {
  const gate = createGate(["btauth", "epistula", "tls"], modules);
  for (const task of tasks)
    app.post(`/v1/tasks/${task.id}`, {
      onRequest: (request, reply, done) => {
        if (gate.head(request, reply, task.id)) done();
      },
      handler: (request, reply) =>
        whenReady(gate.whole(request, reply), (passed) => {
          if (passed === undefined) return;
          return answerRequest(reply, { task, ...passed.admitted }, passed.wire, modules);
        }),
    });
}
