import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { isOk } from "../../system/http-json.ts";
import type { LocalPaths } from "../paths.ts";
import { pingRedis } from "../redis/ping.ts";
import type { RedisServer } from "../redis/provision.ts";
import { redisServerArgs } from "../redis/server-options.ts";
import type { ChildCommand } from "../supervisor/child.ts";
import type { ProcessSpec } from "../supervisor/supervised.ts";
import { hotkeyFile } from "./keys.ts";
import type { PlannedMiner, PlannedValidator } from "./plan.ts";
import type { PortPlan } from "../ports.ts";
import type { CompiledSubnet } from "./subnet-file.ts";

/** A small young generation: a process of this kind makes little garbage, and ten of them share a machine. Saves about 15 MB each. */
const YOUNG_SPACE_MB = 4;
const READY_DEADLINE_MS = 1000;
/** Callers with less stake weight than this are no validators of ours. */
const MIN_STAKE_RAO = 1_000_000_000;
/** The supervisor kills what has not ended after 5 s. */
const MINER_DRAIN_MS = 2_000;

/** Of one validator: about a day of a small network. */
const EVIDENCE_BYTES = 64 * 1024 * 1024;

/** What solvers and scorers say when they fail stands there: elsewhere it might repeat what a stranger sent. Nothing is said there of every request. */
const AUTHORS_LOG_LEVEL = "debug";

/** What every process of the network is told alike. */
export type SpecContext = {
  readonly paths: LocalPaths;
  readonly ports: PortPlan;
  readonly env: NodeJS.ProcessEnv;
};

const chainUrl = (ports: PortPlan): string => `ws://127.0.0.1:${ports.chain}`;

/** The development chain. */
export function chainSpec(context: SpecContext, options: { blockMs: number }): ProcessSpec {
  const { paths, ports } = context;
  mkdirSync(paths.chain, { recursive: true });
  const config = {
    host: "127.0.0.1",
    port: ports.chain,
    metricsPort: ports.chainMetrics,
    blockMs: options.blockMs,
    stateDir: paths.chain,
  };
  return {
    name: "chain",
    kind: "chain",
    critical: true,
    command: bundled(context, "chain", config),
    ready: () => isReady(ports.chainMetrics),
  };
}

/** Our own Redis, through the shim that gives it a lifeline. */
export function redisSpec(context: SpecContext, server: RedisServer): ProcessSpec {
  const { paths, ports, env } = context;
  mkdirSync(paths.redis, { recursive: true });
  const args = [...server.args, ...redisServerArgs({ port: ports.redis, dataDir: paths.redis })];
  return {
    name: "redis",
    kind: "redis",
    critical: true,
    command: {
      command: process.execPath,
      args: [path.join(paths.dist, "redis-shim.js"), server.command, ...args],
      env: { ...env, ...server.env },
      cwd: paths.root,
    },
    ready: () => pingRedis(ports.redis),
  };
}

/** A miner with one solver variant. */
export function minerSpec(
  context: SpecContext,
  miner: PlannedMiner,
  subnet: CompiledSubnet,
  netuid: number,
): ProcessSpec {
  const config = {
    chainEndpoints: [chainUrl(context.ports)],
    netuid,
    hotkeyFile: hotkeyFile(context.paths.keys, miner.name),
    subnetDefinition: subnet.definitionFile,
    solvers: subnet.solversFile,
    modelFolder: subnet.folder,
    variant: miner.variant,
    host: "127.0.0.1",
    port: miner.axonPort,
    metricsPort: miner.metricsPort,
    announceIp: "0.0.0.1",
    // Miners load while set-up still registers them.
    waitForRegistration: true,
    // Permits are given by the first epoch; until then stake alone tells a validator from a stranger.
    requirePermit: false,
    minStakeRao: MIN_STAKE_RAO,
    drainMs: MINER_DRAIN_MS,
    // Half a dozen miners on one machine: on a GPU each would take a process more and its part of the memory.
    modelProviders: ["cpu"],
    logLevel: AUTHORS_LOG_LEVEL,
  };
  return {
    name: miner.name,
    kind: "miner",
    critical: false,
    command: bundled(context, miner.name, config, "miner"),
    ready: () => isReady(miner.metricsPort),
  };
}

/** A validator; all of one network share a Redis and keep apart by prefix. */
export function validatorSpec(
  context: SpecContext,
  validator: PlannedValidator,
  subnet: CompiledSubnet,
  options: { netuid: number; redisUrl: string; networkId: string },
): ProcessSpec {
  const config = {
    name: validator.name,
    chainEndpoints: [chainUrl(context.ports)],
    netuid: options.netuid,
    hotkeyFile: hotkeyFile(context.paths.keys, validator.name),
    subnetDefinition: subnet.definitionFile,
    redisUrl: options.redisUrl,
    redisPrefix: `{${options.networkId}:${validator.index}}`,
    metricsPort: validator.metricsPort,
    allowPrivate: true,
    // With the rest of the state: a new chain begins a new log.
    evidenceDir: path.join(context.paths.state, "evidence", validator.name),
    evidenceMaxBytes: EVIDENCE_BYTES,
    logLevel: AUTHORS_LOG_LEVEL,
  };
  return {
    name: validator.name,
    kind: "validator",
    critical: false,
    command: bundled(context, validator.name, config, "validator"),
    ready: () => isReady(validator.metricsPort),
  };
}

function bundled(
  { paths, env }: SpecContext,
  name: string,
  config: Record<string, unknown>,
  bundle: string = name,
): ChildCommand {
  mkdirSync(paths.config, { recursive: true, mode: 0o700 });
  const file = path.join(paths.config, `${name}.json`);
  rmSync(file, { force: true });
  writeFileSync(file, JSON.stringify(config, undefined, 2), { mode: 0o600 });
  const args = [
    "--enable-source-maps",
    `--max-semi-space-size=${YOUNG_SPACE_MB}`,
    path.join(paths.dist, `${bundle}.js`),
    "--config",
    file,
  ];
  return { command: process.execPath, args, env, cwd: paths.root };
}

function isReady(port: number): Promise<boolean> {
  return isOk(`http://127.0.0.1:${port}/ready`, READY_DEADLINE_MS);
}
