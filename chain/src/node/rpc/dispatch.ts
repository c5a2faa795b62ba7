/**
 * JSON-RPC 2.0: one dispatch for both transports. Ids are echoed as they came, 0 and strings included; batches are answered as batches; a subscription's
 * id is on the wire before its first event (spec/json-rpc.md 1). Limits and codes are those of the real node's server.
 */
import { setImmediate as yieldToLoop, setTimeout as wait } from "node:timers/promises";
import type { Logger } from "@subnetkit/shared/log/logger";
import type { Metrics } from "@subnetkit/shared/metrics/define";
import type { chainMetrics } from "../metrics.ts";
import { type FaultEffect, RpcFaults } from "./faults.ts";
import { Continued, type MethodTable, Subscription } from "./method.ts";
import { Params } from "./params.ts";
import {
  batchTooLarge,
  internalError,
  invalidParams,
  invalidRequest,
  methodNotFound,
  parseError,
  responseTooBig,
  RpcError,
} from "./rpc-error.ts";
import type { Subscriptions } from "./subscriptions.ts";

/** Requests in one batch. */
const MAX_BATCH = 1_024;
/** Requests of a batch answered before the event loop turns. */
const BATCH_STEP = 32;
/** Largest answer, characters of JSON: the real node's 15 MiB. Development verbs may say more. */
const MAX_RESPONSE_CHARS = 15 * 1024 * 1024;
/** Arrays and objects inside each other: the real node's parser gives up here. */
const MAX_DEPTH = 127;

/** What became of a message: answered, nothing to answer, the answer lost on purpose, or the connection to be cut on purpose. */
export type Dispatched = "answered" | "silent" | "lost" | "cut";

/** Answers one message. `reply` is called once where the message is answered. */
export type Dispatch = (message: string, reply: (text: string) => void, caller?: Subscriptions) => Promise<Dispatched>;

/** What the dispatch reports to. */
export interface DispatchModules {
  readonly log: Logger;
  readonly metrics: Metrics<typeof chainMetrics>;
  /** None where absent. */
  readonly faults?: RpcFaults;
}

type Id = string | number | null;
interface Answer {
  readonly body: string;
  /** Starts what the answer promised; runs after the answer is sent. */
  readonly after?: () => void;
}
type Answered = Answer | "silent" | "lost" | "cut";

/** Makes the dispatch of a method table. */
export function createDispatch(methods: MethodTable, modules: DispatchModules): Dispatch {
  const table = new Map(Object.entries(methods));
  const faults = modules.faults ?? new RpcFaults();

  const resultOf = async (
    { method, params }: Request,
    caller: Subscriptions | undefined,
    fault: FaultEffect | undefined,
  ): Promise<unknown> => {
    const run = table.get(method);
    if (run === undefined) throw methodNotFound();
    if (fault?.kind === "error") throw new RpcError(fault.code, fault.message);
    const result: unknown = await run(new Params(positional(params)), caller);
    if (fault?.kind === "delay") await wait(fault.delayMs, undefined, { ref: false });
    return result;
  };

  const answerOne = async (given: unknown, caller: Subscriptions | undefined): Promise<Answered> => {
    const request = requestOf(given);
    if ("refused" in request) return { body: errorBody(request.refused, invalidRequest()) };
    const { id, method } = request;
    const known = table.has(method);
    const label = known ? method : "unknown";
    const fault = known ? faults.onRequest(method) : undefined;
    if (fault?.kind === "close") return "cut";
    try {
      const result = await resultOf(request, caller, fault);
      modules.metrics.subnetkit_chain_rpc_requests_total.inc({ method: label, result: "ok" });
      if (fault?.kind === "drop") return "lost";
      // A notification cannot be told an id: what it would begin never begins.
      return id === undefined ? "silent" : answerOf(muted(result, method, faults), id, method, caller);
    } catch (thrown) {
      modules.metrics.subnetkit_chain_rpc_requests_total.inc({ method: label, result: "error" });
      if (!(thrown instanceof RpcError)) modules.log.error({ err: thrown, method: label }, "an RPC method threw");
      if (fault?.kind === "drop") return "lost";
      return id === undefined
        ? "silent"
        : { body: errorBody(id, thrown instanceof RpcError ? thrown : internalError()) };
    }
  };

  const answerBatch = async (
    batch: readonly unknown[],
    reply: (text: string) => void,
    caller: Subscriptions | undefined,
  ): Promise<Dispatched> => {
    const answers: Answer[] = [];
    let size = 0;
    let lost = false;
    for (const [at, request] of batch.entries()) {
      if (at % BATCH_STEP === BATCH_STEP - 1) await yieldToLoop();
      const answer = await answerOne(request, caller);
      if (answer === "cut") return "cut";
      lost ||= answer === "lost";
      if (typeof answer === "string") continue;
      answers.push(answer);
      size += answer.body.length;
      if (size > MAX_RESPONSE_CHARS) return error(reply, responseTooBig(MAX_RESPONSE_CHARS, true));
    }
    if (answers.length === 0) return lost ? "lost" : "silent";
    return send(reply, answers, `[${answers.map((answer) => answer.body).join(",")}]`);
  };

  return async (message, reply, caller) => {
    const parsed = parse(message);
    if (parsed === undefined) return error(reply, parseError());
    if (!Array.isArray(parsed)) {
      const answer = await answerOne(parsed, caller);
      return typeof answer === "string" ? answer : send(reply, [answer], answer.body);
    }
    if (parsed.length === 0) return error(reply, invalidRequest());
    if (parsed.length > MAX_BATCH) return error(reply, batchTooLarge(MAX_BATCH));
    return answerBatch(parsed, reply, caller);
  };
}

