import { defineMetrics } from "@subnetkit/shared/metrics/define";

/** Everything the validator measures. Scores and latencies by uid are bounded by the size of a subnet. */
export const validatorMetrics = defineMetrics({
  subnetkit_validator_rounds_total: {
    type: "counter",
    help: "Rounds by how they ended: settled (counted), abandoned (given up, nobody's score moved), missed (never planned: blocks came too fast or we were down). Anything but settled growing means the validator cannot keep up.",
    labels: ["outcome"],
  },
  subnetkit_validator_queries_total: {
    type: "counter",
    help: "Requests to miners by outcome: answered, late, refused, malformed, unreachable. A jump of refused or malformed for all miners points at this validator, not at them.",
    labels: ["outcome"],
  },
  subnetkit_validator_dialects_total: {
    type: "counter",
    help: "Requests to miners by dialect (btauth, axon, epistula) and result: understood, or foreign to the miner, which is then asked in the next one. Foreign growing in every round means miners that speak none of the configured dialects.",
    labels: ["dialect", "result"],
  },
  subnetkit_validator_query_seconds: {
    type: "histogram",
    help: "How long miners take to answer, from sending to the last byte, answered requests only.",
    // From a loopback model to the slowest task limits in use.
    buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60],
  },
  subnetkit_validator_round_seconds: {
    type: "histogram",
    help: "How long a round takes from planning to settling. Should stay below the time between rounds.",
    buckets: [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120],
  },
  subnetkit_validator_settle_total: {
    type: "counter",
    help: "Runs of the settle script: applied (counted now), already (counted before: a repetition after a crash, harmless), too_early (waits for an earlier round), abandoned (the round was given up before: nobody's score moves).",
    labels: ["result"],
  },
  subnetkit_validator_scoring_seconds: {
    type: "histogram",
    help: "How long the subnet's scorer takes for a round, in its thread. Rounds are scored one after the other: near the time between rounds, they pile up.",
    // From a scorer that compares two values to the deadline of a whole round.
    buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 100],
  },
  subnetkit_validator_scorer_faults_total: {
    type: "counter",
    help: "What the subnet's own code did wrong while rounds were scored, by error code: E_SCORER_THREW, E_SCORER_RESULT (no score from 0 to 1), E_SCORER_TIMEOUT (did not come back: its thread was ended). Anything at all is a fault to mend in the subnet.",
    labels: ["code"],
  },
  subnetkit_validator_round_lag_blocks: {
    type: "gauge",
    help: "Blocks from the start of the last settled round to the head: is scoring keeping up? Normal is one to two rounds.",
  },
  subnetkit_validator_score: {
    type: "gauge",
    help: "The moving average of a miner's scores, 0 to 1, that its weight follows from.",
    labels: ["uid"],
  },
  subnetkit_validator_last_score: {
    type: "gauge",
    help: "A miner's score in the last settled round, 0 to 1.",
    labels: ["uid"],
  },
  subnetkit_validator_weight: {
    type: "gauge",
    help: "The share of the weights submitted last that a miner got, 0 to 1.",
    labels: ["uid"],
  },
  subnetkit_validator_sets_weights: {
    type: "gauge",
    help: "1 in the process that sets weights at present, 0 in those that stand by. The sum over all processes of a validator should be 1.",
  },
  subnetkit_validator_weights_age_blocks: {
    type: "gauge",
    help: "Blocks since the chain last saw weights of this validator. Above one tempo means a tempo was missed; near the activity cutoff the validator loses its dividends.",
  },
  subnetkit_validator_weights_submissions_total: {
    type: "counter",
    help: "Weight submissions by result: submitted, finalized (on chain for good), revealed, failed, contested (another process signed with the same hotkey at the same moment).",
    labels: ["result"],
  },
  subnetkit_validator_weights_last_success: {
    type: "gauge",
    help: "1 when the last submission reached the chain, 0 when it failed.",
  },
  subnetkit_validator_weights_quiet_blocks: {
    type: "gauge",
    help: "Blocks that weights still wait because the chain shows some of this hotkey that this validator knows nothing of: is another process using it? 0 when nothing is waited for.",
  },
  subnetkit_validator_vtrust: {
    type: "gauge",
    help: "This validator's trust on chain, 0 to 1: how far its weights agree with the consensus.",
  },
  subnetkit_validator_dividends: {
    type: "gauge",
    help: "This validator's share of the dividends of the last epoch, 0 to 1.",
  },
  subnetkit_validator_emission_rao: {
    type: "gauge",
    help: "What this validator earned in the last epoch, in rao of the subnet's alpha (nominators' part included): is validating paid at all?",
  },
  subnetkit_validator_stake_alpha: {
    type: "gauge",
    help: "The stake weight of this validator in alpha, root stake included.",
  },
  subnetkit_validator_permit: { type: "gauge", help: "1 while the chain lets this validator set weights." },
  subnetkit_validator_jobs_total: {
    type: "counter",
    help: "Jobs by queue and outcome: completed, failed (tried again), stalled (taken over from a dead worker), lock_lost (taken away from this one), foreign (left to a process with the version of the subnet that the round was planned under: normal during an upgrade only).",
    labels: ["queue", "outcome"],
  },
  subnetkit_validator_jobs_waiting: {
    type: "gauge",
    help: "Jobs that wait for a worker. Growing means work comes faster than it is done.",
    labels: ["queue"],
  },
  subnetkit_validator_redis_up: {
    type: "gauge",
    help: "1 while Redis takes writes within a second; at 0 no work is taken.",
  },
  subnetkit_validator_evidence_total: {
    type: "counter",
    help: "Entries of the evidence log by kind (round, weights, fate) and result: written, or failed (missing in an audit; look at the disk). Kind commit: the log's head on chain.",
    labels: ["kind", "result"],
  },
  subnetkit_validator_organic_requests_total: {
    type: "counter",
    help: "Requests of the subnet's users by the status they were answered with: 200 answered by a miner, 4xx the caller's doing (499 it hung up), 502 and 504 no miner answered, 503 turned away.",
    labels: ["status"],
  },
  subnetkit_validator_organic_seconds: {
    type: "histogram",
    help: "How long users wait for an answer, answered requests only.",
    buckets: [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60],
  },
  subnetkit_validator_organic_pairs_total: {
    type: "counter",
    help: "Answers to users put aside to be scored with a round: queued, or dropped because enough wait (full), they are too long (large) or Redis was away (failed).",
    labels: ["result"],
  },
  subnetkit_validator_expected_vtrust: {
    type: "gauge",
    help: "The validator trust, 0 to 1, that the weights submitted last would have brought by the rows on chain at that time.",
  },
  subnetkit_validator_consensus_deviation: {
    type: "gauge",
    help: "How far the weights submitted last lie from the consensus they would have met: 0 the same, 1 nothing in common.",
  },
  subnetkit_validator_weight_copies: {
    type: "gauge",
    help: "Other validators whose weights are those of the last consensus, or nearly: they may copy instead of validating.",
  },
  subnetkit_validator_head_block: { type: "gauge", help: "The newest block this validator has seen." },
  subnetkit_validator_head_age_seconds: {
    type: "gauge",
    help: "Seconds since the last new block. Far above the block time means a frozen connection or a stopped chain.",
  },
  subnetkit_validator_chain_connected: { type: "gauge", help: "1 while the connection to the chain stands." },
});

export type ValidatorMetrics = typeof validatorMetrics;
