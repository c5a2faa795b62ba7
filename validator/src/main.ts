import { type ChainClient, connectChain } from "@subnetkit/chain/client/connect";
import { finalizedHead, subscribeFinalizedHeads } from "@subnetkit/chain/client/finalized-heads";
import { fetchMetagraph, type Metagraph } from "@subnetkit/chain/client/metagraph";
import { readFingerprints } from "@subnetkit/chain/client/neuron-certificates";
import { createBlockClock, roundOf } from "@subnetkit/shared/clock/block-clock";
import { prepareFastHashes } from "@subnetkit/shared/crypto/hash";
import { readKeyfile } from "@subnetkit/shared/crypto/keyfile";
import { errorMessage } from "@subnetkit/shared/errors/app-error";
import { type RunningProcess, runProcess } from "@subnetkit/shared/lifecycle/run-process";
import { createMetrics } from "@subnetkit/shared/metrics/define";
import { createTlsIdentity } from "@subnetkit/shared/protocol/tls/identity";
import { loadSubnetDefinition } from "@subnetkit/shared/subnet/load";
import { validatorConfig, type ValidatorConfig } from "./config.ts";
import { openWitness } from "./evidence/open-witness.ts";
import { createMetagraphSync } from "./metagraph/sync.ts";
import { validatorMetrics } from "./metrics.ts";
import { readEpochInput } from "./preview/read-epoch.ts";
import { createWeightsWatch } from "./preview/watch-weights.ts";
import { describeRedis } from "./queue/connection.ts";
import { createLiveness, watchLiveness } from "./queue/liveness.ts";
import { openStateRedis } from "./queue/open-state-redis.ts";
import { guardRedis } from "./queue/redis-guard.ts";
import { forgetGone } from "./round/pipeline.ts";
import { defaultPoolLimits } from "./round/pools.ts";
import { createRoundService, lockTiming } from "./round/service.ts";
import { createMinerTls, type MinerTls } from "./round/tls.ts";
import { serveStatusPages } from "./status/pages.ts";
import { createReporter } from "./status/reporter.ts";
import { createSnapshotKeeper, knownScores } from "./status/snapshot.ts";
import { openStores } from "./store/open-stores.ts";
import { createWeightsChain } from "./weights/chain-view.ts";
import { createWeightsLedger } from "./weights/ledger.ts";
import { createWeightsWriter } from "./weights/writer.ts";

