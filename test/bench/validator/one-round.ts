import { createQueues } from "../../../validator/src/queue/queues.ts";
import { createWorkers, type WorkersHooks } from "../../../validator/src/queue/workers.ts";
import { createOrganicQueue } from "../../../validator/src/organic/organic-queue.ts";
import { planWork, queryWork, scoreWork } from "../../../validator/src/round/pipeline.ts";
import { createMinerPools } from "../../../validator/src/round/pools.ts";
import type { SettledRound } from "../../../validator/src/round/settle.ts";
import { localAxon, metagraph, neuron } from "../../unit/validator/support/metagraph.ts";
import { type Row, sizeRow } from "../chain/measure.ts";
import { openBenchScorer } from "./bench-scorer.ts";
import { startChild } from "./child.ts";
import { minerKey } from "./miners.ts";
import { startBenchRedis } from "./redis.ts";
import { benchSubnet, openBenchState, silentLog, validatorKey } from "./rig.ts";

const miners = 256;
const slowestMs = 500;
const timing = { lockMs: 15_000, stalledMs: 5_000 };

/** Hooks that hear nothing. */
export const noHooks: WorkersHooks = {
  onError: () => undefined,
  onStarted: () => undefined,
  onFinished: () => undefined,
  onFailed: () => undefined,
  onStalled: () => undefined,
  onLockLost: () => undefined,
};

/**
 * A round of 256 miners over real sockets, from asking for its plan until it is counted and in the evidence log: how much longer that takes than the
 * slowest miner. The miners are another process; each thinks for its own time.
 */
export async function oneRound({ quick }: { readonly quick: boolean }): Promise<Row[]> {
  const redis = await startBenchRedis();
  const { child, said } = await startChild("miners", { count: miners, slowestMs });
  const { port } = said as { port: number };
  const prefix = "{val:bench-round}";
  const state = openBenchState(redis.url, prefix);
  const scorer = await openBenchScorer();
  const { rounds, scores, dialects, keys, address, witness } = state;
  const queues = await createQueues({ address, prefix, netuid: 2 }, { onError: () => undefined });
  const pools = createMinerPools();
  const view = metagraph([
    neuron({ uid: 0, hotkey: validatorKey.address, validatorPermit: true }),
    ...Array.from({ length: miners }, (_, i) =>
      neuron({ uid: i + 1, hotkey: minerKey(i).address, axon: localAxon(port) }),
    ),
  ]);
  let round = 0;
  let onSettled: (settled: SettledRound) => void = () => undefined;
  const marks = createMarks();
  const keypair = {
    ...validatorKey,
    sign: (message: Uint8Array) => {
      marks.signing();
      return validatorKey.sign(message);
    },
  };
  const common = { subnet: benchSubnet, rounds, scores, nowMs: Date.now, log: silentLog };
  const options = { netuid: 2, hotkey: validatorKey.address, salt: new Uint8Array(32), alpha: 0.3, roundBlocks: 10 };
  const workers = createWorkers(
    {
      ...planWork(
        { ...options, roundMs: 12_000, takeoverMs: 25_000, organicPerRound: 0 },
        {
          ...common,
          clock: { head: () => ({ number: round * 10, hash: `0x${round}` }) },
          metagraph: () => view,
          queues,
          organic: createOrganicQueue(state.redis, keys),
          onAbandoned: () => undefined,
        },
      ),
      ...queryWork(
        { allowPrivate: true },
        {
          ...common,
          dialects,
          pools,
          keypair,
          onOutcome: (_task, { kind, ...outcome }) => marks.answered(kind, outcome),
        },
      ),
      ...scoreWork({ ...common, scorer, witness, onSettled: (settled) => onSettled(settled) }),
    },
    { address, prefix, timing },
    noHooks,
  );
  workers.run();

  const takes: { cpuAroundMs: number; totalMs: number; slowestSeenMs: number; cpuMs: number }[] = [];
  const [warmups, samples] = [2, quick ? 5 : 20];
  for (round = 1; round <= warmups + samples; round++) {
    const slowest = slowestOf(rounds, round);
    marks.begin();
    const startedAt = performance.now();
    const settled = new Promise<SettledRound>((resolve) => {
      onSettled = (one) => one.result === "applied" && resolve(one);
    });
    await queues.addPlan(round);
    const { summary } = await settled;
    const totalMs = performance.now() - startedAt;
    const { wholeMs, aroundMs } = marks.end();
    if (summary.answered !== miners) throw new Error(`only ${summary.answered} miners answered`);
    if (round > warmups) takes.push({ totalMs, slowestSeenMs: await slowest(), cpuMs: wholeMs, cpuAroundMs: aroundMs });
  }
  await workers.close(2_000);
  await queues.close();
  await pools.close();
  await scorer.close();
  state.close();
  child.kill("SIGKILL");
  await redis.stop();
  const middle = (values: number[]): number => values.sort((a, b) => a - b)[values.length >> 1] ?? Number.NaN;
  const overhead = middle(takes.map(({ totalMs, slowestSeenMs }) => totalMs - slowestSeenMs));
  const thinking = middle(takes.map(({ totalMs }) => totalMs - slowestMs));
  const around = middle(takes.map(({ cpuAroundMs }) => cpuAroundMs));
  const cpu = middle(takes.map(({ cpuMs }) => cpuMs));
  return [
    {
      ...sizeRow(`round of ${miners} miners: over its slowest answer, evidence included`, around, "ms", 50),
      wall: overhead,
      note: "processor: before the slowest is asked and after its answer",
    },
    sizeRow(`the same over the ${slowestMs} ms that the slowest miner thinks`, thinking, "ms"),
    { ...sizeRow("processor time of such a round, signatures included", cpu, "ms"), wall: Number.NaN },
  ];
}

/** The slowest answer of a round, as the asker measured it. */
function slowestOf(
  rounds: {
    outcomes(round: number, taskId: string): Promise<ReadonlyMap<string, { kind: string; latencyMs?: number }>>;
  },
  round: number,
): () => Promise<number> {
  return async () =>
    Math.max(...[...(await rounds.outcomes(round, "sum")).values()].map(({ latencyMs }) => latencyMs ?? 0));
}

/** Processor time of this process at the moments of a round: when each miner was asked, and when the answers came. */
function createMarks() {
  const now = (): number => {
    const { user, system } = process.cpuUsage();
    return (user + system) / 1_000;
  };
  let begunMs = 0;
  let asked: { readonly cpuMs: number; readonly atMs: number }[] = [];
  let slowest = { latencyMs: 0, cpuMs: 0, atMs: 0 };
  return {
    begin() {
      begunMs = now();
      asked = [];
      slowest = { latencyMs: 0, cpuMs: 0, atMs: 0 };
    },
    signing: () => void asked.push({ cpuMs: now(), atMs: performance.now() }),
    answered(_kind: string, outcome: object) {
      const { latencyMs = 0 } = outcome as { latencyMs?: number };
      if (latencyMs > slowest.latencyMs) slowest = { latencyMs, cpuMs: now(), atMs: performance.now() };
    },
    end() {
      const endMs = now();
      // Its request was signed last before the time that its latency counts from.
      const from = slowest.atMs - slowest.latencyMs;
      const before = asked.filter(({ atMs }) => atMs <= from).at(-1)?.cpuMs ?? begunMs;
      return { wholeMs: endMs - begunMs, aroundMs: before - begunMs + (endMs - slowest.cpuMs) };
    },
  };
}
