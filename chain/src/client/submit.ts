import type { ExtrinsicEra } from "@polkadot/types/interfaces/extrinsics";
import type { Call as RuntimeCall } from "@polkadot/types/interfaces/runtime";
import type { Keypair } from "@subnetkit/shared/crypto/keypair";
import { appError, isAppError } from "@subnetkit/shared/errors/app-error";
import type { Logger } from "@subnetkit/shared/log/logger";
import { assertNever } from "@subnetkit/shared/util/assertNever";
import { withTimeout } from "@subnetkit/shared/util/withTimeout";
import { type Call, callName } from "./call.ts";
import type { BlockRef, ChainClient } from "./chain-client.ts";
import { type ChainEvent, type DispatchError, type Inclusion, readInclusion } from "./inclusion.ts";
import { decodeRefusal } from "./refusal.ts";
import { signerOf } from "./signer.ts";
import { type TrackedEnd, trackExtrinsic } from "./track.ts";

export type { ChainEvent, DispatchError } from "./inclusion.ts";

/** How to submit. */
export type SubmitOptions = {
  /** From now to the end of waiting; after it the answer is `timedOut`. Default 60,000. */
  readonly deadlineMs?: number;
  /** Rao. Raised once by itself when the pool says that the priority is too low. */
  readonly tip?: bigint;
  /** What to wait for. Default "inBlock". */
  readonly wait?: "inBlock" | "finalized";
  /** Use this nonce and no other: of two submissions that share a nonce the chain takes one at most. Default: the account's next one. */
  readonly nonce?: number;
  /** Told of what was signed before the node hears of it, and waited for; when it rejects, nothing is sent and the submission rejects too. */
  readonly onSigned?: (signed: SignedExtrinsic) => Promise<void>;
  readonly log: Logger;
  readonly signal?: AbortSignal;
};

/** A signed extrinsic that is about to be handed over. */
export type SignedExtrinsic = { readonly txHash: string; readonly nonce: number };

/** The block an extrinsic landed in, its events and its fee (rao). */
export type Included = {
  readonly txHash: string;
  readonly blockHash: string;
  readonly blockNumber: number;
  readonly events: readonly ChainEvent[];
  readonly feeRao: bigint;
};

/** What became of a submission. Exactly one of these; nothing is thrown for what the chain decides. */
export type Submission =
  | ({ readonly kind: "included" } & Included)
  | ({ readonly kind: "finalized" } & Included)
  | ({ readonly kind: "dispatchFailed"; readonly error: DispatchError; readonly remedy: string } & Included)
  | {
      readonly kind: "rejected";
      /** JSON-RPC code of the pool. */
      readonly code: number;
      /** N of the chain's "Custom error: N". */
      readonly customCode?: number;
      readonly name: string;
      readonly message: string;
      readonly remedy: string;
    }
  | { readonly kind: "dropped"; readonly txHash: string; readonly reason: string }
  | { readonly kind: "timedOut"; readonly txHash: string | undefined; readonly afterMs: number };

/** How long a signature stays valid, in blocks; a power of two. An extrinsic that is not included by then never will be. */
const eraBlocks = 64;

/**
 * Signs, submits and follows one call until the chain has decided, and never longer than the deadline.
 *
 * Several submissions of one key may be under way: reading the nonce, signing and handing over is one at a time per key and client (the pool
 * counts what it holds), the waiting is not. A used nonce or "priority too low" (1014, another process signs with the same key) is tried
 * once more with a fresh nonce and a raised tip. Throws only E_ABORTED, E_CHAIN_CALL_UNKNOWN and E_CHAIN_SHAPE.
 */
