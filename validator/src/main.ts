import { connectChain } from "@subnetkit/chain/client/connect";
import { fetchMetagraph, type Neuron, neuronOf } from "@subnetkit/chain/client/metagraph";
import { createBlockClock, roundOf } from "@subnetkit/shared/clock/block-clock";
import { loadConfig, redactedConfig } from "@subnetkit/shared/config/define";
import { wantsHelp } from "@subnetkit/shared/config/flags";
import { configHelp } from "@subnetkit/shared/config/help";
import { prepareFastHashes } from "@subnetkit/shared/crypto/hash";
import { readKeyfile } from "@subnetkit/shared/crypto/keyfile";
import { appError, errorMessage, isAppError } from "@subnetkit/shared/errors/app-error";
import { createEventSink, type EventSink } from "@subnetkit/shared/lifecycle/events";
import { createLifecycle, type Lifecycle } from "@subnetkit/shared/lifecycle/lifecycle";
import { createLogger, type Logger } from "@subnetkit/shared/log/logger";
import { createMetrics } from "@subnetkit/shared/metrics/define";
import { startStatusServer } from "@subnetkit/shared/metrics/server";
import { loadSubnetDefinition } from "@subnetkit/shared/subnet/load";
import { validatorConfig, type ValidatorConfig } from "./config.ts";
import { createMetagraphSync } from "./metagraph/sync.ts";
import { validatorMetrics } from "./metrics.ts";
import { describeRedis } from "./queue/connection.ts";
import { createLiveness, watchLiveness } from "./queue/liveness.ts";
import { startRedisMonitor } from "./queue/monitor.ts";
import { openStateRedis } from "./queue/open-state-redis.ts";
import { forgetGone } from "./round/pipeline.ts";
import { defaultPoolLimits } from "./round/pools.ts";
import { createRoundService, lockTiming } from "./round/service.ts";
import { setGauges } from "./status/gauges.ts";
import { validatorHealth } from "./status/health.ts";
import { createReporter } from "./status/reporter.ts";
import { createSnapshotKeeper } from "./status/snapshot.ts";
import { buildStatus, type ValidatorStatus } from "./status/status-view.ts";
import { stateKeys } from "./store/keys.ts";
import { createRoundStore } from "./store/round-store.ts";
import { openState, refuseFuture } from "./store/schema.ts";
import { createScoreStore } from "./store/score-store.ts";
import { createWeightsChain } from "./weights/chain-view.ts";
import { createWeightsLedger } from "./weights/ledger.ts";
import { createWeightsWriter } from "./weights/writer.ts";

/** What every part of the process may use. */
type Process = { readonly log: Logger; readonly lifecycle: Lifecycle; readonly events: EventSink };

