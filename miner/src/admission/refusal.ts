import { type ErrorCode, appError } from "@subnetkit/shared/errors/app-error";
import type { RequestOutcome } from "../metrics.ts";

/** A refusal, ready to send: everything about it is known before any request comes, so refusing costs no more than a write. */
export type Refusal = {
  readonly code: ErrorCode;
  readonly status: number;
  /** The metric's label: the stage that refuses. */
  readonly outcome: RequestOutcome;
  /** The JSON body. */
  readonly body: string;
  /** Whole seconds for `Retry-After`. */
  readonly retryAfterS?: number;
  /** Close the connection after the answer: only where the rest of the request must not be read. */
  readonly close?: boolean;
};

/** Every refusal the server can send. */
export const refusals = {
  taskUnknown: refusal("E_TASK_UNKNOWN", 404, "task"),
  tooLarge: { ...refusal("E_REQUEST_TOO_LARGE", 413, "size"), close: true },
  malformed: refusal("E_AUTH_MALFORMED", 401, "shape"),
  callerUnknown: refusal("E_CALLER_UNKNOWN", 403, "hotkey"),
  wrongReceiver: refusal("E_AUTH_RECEIVER", 401, "shape"),
  stale: refusal("E_AUTH_STALE", 401, "freshness"),
  tlsExpired: { ...refusal("E_TLS_EXPIRED", 401, "freshness"), close: true },
  denied: refusal("E_CALLER_DENIED", 403, "list"),
  addressDenied: refusal("E_CALLER_DENIED", 403, "address"),
  addressRate: { ...refusal("E_ADDRESS_RATE", 429, "address"), retryAfterS: 1 },
  forgeries: { ...refusal("E_ADDRESS_RATE", 429, "forgery"), retryAfterS: 1 },
  bodies: { ...refusal("E_MINER_BUSY", 503, "budget"), retryAfterS: 1 },
  noPermit: refusal("E_CALLER_NO_PERMIT", 403, "permit"),
  stakeTooLow: refusal("E_CALLER_STAKE", 403, "permit"),
  badSignature: refusal("E_AUTH_SIGNATURE", 401, "signature"),
  replayed: refusal("E_AUTH_REPLAY", 401, "replay"),
  replayStoreDown: { ...refusal("E_AUTH_REPLAY_STORE", 503, "replay"), retryAfterS: 1 },
  rate: { ...refusal("E_CALLER_RATE", 429, "rate"), retryAfterS: 1 },
  notJson: refusal("E_REQUEST_NOT_JSON", 400, "body"),
  complex: refusal("E_REQUEST_COMPLEX", 413, "body"),
  bodyHash: refusal("E_AUTH_BODY_HASH", 401, "signature"),
  schema: refusal("E_REQUEST_SCHEMA", 422, "body"),
  busy: { ...refusal("E_MINER_BUSY", 503, "queue"), retryAfterS: 1 },
  stopping: { ...refusal("E_MINER_STOPPING", 503, "stopping"), retryAfterS: 10, close: true },
  deregistered: { ...refusal("E_MINER_DEREGISTERED", 503, "stopping"), retryAfterS: 600, close: true },
  timeout: refusal("E_SOLVER_TIMEOUT", 504, "timeout"),
  modelDown: { ...refusal("E_MODEL_UNAVAILABLE", 503, "failed"), retryAfterS: 1 },
  failed: refusal("E_SOLVER_FAILED", 500, "failed"),
  badResponse: refusal("E_SOLVER_RESPONSE", 500, "failed"),
} as const satisfies Readonly<Record<string, Refusal>>;

function refusal(code: ErrorCode, status: number, outcome: RequestOutcome): Refusal {
  const { message, remedy } = appError(code);
  return { code, status, outcome, body: JSON.stringify({ error: { code, message, remedy } }) };
}
