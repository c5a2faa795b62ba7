/**
 * JSON-RPC 2.0: one dispatch for both transports. Ids are echoed as they came, 0 and strings included; batches are answered as batches; a subscription's
 * id is on the wire before its first event (spec/json-rpc.md 1).
 */
import type { Logger } from "@subnetkit/shared/log/logger";
import type { Metrics } from "@subnetkit/shared/metrics/define";
import type { chainMetrics } from "../metrics.ts";
import { Continued, type MethodTable, Subscription } from "./method.ts";
import { Params } from "./params.ts";
import { internalError, invalidParams, invalidRequest, methodNotFound, parseError, RpcError } from "./rpc-error.ts";
import type { Subscriptions } from "./subscriptions.ts";

/** Requests in one batch. */
const MAX_BATCH = 256;

/** Answers one message. `reply` is called once, or not at all for a notification. */
export type Dispatch = (message: string, reply: (text: string) => void, caller?: Subscriptions) => Promise<void>;

/** What the dispatch reports to. */
export interface DispatchModules {
  readonly log: Logger;
  readonly metrics: Metrics<typeof chainMetrics>;
}

type Id = string | number | null;
interface Answer {
  readonly body: string;
  /** Starts what the answer promised; runs after the answer is sent. */
  readonly after?: () => void;
}

/** Makes the dispatch of a method table. */
export function createDispatch(methods: MethodTable, modules: DispatchModules): Dispatch {
  const table = new Map(Object.entries(methods));

  const answerOne = async (request: unknown, caller: Subscriptions | undefined): Promise<Answer | undefined> => {
    if (!isRequest(request)) return { body: errorBody(null, invalidRequest()) };
    const { id, method } = request;
    const run = table.get(method);
    const label = run === undefined ? "unknown" : method;
    try {
      if (run === undefined) throw methodNotFound();
      const result: unknown = await run(new Params(positional(request.params)), caller);
      // A notification cannot be told an id: what it would begin never begins.
      const answer = id === undefined ? undefined : answerOf(result, id, caller);
      modules.metrics.subnetkit_chain_rpc_requests_total.inc({ method: label, result: "ok" });
      return answer;
    } catch (thrown) {
      modules.metrics.subnetkit_chain_rpc_requests_total.inc({ method: label, result: "error" });
      if (!(thrown instanceof RpcError)) modules.log.error({ err: thrown, method: label }, "an RPC method threw");
      return id === undefined
        ? undefined
        : { body: errorBody(id, thrown instanceof RpcError ? thrown : internalError()) };
    }
  };

  return async (message, reply, caller) => {
    const parsed = parse(message);
    if (parsed === undefined) return reply(errorBody(null, parseError()));
    if (!Array.isArray(parsed)) {
      const answer = await answerOne(parsed, caller);
      if (answer !== undefined) send(reply, [answer], answer.body);
      return;
    }
    if (parsed.length === 0 || parsed.length > MAX_BATCH) return reply(errorBody(null, invalidRequest()));
    const answers: Answer[] = [];
    for (const request of parsed) {
      const answer = await answerOne(request, caller);
      if (answer !== undefined) answers.push(answer);
    }
    if (answers.length > 0) send(reply, answers, `[${answers.map((answer) => answer.body).join(",")}]`);
  };
}

function send(reply: (text: string) => void, answers: readonly Answer[], text: string): void {
  reply(text);
  for (const answer of answers) answer.after?.();
}

function answerOf(result: unknown, id: Id, caller: Subscriptions | undefined): Answer {
  if (result instanceof Subscription) return subscribed(result, id, caller);
  if (result instanceof Continued) return { body: resultBody(id, result.result), after: result.begin };
  return { body: resultBody(id, result) };
}

function subscribed(subscription: Subscription, id: Id, caller: Subscriptions | undefined): Answer {
  if (caller === undefined) throw new RpcError(-32_000, "Subscriptions need a WebSocket");
  const handle = caller.open(subscription);
  return { body: resultBody(id, handle.id), after: handle.start };
}

function parse(message: string): unknown {
  try {
    return JSON.parse(message);
  } catch {
    return undefined;
  }
}

interface Request {
  readonly id?: Id;
  readonly method: string;
  readonly params?: unknown;
}

function isRequest(value: unknown): value is Request {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return false;
  const { id, method } = value as Record<string, unknown>;
  return (
    typeof method === "string" && (id === undefined || id === null || typeof id === "string" || typeof id === "number")
  );
}

function positional(params: unknown): readonly unknown[] {
  if (params === undefined || params === null) return [];
  if (Array.isArray(params)) return params;
  throw invalidParams("parameters must be a list");
}

function resultBody(id: Id, result: unknown): string {
  return JSON.stringify({ jsonrpc: "2.0", id, result: result === undefined ? null : result });
}

function errorBody(id: Id, error: RpcError): string {
  const data = error.data === undefined ? {} : { data: error.data };
  return JSON.stringify({ jsonrpc: "2.0", id, error: { code: error.code, message: error.message, ...data } });
}
