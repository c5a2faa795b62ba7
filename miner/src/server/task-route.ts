import type { IncomingMessage, RequestListener, ServerResponse } from "node:http";
import type { AnyTask } from "@subnetkit/shared/subnet";
import { type Later, whenReady } from "@subnetkit/shared/util/whenReady";
import { type Refusal, refusals } from "../admission/refusal.ts";
import { type AdmitModules, createGate, releaseBody } from "./admit.ts";
import { type AnswerModules, answerRequest } from "./answer-request.ts";
import { collectTurn } from "./collect-turn.ts";
import { keepAliveLines } from "./direct-reply.ts";
import type { ServerLimits } from "./limits.ts";
import { outcomeOf, readBody } from "./read-body.ts";
import { type Reply, type Request, sendRefusal } from "./reply.ts";
import { isEndless } from "./unread-body.ts";

/** What the task routes work with. */
export type TaskRouteModules = AnswerModules & AdmitModules;

/** A request and its reply, as much of each as admission and answers need. */
class Exchange implements Reply {
  readonly raw: ServerResponse;
  readonly request: Request & { body: Buffer };
  readonly keepAlive: string;

  constructor(request: IncomingMessage, response: ServerResponse, keepAlive: string) {
    this.raw = response;
    this.keepAlive = keepAlive;
    this.request = { raw: request, body: noBytes };
  }

  /** Nobody else has it. */
  hijack(): void {}
}

const noBytes = Buffer.alloc(0);

/** Whom to refuse by the headers. */
type RefusedHead = {
  readonly reply: Reply;
  readonly refusal: Refusal;
  readonly retryAfterMs: number | undefined;
};

/** Requests that are checked one after the other before anything else is read: some five milliseconds. */
const mostAtOnce = 32;

/**
 * `POST /v1/tasks/<taskId>`: admission by headers, then by body, then the scheduler, the solver, and a signed answer. What need not wait happens in one
 * turn; something is promised only where a store, a place or a solver has to be waited for. In front of the framework, whose routing, hooks and parsing of
 * bodies cost a third of what a request takes and do nothing for these; `otherwise` gets whatever else is asked for.
 */
export function taskRoutes(
  tasks: readonly AnyTask[],
  limits: Pick<ServerLimits, "maxBodyBytes" | "keepAliveTimeoutMs">,
  modules: TaskRouteModules,
  otherwise: RequestListener,
): RequestListener {
  const refuse = collectTurn<RefusedHead>(mostAtOnce, (all) => {
    for (const { reply, refusal, retryAfterMs } of all) {
      try {
        sendRefusal(reply, refusal, retryAfterMs);
      } catch (error) {
        modules.log.error({ err: error }, "the server failed on a refusal");
        reply.raw.destroy();
      }
    }
  });
  const send = (reply: Reply, refusal: Refusal, retryAfterMs?: number): void => {
    // At once where nobody knows how long the body is: what is wrong with that would be told first, and what follows it would be answered.
    if (isEndless(reply.raw.req)) sendRefusal(reply, refusal, retryAfterMs);
    else refuse({ reply, refusal, retryAfterMs });
  };
  const gate = createGate(["btauth", "epistula", "tls"], { ...modules, send });
  const keepAlive = keepAliveLines(limits);
  const taskAt = new Map(tasks.map((task) => [`/v1/tasks/${task.id}`, task]));

  /** Ends a request that broke on the way, or on which we failed, unless it was answered. */
  const abandon = (exchange: Exchange, refusal: Refusal): void => {
    releaseBody(exchange.request);
    modules.onOutcome(outcomeOf(refusal, exchange.raw.req));
    if (exchange.raw.headersSent || exchange.raw.writableEnded) exchange.raw.destroy();
    else sendRefusal(exchange, refusal);
  };

  const fail = (exchange: Exchange, error: unknown): void => {
    modules.log.error({ err: error }, "the server failed on a request");
    abandon(exchange, refusals.failed);
  };

  /** Takes a step of an exchange; one that fails answers it. */
  const step = <T>(exchange: Exchange, take: () => Later<T>): Later<T | undefined> => {
    try {
      const taken = take();
      if (!(taken instanceof Promise)) return taken;
      return taken.catch((error: unknown) => {
        fail(exchange, error);
        return undefined;
      });
    } catch (error) {
      fail(exchange, error);
      return undefined;
    }
  };

  const answer = collectTurn<{ readonly exchange: Exchange; readonly task: AnyTask }>(mostAtOnce, (asked) => {
    const checked = asked.map(({ exchange }) => step(exchange, () => gate.whole(exchange.request, exchange)));
    for (const [i, { exchange, task }] of asked.entries())
      void whenReady(checked[i], (passed) =>
        passed === undefined
          ? undefined
          : step(exchange, () => answerRequest(exchange, { task, ...passed.admitted }, passed.wire, modules)),
      );
  });

  return (request, response) => {
    const task = request.method === "POST" ? taskAt.get(pathOf(request.url ?? "")) : undefined;
    if (task === undefined) return otherwise(request, response);
    const exchange = new Exchange(request, response, keepAlive);
    try {
      if (!gate.head(exchange.request, exchange, task)) return;
    } catch (error) {
      return fail(exchange, error);
    }
    readBody(request, limits.maxBodyBytes, {
      whole: (body) => {
        exchange.request.body = body;
        answer({ exchange, task });
      },
      broken: (refusal) => abandon(exchange, refusal),
    });
  };
}

function pathOf(target: string): string {
  const end = target.indexOf("?");
  return end < 0 ? target : target.slice(0, end);
}