export async function submitCall(
  client: ChainClient,
  call: Call,
  keypair: Keypair,
  options: SubmitOptions,
): Promise<Submission> {
  const { deadlineMs = 60_000, wait = "inBlock", log, signal } = options;
  const startedMs = Date.now();
  const leftMs = (): number => Math.max(0, deadlineMs - (Date.now() - startedMs));
  const name = callName(call);
  let tip = options.tip ?? 0n;
  for (let attempt = 0; ; attempt++) {
    const handed = await inTime(
      inLane(client, keypair.address, () => handOver(client, call, keypair, { ...options, tip, leftMs })),
      leftMs(),
      signal,
    );
    switch (handed.kind) {
      case "late":
        log.warn({ call: name, deadlineMs }, "the chain did not take a call within its deadline");
        return { kind: "timedOut", txHash: undefined, afterMs: Date.now() - startedMs };
      case "refused": {
        const refusal = decodeRefusal(handed.error);
        const again = options.nonce === undefined ? retriable : retriableWithNonce;
        if (attempt === 0 && again.has(refusal.name) && leftMs() > 0) {
          tip = raisedTip(tip);
          log.debug(
            { call: name, refusal: refusal.name, tip: String(tip) },
            "submitting a call again with a fresh nonce",
          );
          continue;
        }
        log.debug({ call: name, refusal: refusal.name, customCode: refusal.customCode }, "the chain refused a call");
        return { kind: "rejected", ...refusal };
      }
      case "watched": {
        const end = await handed.tracker.end({ wait, leftMs, ...(signal === undefined ? {} : { signal }) });
        return await settle(client, end, { txHash: handed.txHash, startedMs, leftMs });
      }
      default:
        return assertNever(handed, "a hand-over");
    }
  }
}

/** Throws E_CHAIN_REFUSED unless the call was carried out; returns the block otherwise. For set-up code that needs every step. */
export function requireIncluded(submission: Submission, call: string): Included {
  switch (submission.kind) {
    case "included":
    case "finalized":
      return submission;
    case "dispatchFailed": {
      const { error, remedy } = submission;
      throw appError("E_CHAIN_REFUSED", { call, reason: `${error.pallet}.${error.name}`, name: error.name, remedy });
    }
    case "rejected":
      throw appError("E_CHAIN_REFUSED", {
        call,
        reason: submission.message.replace(/\.$/, ""),
        name: submission.name,
        remedy: submission.remedy,
      });
    case "dropped":
      throw appError("E_CHAIN_REFUSED", { call, reason: submission.reason, name: "dropped" });
    case "timedOut":
      throw appError("E_CHAIN_TIMEOUT", { method: call, timeoutMs: submission.afterMs });
    default:
      return assertNever(submission, "a submission");
  }
}

type HandedOver =
  | { readonly kind: "watched"; readonly tracker: ReturnType<typeof trackExtrinsic>; readonly txHash: string }
  | {
      readonly kind: "refused";
      readonly error: { readonly code: unknown; readonly message: unknown; readonly data: unknown };
    }
  | { readonly kind: "late" };

const retriable: ReadonlySet<string> = new Set(["PriorityTooLow", "Stale", "AncientBirthBlock"]);
const retriableWithNonce: ReadonlySet<string> = new Set(["PriorityTooLow", "AncientBirthBlock"]);

/** Reads the nonce, signs and hands the extrinsic to the node's pool; returns as soon as the pool has it. */
async function handOver(
  client: ChainClient,
  call: Call,
  keypair: Keypair,
  options: Pick<SubmitOptions, "nonce" | "onSigned"> & { readonly tip: bigint; readonly leftMs: () => number },
): Promise<HandedOver> {
  const { tip, leftMs, onSigned } = options;
  let tracker: ReturnType<typeof trackExtrinsic> | undefined;
  try {
    if (leftMs() === 0) return { kind: "late" };
    const birth = client.head();
    const nonce =
      options.nonce ?? Number(await client.rpc("system_accountNextIndex", [keypair.address], { timeoutMs: leftMs() }));
    const signed = await sign(client, call, keypair, { nonce, tip, birth });
    await onSigned?.({ txHash: signed.txHash, nonce });
    // Nobody waits any more: what is sent now would not be followed.
    if (leftMs() === 0) return { kind: "late" };
    tracker = trackExtrinsic(client, { ...signed, birth, eraBlocks });
    await tracker.submit();
    return { kind: "watched", tracker, txHash: signed.txHash };
  } catch (error) {
    if (isAppError(error, "E_CHAIN_RPC")) {
      tracker?.stop();
      return {
        kind: "refused",
        error: { code: error.data["code"], message: error.data["message"], data: error.data["data"] },
      };
    }
    // The node may or may not have it: with something signed, look for it; without, there is nothing to look for.
    if (isAppError(error, "E_CHAIN_TIMEOUT") || isAppError(error, "E_CHAIN_DISCONNECTED")) {
      return tracker === undefined ? { kind: "late" } : { kind: "watched", tracker, txHash: tracker.txHash };
    }
    tracker?.stop();
    throw error;
  }
}

