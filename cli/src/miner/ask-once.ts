import { sha256Hex } from "@subnetkit/shared/crypto/hash";
import type { Keypair, KeyScheme } from "@subnetkit/shared/crypto/keypair";
import { errorSpec, isErrorCode } from "@subnetkit/shared/errors/registry";
import { signRequest } from "@subnetkit/shared/protocol/btauth";
import { nextNonceNs } from "@subnetkit/shared/protocol/nonce";
import {
  responseHeaders,
  type VerifyResponseOptions,
  verifyResponse,
} from "@subnetkit/shared/protocol/response-signature";
import { deepestReply, isNestedWithin } from "@subnetkit/validator/round/nesting";
import { z } from "zod";
import { fetchBounded } from "./fetch-bounded.ts";
import { reasonOf } from "./describe-miner.ts";

/** The question, and whom it is for. */
export type OneRequest = {
  readonly url: string;
  readonly task: { readonly id: string; readonly timeoutMs: number; readonly maxResponseBytes: number };
  /** JSON text. */
  readonly requestJson: string;
  readonly keypair: Keypair;
  /** SS58 hotkey that the request is signed for. */
  readonly receiver: string;
  /** What that hotkey is expected to sign with. */
  readonly scheme: KeyScheme;
};

/** Whose the answer is: of this hotkey to this very request, the same by the scheme that is not expected of it, of nobody, or not what it says. */
export type SignatureState = "verified" | "other-scheme" | "none" | "wrong";

/** A refusal in the miner's own words. */
export type Refusal = {
  readonly code: string;
  readonly message: string;
  readonly remedy: string;
  readonly retryAfterS: number | undefined;
};

/** What came back. `value` is undefined where the body is no JSON, or nests deeper than a validator reads. */
export type Asked =
  | { readonly kind: "late"; readonly problem: string }
  | { readonly kind: "unreachable"; readonly problem: string }
  | { readonly kind: "too-large"; readonly status: number; readonly ms: number }
  | {
      readonly kind: "whole";
      readonly status: number;
      readonly ms: number;
      readonly signature: SignatureState;
      readonly text: string;
      readonly value: unknown;
      readonly refusal: Refusal | undefined;
    };

/** A validator hangs up at the limit of the task; here a little more is waited, to see how late the answer is. */
const PATIENCE_MS = 5_000;

/** A refusal may be longer than what a task allows its answers. */
const MIN_BYTES = 64 * 1024;

const refusalBody = z.object({ error: z.object({ code: z.string(), message: z.string().default("") }) });

/** Signs one request by btauth/1, sends it and verifies what comes back. Never throws on what the miner does. */
export async function askOnce({ url, task, requestJson, keypair, receiver, scheme }: OneRequest): Promise<Asked> {
  const target = `/v1/tasks/${task.id}`;
  const body = new Uint8Array(Buffer.from(requestJson, "utf8"));
  const nonceNs = nextNonceNs();
  const headers = {
    ...signRequest({ method: "POST", target, body, keypair, receiver, nonceNs }),
    "content-type": "application/json",
    accept: "application/json",
  };
  const bounds = {
    deadlineMs: task.timeoutMs + PATIENCE_MS,
    maxBytes: Math.max(task.maxResponseBytes, MIN_BYTES),
  };
  let got: Awaited<ReturnType<typeof fetchBounded>>;
  try {
    got = await fetchBounded(`${url}${target}`, { method: "POST", headers, body }, bounds);
  } catch (error) {
    const isLate = error instanceof Error && error.name === "TimeoutError";
    if (isLate) return { kind: "late", problem: `nothing within ${bounds.deadlineMs} ms` };
    return { kind: "unreachable", problem: reasonOf(error) };
  }
  if (got.kind === "too-large") return got;
  if (got.status === 200 && got.body.length > task.maxResponseBytes)
    return { kind: "too-large", status: got.status, ms: got.ms };
  const signed = { requestNonce: nonceNs, validator: keypair.address, target, requestSha256: sha256Hex(body) };
  const answer = { ...signed, headers: got.headers, miner: receiver, status: got.status, body: got.body };
  const text = got.body.toString("utf8");
  const value = jsonOf(text);
  return {
    kind: "whole",
    status: got.status,
    ms: got.ms,
    signature: signatureOf(answer, scheme),
    text,
    value,
    refusal: got.status === 200 ? undefined : refusalOf(value, got.headers["retry-after"]),
  };
}

function signatureOf(answer: VerifyResponseOptions, scheme: KeyScheme): SignatureState {
  if (answer.headers[responseHeaders.signature] === undefined) return "none";
  if (verifyResponse({ ...answer, scheme })) return "verified";
  return verifyResponse({ ...answer, scheme: otherScheme(scheme) }) ? "other-scheme" : "wrong";
}

/** The one that is not meant. */
export function otherScheme(scheme: KeyScheme): KeyScheme {
  return scheme === "sr25519" ? "ed25519" : "sr25519";
}

function jsonOf(text: string): unknown {
  try {
    const value: unknown = JSON.parse(text);
    return isNestedWithin(value, deepestReply) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** The words of a code that we know are ours, whoever sent it. */
function refusalOf(value: unknown, retryAfter: string | undefined): Refusal | undefined {
  const parsed = refusalBody.safeParse(value);
  if (!parsed.success) return undefined;
  const { code, message } = parsed.data.error;
  return {
    code,
    message,
    remedy: isErrorCode(code) ? errorSpec(code).remedy({}) : "",
    retryAfterS: /^\d{1,9}$/.test(retryAfter ?? "") ? Number(retryAfter) : undefined,
  };
}
