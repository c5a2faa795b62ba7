import { setMaxListeners } from "node:events";
import { dirname } from "node:path";
import { type ChainClient, connectChain } from "@subnetkit/chain/client/connect";
import { type BlockClock, createBlockClock } from "@subnetkit/shared/clock/block-clock";
import { readKeyfile } from "@subnetkit/shared/crypto/keyfile";
import type { Keypair } from "@subnetkit/shared/crypto/keypair";
import { errorMessage, isAppError } from "@subnetkit/shared/errors/app-error";
import { type RunningProcess, runProcess } from "@subnetkit/shared/lifecycle/run-process";
import { startStatusServer } from "@subnetkit/shared/metrics/server";
import { axonDialect } from "@subnetkit/shared/protocol/axon/dialect";
import { btauthDialect } from "@subnetkit/shared/protocol/btauth";
import { type Dialect, type DialectName, dialectNames } from "@subnetkit/shared/protocol/dialect";
import { epistulaDialect } from "@subnetkit/shared/protocol/epistula/epistula";
import { createTlsIdentity } from "@subnetkit/shared/protocol/tls/identity";
import { openTlsKeyFile } from "@subnetkit/shared/protocol/tls/key-file";
import { makeTlsKey } from "@subnetkit/shared/protocol/tls/make-certificate";
import type { SolverVariant, SubnetDefinition } from "@subnetkit/shared/subnet";
import { loadSolvers, loadSubnetDefinition } from "@subnetkit/shared/subnet/load";
import { type Admission, createAdmission } from "./admission/admission.ts";
import { createAddressGuard } from "./admission/address-guard.ts";
import { createBodyBudget } from "./admission/body-budget.ts";
import { followCallerLists, noLists } from "./admission/caller-lists.ts";
import { type Callers, createCallers } from "./admission/callers.ts";
import { openReplayStore } from "./admission/open-replay-store.ts";
import { createRateLimiter } from "./admission/rate-limiter.ts";
import { refusals } from "./admission/refusal.ts";
import { createAnnouncer } from "./chain/announcer.ts";
import { chainHooks } from "./chain/chain-hooks.ts";
import { createMetagraphWatch } from "./chain/metagraph-watch.ts";
import { ensureRegistered } from "./chain/registration.ts";
import { type MinerConfig, minerConfig } from "./config.ts";
import { axonWire } from "./dialects/axon-wire.ts";
import { createMinerMetrics, type MinerMetrics } from "./metrics.ts";
import { createRuntimes, servedElsewhere } from "./runtime/create-runtimes.ts";
import { type ModelStore, openModels } from "./runtime/model-store.ts";
import type { ModelInfo } from "./runtime/model-slot.ts";
import { fetchModel } from "./runtime/sources/fetch-model.ts";
import { sharePolicy } from "./scheduler/policy.ts";
import { createScheduler } from "./scheduler/scheduler.ts";
import { createMinerServer } from "./server/create-server.ts";
import { createHotkeyTls, type HotkeyTls } from "./server/tls.ts";
import { jsonWire } from "./server/wire.ts";
import { createSolverHost } from "./solving/solver-host.ts";
import {
  createMinerStatus,
  healthOf,
  initialFacts,
  type MinerFacts,
  type MinerStatus,
  publicHealthOf,
} from "./status.ts";

/** Protocol number of HTTP in an axon entry, by the field's custom, and our own version of what is served there. */
const httpProtocol = 4;
const axonVersion = 1;

/** What every part of the process may use. */
type Process = RunningProcess & {
  readonly config: MinerConfig;
  readonly metrics: MinerMetrics;
  readonly facts: MinerFacts;
};

/** The miner's key, and what it has learnt to answer. */
type Craft = {
  readonly keypair: Keypair;
  readonly subnet: SubnetDefinition;
  readonly variant: SolverVariant;
  readonly models: ModelStore;
};

/** The miner's place on the chain. */
type Place = { readonly client: ChainClient; readonly clock: BlockClock };

/** The story of a miner: craft, status pages, chain and registration, callers, server, announcement. */
async function run(proc: Process): Promise<void> {
  const { config, events, facts } = proc;
  const craft = await learnCraft(proc);
  const hotkey = craft.keypair.address;
  const status = createMinerStatus({
    hotkey,
    netuid: config.netuid,
    variant: config.variant,
    label: craft.variant.label,
    models: craft.models.infos,
  });
  const metricsPort = await serveStatus(proc, status);
  const place = await joinChain(proc, hotkey);
  const { callers, admission, uid } = await followMetagraph(proc, place, hotkey);
  const tls = await openTls(proc, craft.keypair, place, callers);
  const port = await serve(proc, { craft, callers, admission, status, tls });
  await announce(proc, place, craft.keypair, { port, fingerprint: tls?.fingerprint });
  events.emit({
    type: "process.ready",
    name: "miner",
    port,
    metricsPort,
    hotkey,
    uid,
    announced: facts.announced,
    model: craft.variant.label,
    provider: craft.models.infos()[0]?.provider,
  });
}

