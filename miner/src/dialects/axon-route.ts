import { pingSynapse, synapseName } from "@subnetkit/shared/subnet/axon-names";
import type { AnyTask } from "@subnetkit/shared/subnet";
import { whenReady } from "@subnetkit/shared/util/whenReady";
import type { FastifyInstance } from "fastify";
import { refusals } from "../admission/refusal.ts";
import { createGate } from "../server/admit.ts";
import { errorHandler } from "../server/answer-error.ts";
import { answerRequest } from "../server/answer-request.ts";
import type { TaskRouteModules } from "../server/task-route.ts";
import { axonRefusal } from "./axon-refusal.ts";

type SynapseRoute = { Params: { synapse: string } };

/**
 * `POST` and `GET /<Synapse>`, the paths of SDK 10: one per task, and the ping that every axon answers. Signature, permit and all other stages are the
 * same as on the native path. SDK 10 reads the body of a GET as well; here a GET has none, so that it can only ping.
 */
export function addAxonRoute(app: FastifyInstance, tasks: readonly AnyTask[], modules: TaskRouteModules): void {
  const taskOf = new Map(tasks.map((task) => [synapseName(task), task]));
  const gate = createGate(["axon"], modules, axonRefusal);

  app.route<SynapseRoute>({
    method: ["GET", "POST"],
    url: "/:synapse",
    errorHandler: errorHandler(modules, axonRefusal),
    onRequest: (request, reply, done) => {
      const { synapse } = request.params;
      if (synapse !== pingSynapse && !taskOf.has(synapse)) gate.refuse(reply, refusals.taskUnknown);
      else if (gate.head(request, reply, taskOf.get(synapse))) done();
    },
    handler: (request, reply) =>
      whenReady(gate.whole(request, reply), (passed) => {
        if (passed === undefined) return;
        const { admitted, wire } = passed;
        const task = taskOf.get(request.params.synapse);
        if (task !== undefined) return answerRequest(reply, { task, ...admitted }, wire, modules);
        modules.onOutcome("ping");
        return wire.answer(reply, { body: "{}", solveMs: 0, proven: admitted.proven });
      }),
  });
}
