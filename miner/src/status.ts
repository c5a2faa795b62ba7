import type { Health } from "@subnetkit/shared/metrics/server";
import type { RequestOutcome } from "./metrics.ts";
import type { ModelInfo } from "./runtime/model-slot.ts";

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

/** Why a miner is degraded, in one word that says nothing about its operator: fit for strangers and for alerts. */
export type HealthCode = "chain-unreachable" | "not-registered" | "not-announced" | "metagraph-old" | "draining";

const explained: Readonly<Record<HealthCode, string>> = {
  "chain-unreachable": "the chain cannot be reached",
  "not-registered": "the hotkey is not registered",
  "not-announced": "the axon is not announced",
  "metagraph-old": "the metagraph is old",
  draining: "the miner is stopping",
};

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
  /** What runs now: a model may be replaced. */
  readonly models: () => readonly ModelInfo[];
}): MinerStatus {
  const latencies: number[] = [];
  let requests = 0;
  let answered = 0;
  let solved = 0;
  return {
    onOutcome: (outcome) => {
      // Nothing was asked.
      if (outcome === "ping") return;
      requests++;
      if (outcome === "answered") answered++;
    },
    onSolved: (solveMs) => {
      latencies[solved++ % windowSize] = solveMs;
    },
    info: () => {
      const { hotkey, netuid, variant, label } = identity;
      const models = identity.models();
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
  const codes = healthCodes(facts);
  return {
    live: true,
    ready: facts.listening && facts.registered && facts.metagraphBlock !== undefined && !facts.stopping,
    degraded: codes.length > 0,
    reasons: codes.map((code) => explained[code]),
    info,
  };
}

/** The same for strangers: coded reasons, no facts. Pure. */
export function publicHealthOf(facts: Readonly<MinerFacts> & { readonly stopping: boolean }): Health {
  return { ...healthOf(facts, {}), reasons: healthCodes(facts) };
}

function healthCodes(facts: Readonly<MinerFacts> & { readonly stopping: boolean }): HealthCode[] {
  const { headBlock, metagraphBlock, refreshBlocks } = facts;
  const old = headBlock !== undefined && metagraphBlock !== undefined && headBlock - metagraphBlock > 4 * refreshBlocks;
  const holds: Readonly<Record<HealthCode, boolean>> = {
    "chain-unreachable": !facts.chainConnected,
    "not-registered": !facts.registered,
    "not-announced": facts.announced === false,
    "metagraph-old": old,
    draining: facts.stopping,
  };
  return (Object.keys(holds) as HealthCode[]).filter((code) => holds[code]);
}

/** Rounded to hundredths of a millisecond; null before the first answer. */
function median(values: readonly number[]): number | null {
  if (values.length === 0) return null;
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted[Math.floor((sorted.length - 1) / 2)] ?? 0;
  return Math.round(middle * 100) / 100;
}
