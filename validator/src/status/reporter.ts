import type { EventSink } from "@subnetkit/shared/lifecycle/events";
import type { Logger } from "@subnetkit/shared/log/logger";
import type { Metrics } from "@subnetkit/shared/metrics/define";
import type { DialectName } from "@subnetkit/shared/protocol/dialect";
import type { ValidatorMetrics } from "../metrics.ts";
import type { QueueName } from "../queue/jobs.ts";
import type { Outcome } from "../round/outcome.ts";
import type { SettledRound } from "../round/settle.ts";
import type { WriterEvent } from "../weights/writer-events.ts";

/** Turns what happens into metrics, events to the supervisor and log lines. */
export interface Reporter {
  outcome(taskId: string, outcome: Outcome): void;
  dialect(dialect: DialectName, understood: boolean): void;
  /** A round was scored in so many milliseconds. */
  scored(ms: number): void;
  settled(round: SettledRound): void;
  abandoned(round: number): void;
  missed(rounds: number): void;
  weights(event: WriterEvent): void;
  job(queue: QueueName, outcome: "completed" | "failed" | "stalled" | "lock_lost" | "foreign", count?: number): void;
}

/** Makes a reporter. `name` is the validator's in events. */
export function createReporter(
  name: string,
  modules: { metrics: Metrics<ValidatorMetrics>; events: EventSink; log: Logger },
): Reporter {
  const { metrics, events, log } = modules;
  return {
    outcome(_taskId, outcome) {
      metrics.subnetkit_validator_queries_total.inc({ outcome: outcome.kind });
      if (outcome.kind === "answered") metrics.subnetkit_validator_query_seconds.observe(outcome.latencyMs / 1_000);
    },
    dialect(dialect, understood) {
      metrics.subnetkit_validator_dialects_total.inc({ dialect, result: understood ? "understood" : "foreign" });
    },
    scored(ms) {
      metrics.subnetkit_validator_scoring_seconds.observe(ms / 1_000);
    },
    settled({ result, summary, faults }) {
      metrics.subnetkit_validator_settle_total.inc({ result: result === "too-early" ? "too_early" : result });
      if (result !== "applied") return;
      for (const { code } of faults) metrics.subnetkit_validator_scorer_faults_total.inc({ code });
      metrics.subnetkit_validator_rounds_total.inc({ outcome: "settled" });
      metrics.subnetkit_validator_round_seconds.observe(summary.tookMs / 1_000);
      events.emit({ type: "round.finished", validator: name, ...summary });
      const { round, answered, of, tookMs } = summary;
      log.debug({ round, answered, of, tookMs }, "a round is settled");
    },
    abandoned() {
      metrics.subnetkit_validator_rounds_total.inc({ outcome: "abandoned" });
    },
    missed(rounds) {
      if (rounds > 0) metrics.subnetkit_validator_rounds_total.inc({ outcome: "missed" }, rounds);
    },
    weights(event) {
      metrics.subnetkit_validator_weights_submissions_total.inc({ result: event.type.slice("weights.".length) });
      if (event.type === "weights.finalized") metrics.subnetkit_validator_weights_last_success.set(1);
      if (event.type === "weights.failed") metrics.subnetkit_validator_weights_last_success.set(0);
      events.emit({ validator: name, ...event });
    },
    job(queue, outcome, count = 1) {
      metrics.subnetkit_validator_jobs_total.inc({ queue, outcome }, count);
    },
  };
}
