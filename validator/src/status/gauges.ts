import type { Metagraph } from "@subnetkit/chain/client/metagraph";
import { neuronOf } from "@subnetkit/chain/client/metagraph";
import { firstBlockOfRound } from "@subnetkit/shared/clock/block-clock";
import type { Metrics } from "@subnetkit/shared/metrics/define";
import type { ValidatorMetrics } from "../metrics.ts";
import type { WaitReason } from "../weights/preflight.ts";
import type { ValidatorStatus } from "./status-view.ts";

/** What the gauges are set from, once per look. */
export type GaugeInput = {
  readonly status: ValidatorStatus;
  readonly metagraph: Metagraph | undefined;
  readonly roundBlocks: number;
  /** The chain; both undefined in a process that needs none. */
  readonly headAgeMs: number | undefined;
  readonly chainConnected: boolean | undefined;
  readonly redisUp: boolean;
  /** Whether this process is the one that sets weights; undefined without the role. */
  readonly setsWeights?: boolean | undefined;
};

/** What the weights wait for while the doppelganger guard watches. */
const quietReason: WaitReason = "a quiet tempo";

/** Sets every gauge that follows from the present state. Series of uids that are gone are dropped. */
export function setGauges(metrics: Metrics<ValidatorMetrics>, input: GaugeInput): void {
  const { status, metagraph } = input;
  const { chainConnected, headAgeMs, setsWeights } = input;
  if (chainConnected !== undefined) metrics.subnetkit_validator_chain_connected.set(chainConnected ? 1 : 0);
  metrics.subnetkit_validator_redis_up.set(input.redisUp ? 1 : 0);
  if (headAgeMs !== undefined) metrics.subnetkit_validator_head_age_seconds.set(headAgeMs / 1_000);
  if (setsWeights !== undefined) metrics.subnetkit_validator_sets_weights.set(setsWeights ? 1 : 0);
  if (status.block !== null) {
    metrics.subnetkit_validator_head_block.set(status.block);
    if (status.lastRound !== null) {
      metrics.subnetkit_validator_round_lag_blocks.set(
        Math.max(0, status.block - firstBlockOfRound(status.lastRound.round, input.roundBlocks)),
      );
    }
  }
  for (const name of [
    "subnetkit_validator_score",
    "subnetkit_validator_last_score",
    "subnetkit_validator_weight",
  ] as const)
    metrics[name].reset();
  for (const row of status.scores) {
    metrics.subnetkit_validator_score.set({ uid: row.uid }, row.score);
    if (row.lastScore !== null) metrics.subnetkit_validator_last_score.set({ uid: row.uid }, row.lastScore);
    if (row.weight !== null) metrics.subnetkit_validator_weight.set({ uid: row.uid }, row.weight);
  }
  const { waitingFor, nextAttempt } = status.weights;
  const quiet = waitingFor === quietReason && nextAttempt !== null ? nextAttempt - (status.block ?? nextAttempt) : 0;
  metrics.subnetkit_validator_weights_quiet_blocks.set(Math.max(0, quiet));
  const own = metagraph === undefined ? undefined : neuronOf(metagraph, status.hotkey);
  if (own === undefined) return;
  metrics.subnetkit_validator_vtrust.set(own.validatorTrust / 65_535);
  metrics.subnetkit_validator_dividends.set(own.dividends / 65_535);
  metrics.subnetkit_validator_emission_rao.set(Number(own.emissionRao));
  metrics.subnetkit_validator_stake_alpha.set(Number(own.totalStakeRao) / 1e9);
  metrics.subnetkit_validator_permit.set(own.validatorPermit ? 1 : 0);
  if (status.block !== null && own.lastUpdate > 0)
    metrics.subnetkit_validator_weights_age_blocks.set(Math.max(0, status.block - own.lastUpdate));
}