/** A validator: chain and Redis in, scores and weights out. Each block of the story may rely on everything above it. */
async function validate(config: ValidatorConfig, proc: RunningProcess): Promise<void> {
  const { log, lifecycle, events } = proc;
  const { signal } = lifecycle;
  const { name, netuid, allowPrivate, dialects: spoken, acceptUnsigned, submitFrom, takeOver } = config;
  await prepareFastHashes();
  const keypair = await readKeyfile(config.hotkeyFile);
  const hotkey = keypair.address;
  const subnet = await loadSubnetDefinition(config.subnetDefinition);
  const roundBlocks = config.roundBlocks ?? subnet.roundBlocks;
  const metrics = createMetrics(validatorMetrics, { defaultLabels: { validator: name }, collectDefault: true });
  const report = createReporter(name, { metrics, events, log });

  // Redis before anything that queues: a queue made on a Redis that does not answer would hang.
  const state = await openStateRedis(config.redisUrl, { lifecycle, log });
  const client = await connect(config, proc);
  const { blockMs, genesisHash } = client;
  const prefix = config.redisPrefix ?? `{val:${hotkey.slice(0, 12)}}`;
  const { keys, salt, rounds, scores, dialects } = await openStores(
    { prefix, owner: { genesisHash, netuid, hotkey }, currentRound: roundOf(client.head().number, roundBlocks) },
    state.redis,
  );
  const snapshot = createSnapshotKeeper({ rounds, scores });
  await snapshot.refresh();

  const { evidenceDir: directory, evidenceMaxBytes: maxBytes } = config;
  const witness = openWitness(
    { directory, maxBytes, genesisHash, netuid, roundBlocks, salt },
    { keypair, subnet, rounds, metrics, lifecycle, log },
  );

  const tls = createMinerTls(
    { mode: config.tls, netuid, genesisHash, connectTimeoutMs: defaultPoolLimits.connectTimeoutMs },
    { identity: createTlsIdentity({ keypair, role: "validator", netuid, genesisHash }) },
  );

  // Chain time, and who is on the subnet, and who of them answers over TLS.
  const clock = createBlockClock({
    subscribe: (onHead) =>
      config.heads === "best" ? client.subscribeHeads(onHead) : subscribeFinalizedHeads(client, onHead),
    signal,
    onError: (duty, error, failures) =>
      log[failures === 1 ? "warn" : "debug"]({ duty, reason: errorMessage(error) }, "a duty failed in this block"),
  });
  const metagraph = createMetagraphSync(
    { everyBlocks: Math.max(1, Math.floor(roundBlocks / 2)) },
    { clock, fetch: (head) => fetchSubnet(client, netuid, head.hash, config.tls === "off" ? undefined : tls), log },
  );
  await metagraph.refresh(config.heads === "best" ? client.head() : await finalizedHead(client));

  // Scores: rounds as durable jobs, worked on only while Redis keeps what comes of them.
  const liveness = createLiveness();
  const roundMs = roundBlocks * blockMs;
  const timing = lockTiming(roundMs, { lockMs: config.jobLockMs, stalledMs: config.jobStalledMs });
  const { maxPools, connectionsPerMiner } = config;
  const pools = { ...defaultPoolLimits, maxPools, connectionsPerMiner };
  const alpha = config.alpha ?? subnet.weights.ema;
  const { address } = state;
  const takeoverMs = timing.lockMs + 2 * timing.stalledMs;
  const round = { netuid, hotkey, salt, alpha, roundBlocks, roundMs, takeoverMs };
  const ask = { allowPrivate, dialects: spoken, acceptUnsigned };
  const service = await createRoundService(
    { ...round, ask, address, prefix, timing, pools },
    {
      clock,
      metagraph: metagraph.current,
      subnet,
      rounds,
      scores,
      dialects,
      keypair,
      log,
      lifecycle,
      tls,
      witness,
      nowMs: Date.now,
      onOutcome: report.outcome,
      onDialect: report.dialect,
      hooks: { onSettled: report.settled, onAbandoned: report.abandoned },
      jobs: {
        onStarted: () => liveness.touch(),
        onFinished: report.job,
        onStalled: (queue) => report.job(queue, "stalled"),
        onLockLost: (queue, jobs) => report.job(queue, "lock_lost", jobs),
      },
    },
  );
  const redis = guardRedis({ heartbeatKey: keys.heartbeat, signal }, { state, work: service, log });

  // Weights: once per epoch, from the scores, through a ledger that survives us.
  const ledger = createWeightsLedger(state.redis, keys);
  const watch = createWeightsWatch(
    { ownHotkey: hotkey },
    { readEpoch: (at) => readEpochInput(client, at), metrics, log },
  );
  const writer = createWeightsWriter(
    {
      ownHotkey: hotkey,
      shape: subnet.weights.shape,
      versionKey: BigInt(subnet.version),
      blockMs,
      submitFrom,
      takeOver,
    },
    {
      chain: createWeightsChain(client, netuid, keypair, log),
      ledger: witness?.ledger(ledger) ?? ledger,
      scores: async () => knownScores(await snapshot.refresh()),
      beforeSubmit: async (proposal) => {
        witness?.proposed(proposal);
        await watch.look(proposal);
      },
      onEvent: report.weights,
      onDoppelganger: (error) => proc.fail(error),
      log,
    },
  );
  await writer.load();

  let started = false;
  const info = { netuid, subnet: subnet.name, hotkey, redis: describeRedis(address), roundBlocks, ...timing };
  const metricsPort = await serveStatusPages(
    { port: config.metricsPort, ...info, redisWarnings: state.warnings, info },
    {
      client,
      clock,
      metagraph,
      snapshot,
      writer,
      watch,
      witness,
      redis,
      started: () => started,
      metrics,
      log,
      lifecycle,
    },
  );

  // From here on every block asks for its duties.
  clock.everyRound("rounds", roundBlocks, async (due, _head, missed) => {
    await service.begin(due);
    report.missed(missed);
    if (due % 100 === 0) await forgetGone(scores, metagraph.hotkeys(), due);
  });
  clock.everyBlock("weights", writer.onHead);
  // Redis being away is the heartbeat's to tell.
  clock.everyBlock("status", async () => void (await snapshot.refresh().catch(() => undefined)));
  await service.run();
  await clock.start();
  started = true;
  const uid = metagraph.uidOf(hotkey);
  log.info({ ...info, uid, metricsPort }, "validating");
  events.emit({ type: "process.ready", name, metricsPort, hotkey, uid });
  await watchLiveness(liveness, { up: redis.up, waiting: service.waiting, metrics, signal });
}

/** The metagraph of a block, and with it the TLS keys that its miners publish. */
async function fetchSubnet(
  client: ChainClient,
  netuid: number,
  at: string,
  tls: MinerTls | undefined,
): Promise<Metagraph> {
  const metagraph = await fetchMetagraph(client, netuid, { at });
  if (tls === undefined) return metagraph;
  const hotkeys = metagraph.neurons.map(({ hotkey }) => hotkey);
  tls.replace(await readFingerprints(client, netuid, hotkeys, { at }), new Set(hotkeys));
  return metagraph;
}

async function connect(config: ValidatorConfig, { log, lifecycle }: RunningProcess): Promise<ChainClient> {
  const { chainEndpoints: endpoints, genesisHash } = config;
  const pinned = genesisHash === undefined ? {} : { genesisHash };
  const client = await connectChain({ endpoints, log, signal: lifecycle.signal, ...pinned });
  lifecycle.onClose("chain", () => client.close());
  return client;
}

runProcess({ config: validatorConfig, identify: (config) => config, main: validate });