/** A validator process: chain and Redis in, scores and weights out. Each block of the story may rely on everything above it. */
async function main(config: ValidatorConfig, { log, lifecycle, events }: Process): Promise<void> {
  const { signal, onClose } = lifecycle;
  const { netuid } = config;
  await prepareFastHashes();
  const metrics = createMetrics(validatorMetrics, { defaultLabels: { validator: config.name }, collectDefault: true });
  const report = createReporter(config.name, { metrics, events, log });
  const hotkey = await readKeyfile(config.hotkeyFile);
  const ownHotkey = hotkey.address;
  const subnet = await loadSubnetDefinition(config.subnetDefinition);

  // Redis before anything that queues: a queue made on a Redis that does not answer would hang.
  const { address, redis, monitor: heartbeat, warnings } = await openStateRedis(config.redisUrl, { lifecycle, log });
  const { chainEndpoints: endpoints, genesisHash } = config;
  const client = await connectChain({ endpoints, log, signal, ...(genesisHash === undefined ? {} : { genesisHash }) });
  onClose("chain", () => client.close());

  // The stored state is opened, and refused when it is not ours, before anything writes to it.
  const prefix = config.redisPrefix ?? `{val:${ownHotkey.slice(0, 12)}}`;
  const keys = stateKeys(prefix, netuid);
  const state = await openState(redis, keys, { genesisHash: client.genesisHash, netuid, hotkey: ownHotkey });
  const rounds = createRoundStore(redis, keys);
  const scores = createScoreStore(redis, keys);
  const roundBlocks = config.roundBlocks ?? subnet.roundBlocks;
  const roundMs = roundBlocks * client.blockMs;
  refuseFuture(await rounds.lastSettled(), roundOf(client.head().number, roundBlocks));
  const snapshot = createSnapshotKeeper({ rounds, scores });
  await snapshot.refresh();

  const clock = createBlockClock({
    subscribe: (onHead) => client.subscribeHeads(onHead),
    signal,
    onError: (duty, error) => log.warn({ duty, reason: errorMessage(error) }, "a duty failed in this block"),
  });
  const metagraph = createMetagraphSync(
    { everyBlocks: Math.max(1, Math.floor(roundBlocks / 2)) },
    { clock, fetch: (head) => fetchMetagraph(client, netuid, { at: head.hash }), log },
  );
  await metagraph.refresh(client.head());
  const own = (): Neuron | undefined => {
    const view = metagraph.current();
    return view === undefined ? undefined : neuronOf(view, ownHotkey);
  };

  const liveness = createLiveness();
  const timing = lockTiming(roundMs, { lockMs: config.jobLockMs, stalledMs: config.jobStalledMs });
  const service = await createRoundService(
    {
      netuid,
      hotkey: ownHotkey,
      salt: state.salt,
      alpha: config.alpha ?? subnet.weights.ema,
      roundBlocks,
      roundMs,
      allowPrivate: config.allowPrivate,
      takeoverMs: timing.lockMs + 2 * timing.stalledMs,
      address,
      prefix,
      timing,
      pools: { ...defaultPoolLimits, maxPools: config.maxPools, connectionsPerMiner: config.connectionsPerMiner },
    },
    {
      clock,
      metagraph: metagraph.current,
      subnet,
      rounds,
      scores,
      keypair: hotkey,
      log,
      lifecycle,
      nowMs: Date.now,
      onOutcome: report.outcome,
      hooks: { onSettled: report.settled, onAbandoned: report.abandoned },
      jobs: {
        onStarted: () => liveness.touch(),
        onFinished: report.job,
        onStalled: (queue) => report.job(queue, "stalled"),
        onLockLost: (queue, jobs) => report.job(queue, "lock_lost", jobs),
      },
    },
  );

  const monitor = startRedisMonitor(heartbeat, {
    key: keys.heartbeat,
    signal,
    onDown: (error) => {
      log.error({ redis: describeRedis(address), reason: errorMessage(error) }, "Redis does not take writes: pausing");
      service.pause().catch((cause: unknown) => log.debug({ reason: errorMessage(cause) }, "could not pause"));
    },
    onUp: () => {
      log.info({ redis: describeRedis(address) }, "Redis takes writes again");
      service.resume();
    },
  });

  const writer = createWeightsWriter(
    {
      ownHotkey,
      shape: subnet.weights.shape,
      versionKey: BigInt(subnet.version),
      blockMs: client.blockMs,
      submitFrom: config.submitFrom,
    },
    {
      chain: createWeightsChain(client, netuid, hotkey, log),
      ledger: createWeightsLedger(redis, keys),
      scores: async () => {
        const { standings, lastSettled, roundsCounted } = await snapshot.refresh();
        return { scores: new Map([...standings].map(([key, { ema }]) => [key, ema])), lastSettled, roundsCounted };
      },
      uid: () => own()?.uid,
      onEvent: report.weights,
      log,
    },
  );
  await writer.load();

  const status = (): ValidatorStatus => {
    const block = clock.head()?.number;
    const round = block === undefined ? undefined : roundOf(block, roundBlocks);
    const view = { snapshot: snapshot.current(), metagraph: metagraph.current(), weights: writer.view() };
    return buildStatus({ hotkey: ownHotkey, netuid, subnet: subnet.name, block, round, ...view });
  };
  const connections = () => ({
    chainConnected: client.connected(),
    headAgeMs: clock.silenceMs(),
    redisUp: monitor.up(),
  });
  let started = false;
  const info = {
    netuid,
    subnet: subnet.name,
    hotkey: ownHotkey,
    redis: describeRedis(address),
    roundBlocks,
    ...timing,
  };
  const pages = await startStatusServer({
    host: "127.0.0.1",
    port: config.metricsPort,
    registry: metrics.registry,
    health: () =>
      validatorHealth({
        ...connections(),
        started,
        redisWarnings: warnings,
        blockMs: client.blockMs,
        registered: own() !== undefined,
        waitingFor: writer.view().waitingFor,
        info: { ...info, endpoint: client.endpoint() },
      }),
    status,
    log,
  });
  onClose("status pages", () => pages.close());

  clock.everyRound("rounds", roundBlocks, async (round, _head, missed) => {
    report.missed(missed);
    await service.begin(round);
    if (round % 100 === 0) await forgetGone(scores, metagraph.hotkeys(), round);
  });
  clock.everyBlock("weights", writer.onHead);
  clock.everyBlock("status", async () => {
    await snapshot.refresh();
    setGauges(metrics, { ...connections(), status: status(), metagraph: metagraph.current(), roundBlocks });
  });
  await service.run();
  await clock.start();
  started = true;
  log.info({ ...info, uid: own()?.uid, metricsPort: pages.port }, "validating");
  events.emit({
    type: "process.ready",
    name: config.name,
    metricsPort: pages.port,
    hotkey: ownHotkey,
    uid: own()?.uid,
  });

  await watchLiveness(liveness, { up: monitor.up, waiting: service.waiting, metrics, signal });
}

/** Reads the configuration, then runs until told to end. Whatever stops it is told to the supervisor and decides the exit code. */
function start(): void {
  const log = createLogger({ name: "validator" });
  const lifecycle = createLifecycle({ name: "validator", log });
  const events = createEventSink();
  run(lifecycle, events).catch((error: unknown) => {
    if (lifecycle.signal.aborted && isAppError(error, "E_ABORTED")) return;
    const { code, message, remedy } = isAppError(error) ? error : appError("E_INTERNAL", { what: errorMessage(error) });
    events.emit({ type: "error", code, message, remedy });
    void lifecycle.fail(error);
  });
}

async function run(lifecycle: Lifecycle, events: EventSink): Promise<void> {
  const { config } = loadConfig(validatorConfig);
  const log = createLogger({ name: config.name, level: config.logLevel });
  log.info({ config: redactedConfig(validatorConfig, config) }, "validator starting");
  await main(config, { log, lifecycle, events });
}

if (wantsHelp(process.argv)) process.stdout.write(configHelp(validatorConfig));
else start();