function error(reply: (text: string) => void, problem: RpcError): "answered" {
  reply(errorBody(null, problem));
  return "answered";
}

function send(reply: (text: string) => void, answers: readonly Answer[], text: string): "answered" {
  reply(text);
  for (const answer of answers) answer.after?.();
  return "answered";
}

/** A subscription whose events faults may swallow. */
function muted(result: unknown, method: string, faults: RpcFaults): unknown {
  if (!(result instanceof Subscription)) return result;
  const { notification, start } = result;
  return new Subscription(notification, (push, id, finish) =>
    start(
      (event) => {
        if (!faults.onEvent(method)) push(event);
      },
      id,
      finish,
    ),
  );
}

function answerOf(result: unknown, id: Id, method: string, caller: Subscriptions | undefined): Answer {
  if (result instanceof Subscription) return subscribed(result, id, caller);
  if (result instanceof Continued) return { body: resultBody(id, method, result.result), after: result.begin };
  return { body: resultBody(id, method, result) };
}

function subscribed(subscription: Subscription, id: Id, caller: Subscriptions | undefined): Answer {
  if (caller === undefined) throw new RpcError(-32_000, "Subscriptions need a WebSocket");
  const handle = caller.open(subscription);
  return { body: resultBody(id, subscription.notification, handle.id), after: handle.start };
}

function parse(message: string): unknown {
  try {
    const value: unknown = JSON.parse(message);
    return isShallow(value, MAX_DEPTH) ? value : undefined;
  } catch {
    return undefined;
  }
}

function isShallow(value: unknown, depth: number): boolean {
  if (typeof value !== "object" || value === null) return true;
  if (depth === 0) return false;
  for (const inner of Array.isArray(value) ? (value as unknown[]) : Object.values(value))
    if (!isShallow(inner, depth - 1)) return false;
  return true;
}

interface Request {
  readonly id?: Id;
  readonly method: string;
  readonly params?: unknown;
}

/** A request, or the id to refuse it with. */
function requestOf(value: unknown): Request | { readonly refused: Id } {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return { refused: null };
  const { jsonrpc, id, method, params } = value as Record<string, unknown>;
  const validId = id === undefined || isId(id);
  if (!validId || jsonrpc !== "2.0" || typeof method !== "string") return { refused: isId(id) ? id : null };
  return { ...(id === undefined ? {} : { id }), method, params };
}

/** Ids a real node takes: text, whole numbers from 0, null. */
const isId = (id: unknown): id is Id =>
  id === null || typeof id === "string" || (typeof id === "number" && Number.isSafeInteger(id) && id >= 0);

function positional(params: unknown): readonly unknown[] {
  if (params === undefined || params === null) return [];
  if (Array.isArray(params)) return params;
  throw invalidParams("parameters must be a list");
}

function resultBody(id: Id, method: string, result: unknown): string {
  const body = JSON.stringify({ jsonrpc: "2.0", id, result: result === undefined ? null : result });
  return body.length > MAX_RESPONSE_CHARS && !method.startsWith("dev_")
    ? errorBody(id, responseTooBig(MAX_RESPONSE_CHARS, false))
    : body;
}

function errorBody(id: Id, problem: RpcError): string {
  const data = problem.data === undefined ? {} : { data: problem.data };
  return JSON.stringify({ jsonrpc: "2.0", id, error: { code: problem.code, message: problem.message, ...data } });
}
