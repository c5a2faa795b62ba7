import { prepareFastHashes } from "@subnetkit/shared/crypto/hash";
import { readKeyfile } from "@subnetkit/shared/crypto/keyfile";
import type { Keypair } from "@subnetkit/shared/crypto/keypair";
import { sr25519Except } from "@subnetkit/shared/crypto/scheme-of";
import { decodeAddress, encodeAddress } from "@subnetkit/shared/crypto/ss58";
import { type RunningProcess, runProcess } from "@subnetkit/shared/lifecycle/run-process";
import { createMetrics } from "@subnetkit/shared/metrics/define";
import { createTlsIdentity } from "@subnetkit/shared/protocol/tls/identity";
import { loadSubnetDefinition } from "@subnetkit/shared/subnet/load";
import { validatorConfig, type ValidatorConfig } from "./config.ts";
import { openWitness } from "./evidence/open-witness.ts";
import { limitHeapGrowth } from "./heap-growth.ts";
import { followChain } from "./metagraph/follow-chain.ts";
import { validatorMetrics } from "./metrics.ts";
import { openOrganic } from "./organic/open-organic.ts";
import { createLiveness, watchLiveness } from "./queue/liveness.ts";
import { openStateRedis } from "./queue/open-state-redis.ts";
import { guardRedis } from "./queue/redis-guard.ts";
import { describeRedis } from "./queue/redis-url.ts";
import { needsChain, type Role } from "./roles.ts";
import { forgetGone } from "./round/pipeline.ts";
import { slowestTaskMs } from "./round/plan.ts";
import { defaultPoolLimits } from "./round/pools.ts";
import { createScoreThread } from "./round/scorer/score-thread.ts";
import { createRoundService, lockTiming } from "./round/service.ts";
import { createMinerTls, type MinerTls } from "./round/tls.ts";
import { serveStatusPages } from "./status/pages.ts";
import { createReporter } from "./status/reporter.ts";
import { createSnapshotKeeper, knownScores } from "./status/snapshot.ts";
import { awaitState, claimState, createStores } from "./store/open-stores.ts";
import { createWeightsPart, leaseTime } from "./weights/weights-part.ts";

/**
 * A validator, or the part of one that its roles name: chain and Redis in, scores and weights out. Each block of the story may rely on everything above
 * it; what a role does not need is not opened.
 */
