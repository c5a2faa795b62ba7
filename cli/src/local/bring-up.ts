import { existsSync, rmSync } from "node:fs";
import path from "node:path";
import type { ChainClient } from "@subnetkit/chain/client/connect";
import { appError } from "@subnetkit/shared/errors/app-error";
import type { Logger } from "@subnetkit/shared/log/logger";
import type { EventBus } from "./event-bus.ts";
import { openKeptState } from "./network/kept-state.ts";
import { ensureHotkeyFile } from "./network/keys.ts";
import type { NetworkPlan } from "./network/plan.ts";
import { planNetwork } from "./network/plan.ts";
import { chainSpec, minerSpec, redisSpec, type SpecContext, validatorSpec } from "./network/process-specs.ts";
import { bundleSubnet, type CompiledSubnet, findSubnet, loadBundled } from "./network/subnet-file.ts";
import { runTrial, trialWorkerUrl } from "../subnet/run-trial.ts";
import { Observer } from "./observe/observer.ts";
import type { LocalOptions } from "./options.ts";
import type { LocalPaths } from "./paths.ts";
import { checkPorts, namedPorts } from "./ports.ts";
import { provisionRedis, type RedisServer } from "./redis/provision.ts";
import type { RunStep } from "./run-steps.ts";
import type { ChildExit } from "./supervisor/child.ts";
import type { Supervised } from "./supervisor/supervised.ts";
import type { Supervisor } from "./supervisor/supervisor.ts";
import { grouped } from "./view/format.ts";
import { waitReady } from "./wait-ready.ts";

const CHAIN_DEADLINE_MS = 30_000;
const REDIS_DEADLINE_MS = 30_000;
const NEURONS_DEADLINE_MS = 60_000;

export type BringUpContext = {
  readonly options: LocalOptions;
  readonly paths: LocalPaths;
  readonly env: NodeJS.ProcessEnv;
  readonly cwd: string;
  readonly bus: EventBus;
  readonly supervisor: Supervisor;
  readonly log: Logger;
  readonly signal: AbortSignal;
  readonly step: RunStep;
  readonly exits: ReadonlyMap<string, ChildExit>;
  readonly onChange: () => void;
  readonly onEpoch: (epochs: number) => void;
  /** Called with every process that was just started. */
  readonly onStarted: () => void;
};

/** A network that serves. */
export type UpNetwork = {
  readonly plan: NetworkPlan;
  readonly client: ChainClient;
  readonly netuid: number;
  readonly observer: Observer;
  readonly urls: Readonly<Record<string, string>>;
  readonly redisUrl: string;
};

/** What is known of a network before it serves: enough for a summary of a failed start. */
export type BringUpParts = { observer?: Observer; client?: ChainClient };

/**
 * Starts everything in order, step by step: checks, Redis, chain, keys, subnet, miners, validators. Whatever it started is in the
 * supervisor's hands when it throws; `parts` then holds what else has to be closed.
 */