/** Key, subnet, solvers and warm models: everything that can be wrong on this machine is found before the chain hears of us. */
async function learnCraft({ config, lifecycle, log, metrics }: Process): Promise<Craft> {
  const keypair = await readKeyfile(config.hotkeyFile);
  const subnet = await loadSubnetDefinition(config.subnetDefinition);
  const variant = await loadSolvers(config.solvers, subnet, config.variant);
  const models = await openVariantModels(variant, { config, lifecycle, log, metrics });
  return { keypair, subnet, variant, models };
}

/** The models of the variant, each where it disturbs nobody; their files are watched from now on. */
async function openVariantModels(
  variant: SolverVariant,
  { config, lifecycle, log, metrics }: Pick<Process, "config" | "lifecycle" | "log" | "metrics">,
): Promise<ModelStore> {
  const { ipfsGateways, modelCheckMs: checkMs, modelServers: servers, modelKey: key } = config;
  const { modelProviders: providers, modelCache: cacheFolder } = config;
  const limits = {
    maxBytes: config.maxModelMb * 1024 ** 2,
    deadlineMs: config.modelFetchSeconds * 1000,
    idleMs: 30_000,
  };
  const runtimes = createRuntimes(
    // The bundle beside this one.
    { workerUrl: new URL("./model-worker.js", import.meta.url), providers, servers, key },
    { log, onThreadRestart: () => metrics.subnetkit_miner_model_thread_restarts_total.inc() },
  );
  const labels = ({ path: model, runtime, provider, sha256 }: ModelInfo) => ({ model, runtime, provider, sha256 });
  const models = await openModels(
    {
      folder: config.modelFolder ?? dirname(config.solvers),
      models: servedElsewhere(variant.models ?? [], servers),
      ipfsGateways,
      checkMs,
    },
    {
      runtimes,
      fetchFile: (order) => fetchModel(order, { cacheFolder, limits }, { log, signal: lifecycle.signal }),
      log,
      onSwap: (outcome, old, now) => {
        metrics.subnetkit_miner_model_swaps_total.inc({ outcome });
        metrics.subnetkit_miner_model_info.remove(labels(old));
        metrics.subnetkit_miner_model_info.set(labels(now), 1);
      },
    },
  );
  lifecycle.onClose("models", () => models.close());
  for (const info of models.infos()) metrics.subnetkit_miner_model_info.set(labels(info), 1);
  return models;
}

/** The operator's pages; resolves with their port. */
async function serveStatus(proc: Process, status: MinerStatus): Promise<number> {
  const { config, lifecycle, log, metrics, facts } = proc;
  const server = await startStatusServer({
    host: config.metricsHost,
    port: config.metricsPort,
    registry: metrics.registry,
    health: () => healthOf({ ...facts, stopping: lifecycle.signal.aborted }, status.info()),
    status: () => ({ ...status.info(), ...facts }),
    log,
  });
  lifecycle.onClose("status pages", () => server.close());
  return server.port;
}

/** Connects, and makes sure that the hotkey has a uid. */
async function joinChain(proc: Process, hotkey: string): Promise<Place> {
  const { config, lifecycle, log, metrics, facts } = proc;
  const { signal } = lifecycle;
  log.info("connecting to the chain");
  const client = await connectChain({
    endpoints: config.chainEndpoints,
    ...(config.genesisHash === undefined ? {} : { genesisHash: config.genesisHash }),
    requestTimeoutMs: config.rpcTimeoutMs,
    hooks: chainHooks(metrics, facts),
    log,
    signal,
  });
  lifecycle.onClose("chain", () => client.close());
  const clock = createBlockClock({
    subscribe: (onHead) => client.subscribeHeads(onHead),
    signal,
    onError: (duty, error, failures) => onDutyError(duty, error, failures, proc),
  });
  await clock.start();
  const { netuid, waitForRegistration: wait } = config;
  await ensureRegistered({ netuid, hotkey, wait }, { client, clock, log, signal });
  return { client, clock };
}