async function sign(
  client: ChainClient,
  call: Call,
  keypair: Keypair,
  options: { readonly nonce: number; readonly tip: bigint; readonly birth: BlockRef },
): Promise<{ readonly hex: string; readonly txHash: string }> {
  const { nonce, tip, birth } = options;
  // A copy: signing changes the extrinsic in place, and a call may be submitted twice.
  const extrinsic = client.api.tx(call.method as unknown as RuntimeCall);
  const era = client.api.registry.createType<ExtrinsicEra>("ExtrinsicEra", {
    current: birth.number,
    period: eraBlocks,
  });
  await extrinsic.signAsync(keypair.address, {
    signer: signerOf(keypair),
    nonce,
    tip,
    era,
    blockHash: birth.hash,
  });
  return { hex: extrinsic.toHex(), txHash: extrinsic.hash.toHex() };
}

async function settle(
  client: ChainClient,
  end: TrackedEnd,
  context: { readonly txHash: string; readonly startedMs: number; readonly leftMs: () => number },
): Promise<Submission> {
  const { txHash, startedMs, leftMs } = context;
  switch (end.kind) {
    case "timedOut":
      return { kind: "timedOut", txHash, afterMs: Date.now() - startedMs };
    case "dropped":
      return { kind: "dropped", txHash, reason: end.reason };
    case "inBlock":
    case "finalized": {
      const inclusion = await readInclusion(client, end.blockHash, txHash, Math.max(1_000, leftMs())).catch(
        (error: unknown) => {
          if (isAppError(error) && error.consequence === "retry") return undefined;
          throw error;
        },
      );
      if (inclusion === undefined) return { kind: "timedOut", txHash, afterMs: Date.now() - startedMs };
      return submissionOf(inclusion, txHash, end.kind);
    }
    default:
      return assertNever(end, "the end of a submission");
  }
}

function submissionOf(inclusion: Inclusion, txHash: string, end: "inBlock" | "finalized"): Submission {
  const { failure, ...rest } = inclusion;
  const included = { txHash, ...rest };
  if (failure !== undefined)
    return { kind: "dispatchFailed", error: failure.error, remedy: failure.remedy, ...included };
  return { kind: end === "finalized" ? "finalized" : "included", ...included };
}

function raisedTip(tip: bigint): bigint {
  return tip === 0n ? 1n : tip * 2n;
}

const lanes = new WeakMap<ChainClient, Map<string, Promise<unknown>>>();

/** Gives up a hand-over that is not done in time, for instance behind an earlier one of the same key; one that succeeds later is not followed. */
async function inTime(
  handingOver: Promise<HandedOver>,
  ms: number,
  signal: AbortSignal | undefined,
): Promise<HandedOver> {
  try {
    return await withTimeout(handingOver, ms, "Handing over an extrinsic", signal);
  } catch (error) {
    if (!isAppError(error, "E_TIMEOUT")) throw error;
    void handingOver.then((handed) => handed.kind === "watched" && handed.tracker.stop()).catch(() => undefined);
    return { kind: "late" };
  }
}

/** Runs `work` after all earlier work of the same key on this client. */
function inLane<T>(client: ChainClient, address: string, work: () => Promise<T>): Promise<T> {
  const ofClient = lanes.get(client) ?? new Map<string, Promise<unknown>>();
  lanes.set(client, ofClient);
  const turn = (ofClient.get(address) ?? Promise.resolve()).then(work);
  const tail = turn
    .catch(() => undefined)
    .finally(() => {
      if (ofClient.get(address) === tail) ofClient.delete(address);
    });
  ofClient.set(address, tail);
  return turn;
}