export async function bringUp(context: BringUpContext, parts: BringUpParts): Promise<UpNetwork> {
  const { options, paths, step, supervisor, signal, exits } = context;
  // The polkadot.js client takes most of a second to load: it does so while the processes start.
  const clientModules = Promise.all([import("@subnetkit/chain/client/connect"), import("./network/set-up.ts")]);
  clientModules.catch(() => {});

  let subnet!: CompiledSubnet;
  let plan!: NetworkPlan;
  await step("checks", async () => {
    [subnet, plan] = await check(context);
    const { ports } = plan;
    return `subnet "${subnet.definition.name}" compiles, ports ${ports.base + 44} to ${ports.base + 500 + plan.miners.length} are free`;
  });
  const { ports } = plan;
  const spec: SpecContext = { paths, ports, env: context.env };
  const kept = openKeptState(paths, subnet.definition.name, options.fresh);
  const start = (process: Parameters<Supervisor["start"]>[0]): Supervised => {
    const supervised = supervisor.start(process);
    context.onStarted();
    return supervised;
  };
  const chain = start(chainSpec(spec, { blockMs: options.blockMs }));

  let redisUrl = `redis://127.0.0.1:${ports.redis}`;
  await step("redis", async (report) => {
    const server = await provisionRedis({
      cacheDir: path.join(paths.cache, "redis"),
      log: report.progress,
      env: context.env,
    });
    if (server.fresh) report.note("first run only");
    if (server.url !== undefined) {
      const { checkRedis } = await import("@subnetkit/validator/queue/redis-checks");
      const { describeRedis, parseRedisUrl } = await import("@subnetkit/validator/queue/redis-url");
      redisUrl = server.url;
      const { version } = await checkRedis(parseRedisUrl(server.url));
      return `${version}, yours at ${describeRedis(parseRedisUrl(server.url))} (REDIS_URL)`;
    }
    const redis = start(redisSpec(spec, server));
    await waitReady([redis], {
      deadlineMs: REDIS_DEADLINE_MS,
      signal,
      exits,
      onProgress: () => report.progress("waiting for PING"),
    });
    return `${server.version}, ${sourceWords(server)} on 127.0.0.1:${ports.redis}`;
  });

  const shown = plan.miners.find(({ offline }) => !offline);
  const urls = {
    chain: `ws://127.0.0.1:${ports.chain}`,
    metrics: `http://127.0.0.1:${ports.supervisor}/metrics`,
    ...(shown === undefined ? {} : { miner: `http://127.0.0.1:${shown.axonPort}` }),
  };
  let client!: ChainClient;
  await step("chain", async (report) => {
    const startedAt = Date.now();
    await waitReady([chain], {
      deadlineMs: CHAIN_DEADLINE_MS,
      signal,
      exits,
      onProgress: () => report.progress("waiting for /ready"),
    });
    const [{ connectChain }] = await clientModules;
    client = await connectChain({ endpoints: [urls.chain], log: context.log, signal });
    parts.client = client;
    const first = client.head().number;
    const after = `${((Date.now() - startedAt) / 1000).toFixed(1)} s`;
    if (!kept.resumed) return `${urls.chain}, block ${grouped(first)} after ${after}`;
    return `${urls.chain}, resumed at block ${grouped(first)} (--fresh starts over)`;
  });

  await step("keys", async (report) => {
    const neurons = [...plan.validators, ...plan.miners];
    const written = await Promise.all(neurons.map(({ name, uris }) => ensureHotkeyFile(paths.keys, name, uris.hotkey)));
    if (!written.some(Boolean)) report.note("kept");
    return `owner, ${plan.validators.length} validators, ${plan.miners.length} miners (public dev keys, never real)`;
  });

  const online = plan.miners.filter(({ offline }) => !offline);
  let miners: Supervised[] = [];
  let netuid!: number;
  await step("subnet", async (report) => {
    const [, { setUpSubnet }] = await clientModules;
    const result = await setUpSubnet(client, {
      plan,
      tempo: options.tempo,
      log: context.log,
      signal,
      onProgress: report.progress,
      // Set-up waits for blocks, loading needs the processor: side by side they take the time of one.
      onNetuid: (created) => {
        miners = online.map((miner) => start(minerSpec(spec, miner, subnet, created)));
      },
    });
    netuid = result.netuid;
    const done = result.created
      ? `${result.neurons} neurons registered, stake set, started`
      : `${result.neurons} neurons`;
    if (!result.created) report.note(result.added === 0 ? "kept" : `${result.added} added`);
    return `${netuid} "${subnet.definition.name}": ${done}`;
  });

  const observer = new Observer({
    subnet: subnet.definition.name,
    plan,
    tempo: options.tempo,
    blockMs: options.blockMs,
    urls,
    bus: context.bus,
    supervisor,
    log: context.log,
    onChange: context.onChange,
    onEpoch: context.onEpoch,
  });
  parts.observer = observer;
  observer.start(client, netuid);

  await step("miners", async (report) => {
    const onProgress = waitingWords(report.progress, miners.length, "answer");
    await waitReady(miners, { deadlineMs: NEURONS_DEADLINE_MS, signal, exits, onProgress });
    const silent = plan.miners.length - miners.length;
    return `${miners.length} of ${miners.length} answer${silent === 0 ? "" : `, ${silent} registered and offline`}`;
  });

  // Only now: a validator that asks before a miner is up would begin by scoring it as absent.
  const validatorOptions = { netuid, redisUrl, networkId: kept.network.networkId };
  const validators = plan.validators.map((validator) =>
    start(validatorSpec(spec, validator, subnet, validatorOptions)),
  );
  await step("validators", async (report) => {
    const onProgress = waitingWords(report.progress, validators.length, "synced");
    await waitReady(validators, { deadlineMs: NEURONS_DEADLINE_MS, signal, exits, onProgress });
    return `${validators.length} of ${validators.length} synced`;
  });
  return { plan, client, netuid, observer, urls, redisUrl };
}

const BUNDLES = ["chain.js", "miner.js", "validator.js", "redis-shim.js", "subnet-trial.js"];

async function check({ options, paths, cwd, env }: BringUpContext): Promise<[CompiledSubnet, NetworkPlan]> {
  const missing = BUNDLES.find((file) => !existsSync(path.join(paths.dist, file)));
  if (missing !== undefined) throw appError("E_NOT_BUILT", { file: missing });
  const source = findSubnet(options.subnet, { root: paths.root, cwd });
  const { root } = paths;
  const files = await bundleSubnet(source, { root, buildDir: paths.build });
  await runTrial({ source, files, root, challenges: undefined }, { workerUrl: trialWorkerUrl(paths.dist) });
  const subnet = await loadBundled(files, source, root);
  const plan = planNetwork({
    cast: subnet.definition.local.miners,
    portBase: options.portBase,
    validators: options.validators,
    ...(options.miners === undefined ? {} : { miners: options.miners }),
  });
  const ownRedis = (env["REDIS_URL"] ?? "") === "";
  await checkPorts(namedPorts(plan.ports, ownRedis), options.portBase);
  return [subnet, plan];
}

/** What an earlier run left in the folder of configurations is of no use to this one. */
export function clearConfigs(paths: LocalPaths): void {
  rmSync(paths.config, { recursive: true, force: true });
}

function sourceWords({ source, command }: RedisServer): string {
  return source === "private" ? "private copy" : source === "docker" ? "docker" : command;
}

function waitingWords(
  progress: (text: string) => void,
  total: number,
  verb: string,
): (ready: number, waitingFor: readonly string[]) => void {
  return (ready, waitingFor) => {
    const names = waitingFor.slice(0, 3).map((name) => `${name} /ready`);
    progress(`${ready} of ${total} ${verb}, waiting for: ${names.join(", ")}${waitingFor.length > 3 ? " ..." : ""}`);
  };
}
