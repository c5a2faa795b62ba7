import type { Health } from "@subnetkit/shared/metrics/server";
import type { RequestOutcome } from "./metrics.ts";
import type { ModelsState } from "./runtime/create-runtimes.ts";
import type { ModelInfo } from "./runtime/model-slot.ts";

/** Ten blocks of the network. A node that stands still tells nobody of deregistrations, permits and stakes. */
const longestSilenceMs = 120_000;

/** After so many stale requests, and so long without one that was answered, the fault may be ours. */
const staleToDoubt = 10;
const doubtAfterMs = 60_000;

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
  /** When that head came, unix milliseconds. */
  headAtMs: number | undefined;
  metagraphBlock: number | undefined;
  readonly refreshBlocks: number;
  listening: boolean;
  /** Requests come stale, and none that could be answered. */
  clockDoubted: boolean;
  /** Of the models that run in threads and processes of their own. */
  modelsState: ModelsState;
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
    headAtMs: undefined,
    metagraphBlock: undefined,
    refreshBlocks: config.metagraphRefreshBlocks,
    listening: false,
    clockDoubted: false,
    modelsState: { down: false, fellBack: false },
  };
}

/** Why a miner is degraded, in one word that says nothing about its operator: fit for strangers and for alerts. */
export type HealthCode =
  | "chain-unreachable"
  | "chain-silent"
  | "not-registered"
  | "not-announced"
  | "metagraph-old"
  | "clock-doubtful"
  | "model-down"
  | "model-fell-back"
  | "draining";

const explained: Readonly<Record<HealthCode, string>> = {
  "chain-unreachable": "the chain cannot be reached",
  "chain-silent": "the chain has had no new block for more than two minutes",
  "not-registered": "the hotkey is not registered",
  "not-announced": "the axon is not announced",
  "metagraph-old": "the metagraph is old",
  "clock-doubtful": "every request comes stale: this machine's clock may be wrong",
  "model-down": "a model has died and is being started again",
  "model-fell-back": "a model runs on something worse than at first, where it failed",
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
  /** Told when our clock is doubted, and when an answered request has shown that it is right. */
  readonly onClock?: (doubted: boolean) => void;
  /** Milliseconds that only grow, for tests. */
  readonly nowMs?: () => number;
}): MinerStatus {
  const { nowMs = () => performance.now(), onClock } = identity;
  const latencies: number[] = [];
  let requests = 0;
  let answered = 0;
  let solved = 0;
  let stale = 0;
  let answeredAtMs = nowMs();
  let doubted = false;
  const doubt = (now: boolean): void => {
    if (now !== doubted) onClock?.(now);
    doubted = now;
  };
  return {
    onOutcome: (outcome) => {
      // Nothing was asked.
      if (outcome === "ping") return;
      requests++;
      if (outcome === "freshness") {
        if (++stale >= staleToDoubt && nowMs() - answeredAtMs >= doubtAfterMs) doubt(true);
      } else if (outcome === "answered") {
        answered++;
        stale = 0;
        answeredAtMs = nowMs();
        doubt(false);
      }
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
  const { headBlock, headAtMs, metagraphBlock, refreshBlocks, stopping } = facts;
  const silent = headAtMs !== undefined && Date.now() - headAtMs > longestSilenceMs;
  const old = headBlock !== undefined && metagraphBlock !== undefined && headBlock - metagraphBlock > 4 * refreshBlocks;
  const holds: Readonly<Record<HealthCode, boolean>> = {
    // A miner that stops leaves the chain first.
    "chain-unreachable": !facts.chainConnected && !stopping,
    "chain-silent": facts.chainConnected && silent && !stopping,
    "not-registered": !facts.registered,
    "not-announced": facts.announced === false,
    "metagraph-old": old,
    "clock-doubtful": facts.clockDoubted,
    "model-down": facts.modelsState.down,
    "model-fell-back": facts.modelsState.fellBack,
    draining: stopping,
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
