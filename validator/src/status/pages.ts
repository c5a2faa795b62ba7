import type { ChainClient } from "@subnetkit/chain/client/connect";
import { type BlockClock, roundOf } from "@subnetkit/shared/clock/block-clock";
import type { Lifecycle } from "@subnetkit/shared/lifecycle/lifecycle";
import type { Logger } from "@subnetkit/shared/log/logger";
import type { Metrics } from "@subnetkit/shared/metrics/define";
import { startStatusServer } from "@subnetkit/shared/metrics/server";
import type { Witness } from "../evidence/witness.ts";
import type { MetagraphSync } from "../metagraph/sync.ts";
import type { ValidatorMetrics } from "../metrics.ts";
import type { RedisMonitor } from "../queue/monitor.ts";
import type { WeightsWatch } from "../preview/watch-weights.ts";
import type { WeightsWriter } from "../weights/writer.ts";
import { setGauges } from "./gauges.ts";
import { validatorHealth } from "./health.ts";
import type { SnapshotKeeper } from "./snapshot.ts";
import { buildStatus, type ValidatorStatus } from "./status-view.ts";

export type PagesOptions = {
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
  readonly client: ChainClient;
  readonly clock: BlockClock;
  readonly metagraph: MetagraphSync;
  readonly snapshot: SnapshotKeeper;
  readonly writer: WeightsWriter;
  readonly watch: Pick<WeightsWatch, "current">;
  /** Undefined when no evidence is kept. */
  readonly witness: Pick<Witness, "head" | "missing"> | undefined;
  readonly redis: Pick<RedisMonitor, "up">;
  /** Whether rounds run by now. */
  readonly started: () => boolean;
  readonly metrics: Metrics<ValidatorMetrics>;
  readonly log: Logger;
  readonly lifecycle: Lifecycle;
};

/** The operator's pages, closed with the lifecycle; resolves with their port. What they show is looked up when it is asked for. */
export async function serveStatusPages(options: PagesOptions, modules: PagesModules): Promise<number> {
  const { port, netuid, subnet, hotkey, roundBlocks, redisWarnings, info } = options;
  const { client, clock, metagraph, snapshot, writer, watch, witness, redis, started, metrics, log, lifecycle } =
    modules;
  const status = (): ValidatorStatus => {
    const block = clock.head()?.number;
    const round = block === undefined ? undefined : roundOf(block, roundBlocks);
    const view = { snapshot: snapshot.current(), metagraph: metagraph.current(), weights: writer.view() };
    const evidence = witness === undefined ? undefined : { ...witness.head(), missing: witness.missing() };
    return buildStatus({ hotkey, netuid, subnet, block, round, ...view, watched: watch.current(), evidence });
  };
  const connections = () => ({
    chainConnected: client.connected(),
    headAgeMs: clock.silenceMs(),
    redisUp: redis.up(),
  });
  const pages = await startStatusServer({
    host: "127.0.0.1",
    port,
    registry: metrics.registry,
    beforeMetrics: () =>
      setGauges(metrics, { ...connections(), status: status(), metagraph: metagraph.current(), roundBlocks }),
    health: () =>
      validatorHealth({
        ...connections(),
        started: started(),
        redisWarnings,
        blockMs: client.blockMs,
        registered: metagraph.hotkeys().has(hotkey),
        waitingFor: writer.view().waitingFor,
        info: { ...info, endpoint: client.endpoint() },
      }),
    status,
    log,
  });
  lifecycle.onClose("status pages", () => pages.close());
  return pages.port;
}