/** Reads who may ask, now and every few blocks. */
async function followMetagraph(
  proc: Process,
  { client, clock }: Place,
  hotkey: string,
): Promise<{ readonly callers: Callers; readonly admission: Admission; readonly uid: number | undefined }> {
  const { config, metrics, facts } = proc;
  const callers = createCallers();
  const admission = await openAdmission(proc, callers, hotkey);
  const metagraph = createMetagraphWatch(
    { netuid: config.netuid, hotkey, refreshBlocks: config.metagraphRefreshBlocks },
    {
      client,
      onMetagraph: (latest, self) => {
        callers.replace(latest);
        facts.registered = true;
        facts.metagraphBlock = latest.block;
        metrics.subnetkit_miner_registered.set(1);
        metrics.subnetkit_miner_metagraph_block.set(latest.block);
        metrics.subnetkit_miner_known_callers.set(callers.count(admission.admits));
        metrics.subnetkit_miner_uid.set(self.uid);
        metrics.subnetkit_miner_incentive_ratio.set(self.incentive / 65_535);
        metrics.subnetkit_miner_emission_rao.set(Number(self.emissionRao));
        metrics.subnetkit_miner_stake_rao.set(Number(self.totalStakeRao));
      },
    },
  );
  await metagraph.tick(client.head().number);
  clock.everyBlock("metagraph", ({ number }) => metagraph.tick(number));
  return { callers, admission, uid: metagraph.self()?.uid };
}

async function openAdmission(proc: Process, callers: Callers, hotkey: string): Promise<Admission> {
  const { config, lifecycle, log, metrics } = proc;
  const lists = config.callerLists === undefined ? undefined : await followCallerLists(config.callerLists, { log });
  if (lists !== undefined) lifecycle.onClose("caller lists", () => lists.close());
  const { requirePermit, minStakeRao, maxBodyBytes, requestsPerSecond, requestBurst } = config;
  const known: Readonly<Record<DialectName, () => Dialect>> = {
    btauth: btauthDialect,
    axon: axonDialect,
    epistula: epistulaDialect,
  };
  const dialects = dialectNames.filter((name) => config.dialects.includes(name)).map((name) => known[name]());
  const maxAgeMs = Math.max(...dialects.map((dialect) => dialect.maxAgeMs));
  const replay = await openReplayStore(
    { redisUrl: config.replayRedisUrl, hotkey, netuid: config.netuid, maxAgeMs },
    { log, onClose: (close) => lifecycle.onClose("replay store", close) },
  );
  return createAdmission(
    { receiver: hotkey, scheme: "sr25519", requirePermit, minStakeRao, maxBodyBytes },
    {
      dialects,
      callers,
      replay,
      rate: createRateLimiter({ perSecond: requestsPerSecond, burst: requestBurst }),
      addresses: createAddressGuard({
        requests: { perSecond: config.addressRequestsPerSecond, burst: config.addressRequestBurst },
        failures: { perSecond: config.failuresPerSecond, burst: config.failureBurst },
      }),
      lists: lists ?? noLists,
      bodies: createBodyBudget({ maxBytes: config.maxUnverifiedBytes, maxBodyBytes }),
      onPassed: (stage) => metrics.subnetkit_miner_stage_passed_total.inc({ stage }),
    },
  );
}

/** Hotkey-bound TLS where it is switched on; every block it looks after its connections and its certificate. */
async function openTls(
  { config, metrics }: Process,
  keypair: Keypair,
  { client, clock }: Place,
  callers: Callers,
): Promise<HotkeyTls | undefined> {
  const { netuid, tlsKeyFile } = config;
  if (config.tls === "off") return undefined;
  const { genesisHash } = client;
  const key = tlsKeyFile === undefined ? makeTlsKey() : await openTlsKeyFile(tlsKeyFile);
  const tls = createHotkeyTls(
    { netuid, genesisHash },
    {
      identity: createTlsIdentity({ keypair, role: "miner", netuid, genesisHash, key }),
      knows: (hotkey) => callers.find(hotkey) !== undefined,
      onHandshake: (outcome) => metrics.subnetkit_miner_tls_handshakes_total.inc({ outcome }),
    },
  );
  clock.everyBlock("tls", () => tls.tick());
  return tls;
}

