import type { ChainClient } from "@subnetkit/chain/client/connect";
import { type AxonAnnouncement, planServe, serveAxon } from "@subnetkit/chain/client/serve";
import type { Submission } from "@subnetkit/chain/client/submit";
import type { Keypair } from "@subnetkit/shared/crypto/keypair";
import type { Logger } from "@subnetkit/shared/log/logger";
import { assertNever } from "@subnetkit/shared/util/assertNever";

/** Keeps the chain's axon entry as configured. */
export type Announcer = {
  /** Announces when it is due and allowed; to be called for every block. Throws only what the chain connection throws. */
  tick(block: number): Promise<void>;
  /** True when the chain carries the address, as far as this process knows. */
  announced(): boolean;
};

/** A standing announcement is looked at again after this many blocks: another process may have overwritten it. */
const recheckBlocks = 25;

/** After a failed attempt wait this many blocks, doubled per failure. */
const firstRetryBlocks = 2;
const longestRetryBlocks = 64;

/** Time for one announcement to be included. */
const deadlineMs = 60_000;

/** Announces by difference: nothing is sent while the chain says the right thing, nor before its rate limit allows it. */
export function createAnnouncer(
  { netuid, axon }: { readonly netuid: number; readonly axon: AxonAnnouncement },
  modules: {
    readonly client: ChainClient;
    readonly hotkey: Keypair;
    readonly log: Logger;
    readonly signal: AbortSignal;
    readonly onChange: (announced: boolean) => void;
  },
): Announcer {
  const { client, hotkey, log, signal, onChange } = modules;
  let announced = false;
  /** Whether the chain has carried it since this process runs. */
  let stood = false;
  let nextBlock = 0;
  let failures = 0;

  const settle = (value: boolean, block: number, waitBlocks: number): void => {
    announced = value;
    stood ||= value;
    nextBlock = block + waitBlocks;
    onChange(value);
  };

  const failed = (block: number, submission: Submission): void => {
    const waitBlocks = Math.min(longestRetryBlocks, firstRetryBlocks * 2 ** failures++);
    log.warn({ netuid, ...describe(submission), retryInBlocks: waitBlocks }, "the axon could not be announced");
    settle(false, block, waitBlocks);
  };

  return {
    announced: () => announced,
    tick: async (block) => {
      if (block < nextBlock) return;
      const plan = await planServe(client, { netuid, hotkey: hotkey.address, axon });
      if (announced && plan.kind !== "unchanged")
        log.warn(
          { netuid, announced: plan.announced && { ip: plan.announced.ip, port: plan.announced.port } },
          "the chain carries something else than was announced, announcing again: does another miner run with this hotkey?",
        );
      switch (plan.kind) {
        case "unchanged":
          if (!stood) log.info({ netuid, ip: axon.ip, port: axon.port }, "the chain carries this axon already");
          return settle(true, block, recheckBlocks);
        case "tooSoon":
          log.info(
            { netuid, blocksLeft: plan.blocksLeft, announced: { ip: plan.announced.ip, port: plan.announced.port } },
            "the chain's rate limit holds back the announcement: until then validators ask at the old address",
          );
          return settle(false, block, plan.blocksLeft);
        case "due": {
          const submission = await serveAxon(
            client,
            { netuid, hotkey, axon, published: plan.published },
            { log, signal, deadlineMs },
          );
          if (submission.kind !== "included" && submission.kind !== "finalized") return failed(block, submission);
          failures = 0;
          log.info({ netuid, ip: axon.ip, port: axon.port, block: submission.blockNumber }, "axon announced");
          return settle(true, block, recheckBlocks);
        }
        default:
          return assertNever(plan, "a serve plan");
      }
    },
  };
}

function describe(submission: Submission): {
  readonly outcome: string;
  readonly reason?: string;
  readonly remedy?: string;
} {
  switch (submission.kind) {
    case "rejected":
      return { outcome: submission.kind, reason: submission.name, remedy: submission.remedy };
    case "dispatchFailed":
      return { outcome: submission.kind, reason: submission.error.name, remedy: submission.remedy };
    case "dropped":
      return { outcome: submission.kind, reason: submission.reason };
    case "timedOut":
    case "included":
    case "finalized":
      return { outcome: submission.kind };
    default:
      return assertNever(submission, "a submission");
  }
}
