import { roundOf } from "@subnetkit/shared/clock/block-clock";
import type { Lifecycle } from "@subnetkit/shared/lifecycle/lifecycle";
import type { Logger } from "@subnetkit/shared/log/logger";
import type { Metrics } from "@subnetkit/shared/metrics/define";
import { startStatusServer } from "@subnetkit/shared/metrics/server";
import type { Witness } from "../evidence/witness.ts";
import type { FollowedChain } from "../metagraph/follow-chain.ts";
import type { ValidatorMetrics } from "../metrics.ts";
import type { RedisMonitor } from "../queue/monitor.ts";
import type { Role } from "../roles.ts";
import type { WeightsPart } from "../weights/weights-part.ts";
import { setGauges } from "./gauges.ts";
import { validatorHealth } from "./health.ts";
import type { SnapshotKeeper } from "./snapshot.ts";
import { buildStatus, type ValidatorStatus } from "./status-view.ts";

export type PagesOptions = {
  readonly roles: readonly Role[];
  readonly port: number;
  readonly netuid: number;
  readonly subnet: string;
  readonly hotkey: string;
  readonly roundBlocks: number;
  /** What Redis was warned about at the start. */
  readonly redisWarnings: readonly string[];
  /** Further facts for the health page. */
  readonly info: Readonly<Record<string, unknown>>;
};

export type PagesModules = {
  /** Undefined in a process that needs none. */
  readonly chain: FollowedChain | undefined;
  /** Undefined without the role. */
  readonly weights: Pick<WeightsPart, "view" | "watch" | "lease" | "anchor"> | undefined;
  readonly snapshot: SnapshotKeeper;
  /** Undefined when no evidence is kept. */
  readonly witness: Pick<Witness, "head" | "missing"> | undefined;
  readonly redis: Pick<RedisMonitor, "up">;
  /** Whether everything runs by now. */
  readonly started: () => boolean;
  readonly metrics: Metrics<ValidatorMetrics>;
  readonly log: Logger;
  readonly lifecycle: Lifecycle;
};

/** The operator's pages, closed with the lifecycle; resolves with their port. What they show is looked up when it is asked for. */
export async function serveStatusPages(options: PagesOptions, modules: PagesModules): Promise<number> {
  const { roles, port, netuid, subnet, hotkey, roundBlocks, redisWarnings, info } = options;
  const { chain, weights, snapshot, witness, redis, started, metrics, log, lifecycle } = modules;
  const status = (): ValidatorStatus => {
    const block = chain?.clock.head()?.number;
    return buildStatus({
      roles,
      hotkey,
      netuid,
      subnet,
      block,
      round: block === undefined ? undefined : roundOf(block, roundBlocks),
      metagraph: chain?.metagraph.current(),
      snapshot: snapshot.current(),
      weights: weights?.view(),
      writer: weights?.lease.holder(),
      watched: weights?.watch.current(),
      evidence: witness && {
        ...witness.head(),
        missing: witness.missing(),
        commit: weights?.anchor?.standing(block) ?? null,
      },
    });
  };
  const connections = () => ({
    chainConnected: chain?.client.connected(),
    headAgeMs: chain?.clock.silenceMs(),
    redisUp: redis.up(),
  });
  const pages = await startStatusServer({
    host: "127.0.0.1",
    port,
    registry: metrics.registry,
    beforeMetrics: () =>
      setGauges(metrics, {
        ...connections(),
        status: status(),
        metagraph: chain?.metagraph.current(),
        roundBlocks,
        setsWeights: weights && weights.lease.held() !== undefined,
      }),
    health: () =>
      validatorHealth({
        ...connections(),
        started: started(),
        redisWarnings,
        blockMs: chain?.client.blockMs,
        registered: chain?.metagraph.hotkeys().has(hotkey),
        problems: chain?.problems() ?? [],
        waitingFor: weights?.view().waitingFor,
        info: { ...info, endpoint: chain?.client.endpoint() },
      }),
    status,
    log,
  });
  lifecycle.onClose("status pages", () => pages.close());
  return pages.port;
}