async function validate(config: ValidatorConfig, proc: RunningProcess): Promise<void> {
  const { log, lifecycle, events } = proc;
  const { signal } = lifecycle;
  const { name, roles, netuid, submitFrom, takeOver } = config;
  const does = (role: Role): boolean => roles.includes(role);
  await prepareFastHashes();
  const keypair = config.hotkeyFile === undefined ? undefined : await readKeyfile(config.hotkeyFile);
  if (keypair?.scheme === "ed25519")
    log.warn(
      {
        hotkey: keypair.address,
        remedy: "Tell the miners: those of this framework list it in ed25519Callers; SDK 10 takes sr25519 alone.",
      },
      "the hotkey signs with ed25519, and miners that do not know refuse its requests",
    );
  // One of the two is given: the configuration says so.
  const hotkey = keypair?.address ?? encodeAddress(decodeAddress(config.hotkeyAddress ?? ""));
  const subnet = await loadSubnetDefinition(config.subnetDefinition);
  const roundBlocks = config.roundBlocks ?? subnet.roundBlocks;
  const versionKey = BigInt(subnet.version);
  const metrics = createMetrics(validatorMetrics, { defaultLabels: { validator: name }, collectDefault: true });
  const report = createReporter(name, { metrics, events, log });

  // Redis before anything that queues: a queue made on a Redis that does not answer would hang.
  const state = await openStateRedis(config.redisUrl, { lifecycle, log });
  const { address } = state;
  const prefix = config.redisPrefix ?? `{val:${hotkey.slice(0, 12)}}`;
  const stores = createStores({ prefix, netuid }, state);
  const { keys, rounds, scores, dialects, organic } = stores;

  // Chain time, and who is on the subnet. Who only asks or scores has both from the plans of those who plan.
  const { chainEndpoints: endpoints, heads } = config;
  const follow = { endpoints, heads, netuid, hotkey, versionKey, roundBlocks, certificates: config.tls !== "off" };
  const chain = needsChain(roles)
    ? await followChain({ ...follow, genesisHash: config.genesisHash }, { lifecycle, log })
    : undefined;
  const { salt, genesisHash, blockMs } =
    chain === undefined
      ? await awaitState(stores, { netuid, hotkey, genesisHash: config.genesisHash }, { ...state, signal, log })
      : await claimState(stores, { netuid, hotkey, roundBlocks }, { ...state, client: chain.client });
  const snapshot = createSnapshotKeeper({ rounds, scores });
  await snapshot.refresh();

  // The author's scorer, where it holds up nobody.
  const liveness = createLiveness({ slowestTaskMs: slowestTaskMs(subnet) });
  const { subnetDefinition: definition, scorerTimeoutMs: callMs } = config;
  const workerUrl = new URL("./score-worker.js", import.meta.url);
  const scorer = createScoreThread(
    { definition, workerUrl, callMs },
    { log, onAlive: liveness.touch, onScored: report.scored },
  );
  lifecycle.onClose("scorer", () => scorer.close());
  if (does("score")) await scorer.start();

  const { evidenceDir, evidenceMaxBytes: maxBytes } = config;
  const directory = keypair !== undefined && (does("score") || does("weights")) ? evidenceDir : undefined;
  const witness = openWitness(
    { directory, maxBytes, genesisHash, netuid, roundBlocks, salt },
    { keypair, subnet, rounds, scorer, metrics, lifecycle, log },
  );

  // Scores: rounds as durable jobs, worked on only while Redis keeps what comes of them.
  const roundMs = roundBlocks * blockMs;
  const timing = lockTiming(roundMs, { lockMs: config.jobLockMs, stalledMs: config.jobStalledMs });
  const { maxPools, connectionsPerMiner, allowPrivate, dialects: spoken, acceptUnsigned } = config;
  const takeoverMs = timing.lockMs + 2 * timing.stalledMs;
  const sampling = { policy: config.sampling, size: config.sampleSize };
  const alpha = config.alpha ?? subnet.weights.ema;
  const { organicPerRound } = config;
  const round = { netuid, hotkey, salt, alpha, roundBlocks, roundMs, takeoverMs, sampling, organicPerRound };
  const ask = { allowPrivate, dialects: spoken, acceptUnsigned, schemeOf: sr25519Except(config.ed25519Miners) };
  const pools = { ...defaultPoolLimits, maxPools, connectionsPerMiner };
  const tls = keypair && openTls(config, { keypair, genesisHash });
  const service = await createRoundService(
    { ...round, roles, ask, address, prefix, timing, pools },
    {
      chain: chain && { ...chain, metagraph: chain.metagraph.current },
      subnet,
      rounds,
      scores,
      scorer,
      dialects,
      organic,
      keypair,
      tls,
      witness,
      log,
      lifecycle,
      // What one machine plans another asks by: their own clocks may differ.
      nowMs: () => redis.nowMs(),
      onOutcome: report.outcome,
      onDialect: report.dialect,
      onSettled: report.settled,
      onAbandoned: report.abandoned,
      onForeign: (queue) => report.job(queue, "foreign"),
      jobs: {
        onStarted: () => liveness.touch(),
        onFinished: report.job,
        onStalled: (queue) => report.job(queue, "stalled"),
        onLockLost: (queue, jobs) => report.job(queue, "lock_lost", jobs),
      },
    },
  );
  const redis = guardRedis({ heartbeatKey: keys.heartbeat, signal }, { state, work: service, log });

  // Weights: once per epoch, from the scores, by one process at a time.
  const weights =
    chain !== undefined && keypair !== undefined && does("weights")
      ? await createWeightsPart(
          {
            name,
            netuid,
            shape: subnet.weights.shape,
            versionKey,
            submitFrom,
            takeOver,
            leaseMs: leaseTime(roundMs),
            drandEndpoints: config.drandEndpoints,
            evidenceCommitBlocks: config.evidenceCommitBlocks,
          },
          {
            client: chain.client,
            keypair,
            redis: state.redis,
            replicate: state.replicate,
            keys,
            witness,
            scores: async () => knownScores(await snapshot.refresh()),
            onEvent: report.weights,
            onDoppelganger: (error) => proc.fail(error),
            metrics,
            lifecycle,
            log,
          },
        )
      : undefined;

  let started = false;
  // Users' requests, beside the rounds.
  const isReady = (): boolean => started && redis.up();
  const organicPort = await openOrganic(
    { ...config, ask, pools },
    { chain, keypair, tls, subnet, snapshot, dialects, organic, isReady, metrics, lifecycle, log },
  );
  const info = { roles, netuid, subnet: subnet.name, hotkey, redis: describeRedis(address), roundBlocks, ...timing };
  const metricsPort = await serveStatusPages(
    { port: config.metricsPort, ...info, redisWarnings: state.warnings, info },
    { chain, weights, snapshot, witness, redis, started: () => started, metrics, log, lifecycle },
  );

  // From here on every block asks for its duties.
  await service.run();
  if (chain !== undefined) {
    const { clock, metagraph } = chain;
    if (does("plan"))
      clock.everyRound("rounds", roundBlocks, async (due, _head, missed) => {
        await service.begin(due);
        report.missed(missed);
        if (due % 100 === 0) await forgetGone(scores, metagraph.hotkeys(), due);
      });
    if (weights !== undefined) clock.everyBlock("weights", weights.onHead);
    await clock.start();
  }
  started = true;
  const uid = chain?.metagraph.uidOf(hotkey);
  log.info({ ...info, uid, metricsPort, organicPort }, "validating");
  events.emit({ type: "process.ready", name, roles, metricsPort, organicPort, hotkey, uid });
  void snapshot.keep(Math.min(blockMs, 5_000), signal);
  await watchLiveness(liveness, { up: redis.up, waiting: service.waiting, metrics, signal });
}

/** Connections to miners that prove both ends. */
function openTls(
  { tls: mode, netuid, ed25519Miners }: ValidatorConfig,
  { keypair, genesisHash }: { readonly keypair: Keypair; readonly genesisHash: string },
): MinerTls {
  const { connectTimeoutMs } = defaultPoolLimits;
  const identity = createTlsIdentity({ keypair, role: "validator", netuid, genesisHash });
  const schemeOf = sr25519Except(ed25519Miners);
  return createMinerTls({ mode, netuid, genesisHash, schemeOf, connectTimeoutMs }, { identity });
}

limitHeapGrowth();
runProcess({ config: validatorConfig, identify: (config) => config, main: validate });