/** Opens the public port; resolves with it. */
async function serve(
  proc: Process,
  {
    craft,
    callers,
    admission,
    status,
    tls,
  }: {
    readonly craft: Craft;
    readonly callers: Callers;
    readonly admission: Admission;
    readonly status: MinerStatus;
    readonly tls: HotkeyTls | undefined;
  },
): Promise<number> {
  const { config, lifecycle, log, metrics, facts } = proc;
  const { keypair, subnet, variant, models } = craft;
  const { netuid } = config;
  const hotkey = keypair.address;
  const scheduler = createScheduler(
    { maxConcurrent: config.maxConcurrent, maxPerGroup: config.maxPerTask, maxQueued: config.maxQueued },
    {
      share: sharePolicy(config.sharePolicy, callers.topStakeRao),
      onWaited: (ms) => metrics.subnetkit_miner_queue_wait_seconds.observe(ms / 1000),
      onChange: () => {
        metrics.subnetkit_miner_queue_depth.set(scheduler.depth());
        metrics.subnetkit_miner_in_flight.set(scheduler.inFlight());
      },
    },
  );
  const drained = new AbortController();
  // Every request under way listens to it, and Node warns of more than ten.
  setMaxListeners(0, drained.signal);
  const server = createMinerServer(
    {
      limits: config,
      description: { subnet, netuid, hotkey, maxRequestBytes: config.maxBodyBytes, dialects: config.dialects },
    },
    {
      admission,
      scheduler,
      solvers: createSolverHost({ subnet, variant, models }),
      wires: {
        btauth: jsonWire(keypair),
        epistula: jsonWire(keypair),
        axon: axonWire(keypair),
        tls: jsonWire(keypair),
      },
      tls,
      log,
      health: () => publicHealthOf({ ...facts, stopping: lifecycle.signal.aborted }),
      closed: () =>
        facts.registered ? (lifecycle.signal.aborted ? refusals.stopping : undefined) : refusals.deregistered,
      signal: drained.signal,
      onConnectionRefused: (reason) => metrics.subnetkit_miner_connections_refused_total.inc({ reason }),
      onOutcome: (outcome) => {
        metrics.subnetkit_miner_requests_total.inc({ outcome });
        status.onOutcome(outcome);
      },
      onSolved: (task, solveMs) => {
        metrics.subnetkit_miner_solve_seconds.observe({ task }, solveMs / 1000);
        status.onSolved(solveMs);
      },
    },
  );
  lifecycle.onClose("server", async () => {
    // Work under way may end; what takes longer is given up, so that its callers hear of it.
    const endMs = Date.now() + config.drainMs;
    const timer = setTimeout(() => drained.abort(new Error("the miner stops")), config.drainMs);
    await scheduler.drain();
    clearTimeout(timer);
    await server.close(Math.max(1_000, endMs - Date.now()));
  });
  const port = await server.listen(config.host, config.port);
  facts.listening = true;
  log.info({ host: config.host, port, netuid, hotkey }, "miner listening");
  return port;
}

/** Puts the address on the chain and keeps it there; does nothing without an address to announce. */
async function announce(
  proc: Process,
  { client, clock }: Place,
  hotkey: Keypair,
  { port, fingerprint }: { readonly port: number; readonly fingerprint: Uint8Array | undefined },
): Promise<void> {
  const { config, lifecycle, log, metrics, facts } = proc;
  const { netuid, announceIp: ip, announcePort } = config;
  if (ip === undefined) return;
  const announcer = createAnnouncer(
    { netuid, axon: { ip, port: announcePort ?? port, version: axonVersion, protocol: httpProtocol, fingerprint } },
    {
      client,
      hotkey,
      log,
      signal: lifecycle.signal,
      onChange: (announced) => {
        facts.announced = announced;
        metrics.subnetkit_miner_axon_announced.set(announced ? 1 : 0);
      },
    },
  );
  // The first attempt is waited for, so that "ready" usually means "announced"; one that fails is a duty like the later ones.
  await announcer.tick(client.head().number).catch((error: unknown) => onDutyError("announce", error, 1, proc));
  clock.everyBlock("announce", ({ number }) => announcer.tick(number));
}

/** A deregistered miner stops; anything else is tried again with the next block, and said once. */
function onDutyError(duty: string, error: unknown, failures: number, { log, fail, facts, metrics }: Process): void {
  if (isAppError(error, "E_MINER_DEREGISTERED") || isAppError(error, "E_SUBNET_UNKNOWN")) {
    facts.registered = false;
    metrics.subnetkit_miner_registered.set(0);
    metrics.subnetkit_miner_uid.set(-1);
    fail(error);
    return;
  }
  const level = failures === 1 ? "warn" : "debug";
  log[level]({ duty, reason: errorMessage(error) }, "a duty failed, trying again with the next block");
}

runProcess({
  config: minerConfig,
  // The server may take half of it: what it is made of has to be closed as well.
  identify: ({ logLevel, drainMs }) => ({ name: "miner", logLevel, closeDeadlineMs: 5_000 + 2 * drainMs }),
  main: (config, proc) => run({ ...proc, config, metrics: createMinerMetrics(), facts: initialFacts(config) }),
});
