import { appError } from "@subnetkit/shared/errors/app-error";
import type { Keypair } from "@subnetkit/shared/crypto/keypair";
import type { Lifecycle } from "@subnetkit/shared/lifecycle/lifecycle";
import type { Logger } from "@subnetkit/shared/log/logger";
import type { Metrics } from "@subnetkit/shared/metrics/define";
import type { SubnetDefinition } from "@subnetkit/shared/subnet";
import type { ValidatorConfig } from "../config.ts";
import type { FollowedChain } from "../metagraph/follow-chain.ts";
import type { ValidatorMetrics } from "../metrics.ts";
import type { AskOptions } from "../round/ask.ts";
import { createMinerPools, type PoolLimits } from "../round/pools.ts";
import type { MinerTls } from "../round/tls.ts";
import type { SnapshotKeeper } from "../status/snapshot.ts";
import type { DialectStore } from "../store/dialect-store.ts";
import { startOrganicServer } from "./organic-server.ts";
import type { OrganicQueue } from "./organic-queue.ts";
import { readTokens } from "./tokens.ts";

export type OpenOrganicOptions = Pick<
  ValidatorConfig,
  | "organicPort"
  | "organicHost"
  | "organicTokenFile"
  | "organicPerMinute"
  | "organicConcurrency"
  | "organicPerToken"
  | "organicPerRound"
> & { readonly ask: AskOptions; readonly pools: PoolLimits };

export type OpenOrganicModules = {
  readonly chain: Pick<FollowedChain, "metagraph" | "fingerprints"> | undefined;
  readonly keypair: Keypair | undefined;
  readonly tls: MinerTls | undefined;
  readonly subnet: SubnetDefinition;
  readonly snapshot: Pick<SnapshotKeeper, "current">;
  readonly dialects: DialectStore;
  readonly organic: OrganicQueue;
  readonly isReady: () => boolean;
  readonly metrics: Metrics<ValidatorMetrics>;
  readonly lifecycle: Lifecycle;
  readonly log: Logger;
};

/**
 * Opens the door for the subnet's users when a port is configured, closed again with the lifecycle; connections to miners are its own, so that users and rounds
 * do not wait for each other. Resolves with the port. Throws E_ORGANIC_ROLE, E_ORGANIC_TOKENS and what listening throws.
 */
export async function openOrganic(
  options: OpenOrganicOptions,
  modules: OpenOrganicModules,
): Promise<number | undefined> {
  const { organicPort: port, organicHost: host, organicTokenFile, organicPerRound } = options;
  const { chain, keypair, metrics, lifecycle, log, organic: queue, snapshot } = modules;
  if (port === undefined) return undefined;
  if (chain === undefined || keypair === undefined) throw appError("E_ORGANIC_ROLE");
  if (organicTokenFile === undefined)
    throw appError("E_ORGANIC_TOKENS", { path: "?", problem: "organicTokenFile is not set" });
  const tokens = readTokens(organicTokenFile);
  const pools = createMinerPools(options.pools, modules.tls);
  lifecycle.onClose("connections to miners for users", () => pools.close());
  const server = await startOrganicServer(
    {
      host,
      port,
      ask: options.ask,
      scored: organicPerRound > 0,
      perMinute: options.organicPerMinute,
      concurrency: options.organicConcurrency,
      perToken: options.organicPerToken,
    },
    {
      ...modules,
      keypair,
      pools,
      tokens,
      queue,
      metagraph: chain.metagraph.current,
      fingerprints: chain.fingerprints,
      scores: () => new Map([...snapshot.current().standings].map(([hotkey, { ema }]) => [hotkey, ema])),
      nowMs: Date.now,
      random: Math.random,
      onRequest: (status, ms) => {
        metrics.subnetkit_validator_organic_requests_total.inc({ status });
        if (status === 200) metrics.subnetkit_validator_organic_seconds.observe(ms / 1_000);
      },
      onOffered: (result) => metrics.subnetkit_validator_organic_pairs_total.inc({ result }),
    },
  );
  lifecycle.onClose("users' requests", () => server.close());
  if (host !== "127.0.0.1" && host !== "::1")
    log.warn(
      { host, port: server.port },
      "users' requests are taken in plain HTTP on a public address: put TLS before it",
    );
  return server.port;
}
