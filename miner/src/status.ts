import type { Health } from "@subnetkit/shared/metrics/server";
import type { RequestOutcome } from "./metrics.ts";
import type { ModelInfo } from "./runtime/model-store.ts";

/** Answers looked at for the median. */
const windowSize = 100;

/** Facts that change while a miner runs: one object, written by whoever learns them, read by the health pages. */
export type MinerFacts = {
  chainConnected: boolean;
  /** Undefined when nothing is to be announced. */
  announced: boolean | undefined;
  registered: boolean;
  /** Block of the newest head and of the metagraph in use. */
  headBlock: number | undefined;
  metagraphBlock: number | undefined;
  readonly refreshBlocks: number;
  listening: boolean;
};

/** The facts before anything has happened. */
export function initialFacts(config: {
  readonly announceIp?: string | undefined;
  readonly metagraphRefreshBlocks: number;
}): MinerFacts {
  return {
    chainConnected: false,
    announced: config.announceIp === undefined ? undefined : false,
    registered: false,
    headBlock: undefined,
    metagraphBlock: undefined,
    refreshBlocks: config.metagraphRefreshBlocks,
    listening: false,
  };
}

/** Counts what the status page shows. */
export type MinerStatus = {
  onOutcome(outcome: RequestOutcome): void;
  onSolved(solveMs: number): void;
  /** The `info` of `/health`. */
  info(): Record<string, unknown>;
};

/** Counters behind `/health` and `/status`: requests, answers, and the median solve time of the last 100 answers. */
export function createMinerStatus(identity: {
  readonly hotkey: string;
  readonly netuid: number;
  readonly variant: string;
  readonly label: string;
  readonly models: readonly ModelInfo[];
}): MinerStatus {
  const latencies: number[] = [];
  let requests = 0;
  let answered = 0;
  return {
    onOutcome: (outcome) => {
      requests++;
      if (outcome === "answered") answered++;
    },
    onSolved: (solveMs) => {
      latencies[(answered - 1) % windowSize] = solveMs;
    },
    info: () => {
      const { hotkey, netuid, variant, label, models } = identity;
      const provider = models[0]?.provider ?? "none";
      return {
        hotkey,
        netuid,
        variant,
        model: label,
        provider,
        models,
        requests,
        answered,
        p50LatencyMs: median(latencies),
      };
    },
  };
}

/** Live as long as the process turns; ready when it may be asked; degraded, with reasons, when a human should look. Pure. */
export function healthOf(
  facts: Readonly<MinerFacts> & { readonly stopping: boolean },
  info: Readonly<Record<string, unknown>>,
): Health {
  const reasons: string[] = [];
  if (!facts.chainConnected) reasons.push("the chain cannot be reached");
  if (!facts.registered) reasons.push("the hotkey is not registered");
  if (facts.announced === false) reasons.push("the axon is not announced");
  const { headBlock, metagraphBlock } = facts;
  if (headBlock !== undefined && metagraphBlock !== undefined && headBlock - metagraphBlock > 4 * facts.refreshBlocks) {
    reasons.push("the metagraph is old");
  }
  if (facts.stopping) reasons.push("the miner is stopping");
  return {
    live: true,
    ready: facts.listening && facts.registered && metagraphBlock !== undefined && !facts.stopping,
    degraded: reasons.length > 0,
    reasons,
    info,
  };
}

/** Rounded to hundredths of a millisecond; null before the first answer. */
function median(values: readonly number[]): number | null {
  if (values.length === 0) return null;
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted[Math.floor((sorted.length - 1) / 2)] ?? 0;
  return Math.round(middle * 100) / 100;
}
