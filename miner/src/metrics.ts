import { createMetrics, defineMetrics, type Metrics } from "@subnetkit/shared/metrics/define";

/**
 * What became of a request, for labels: `answered`, `ping` for one that asked for nothing but a sign of life, or the stage or failure that ended it. The last
 * three are what never became one: headers or a body that came too slowly, headers of too many bytes, and what is no HTTP.
 */
export const requestOutcomes = [
  "answered",
  "ping",
  "task",
  "address",
  "size",
  "shape",
  "hotkey",
  "freshness",
  "list",
  "permit",
  "forgery",
  "budget",
  "signature",
  "replay",
  "rate",
  "body",
  "queue",
  "timeout",
  "failed",
  "hung_up",
  "stopping",
  "slow",
  "long_head",
  "not_http",
] as const;

/** One of {@link requestOutcomes}. */
export type RequestOutcome = (typeof requestOutcomes)[number];

/** The miner's metrics: one row per question an operator asks. */
export const minerMetrics = defineMetrics({
  subnetkit_miner_requests_total: {
    type: "counter",
    help: "How many requests ended how? Everything but `answered` and `ping` names the admission stage or the failure that ended it; slow (408), long_head (431) and not_http (400) are what never became a whole request.",
    labels: ["outcome"],
  },
  subnetkit_miner_stage_passed_total: {
    type: "counter",
    help: "How far do requests get? Counts requests that passed an admission stage. Shape, hotkey and freshness are passed together, and a caller beyond its rate or a request known to be used is told before its signature is looked at: how many each stage refused is in subnetkit_miner_requests_total.",
    labels: ["stage"],
  },
  subnetkit_miner_connections_refused_total: {
    type: "counter",
    help: "How many connections were destroyed at accept, because their address is on the list and asked for TLS (denied), or has too many (address), the caller there has in all its addresses (caller), strangers have (strangers) or all together (total), or too many TLS handshakes are begun by the same three (handshake_address, handshake_caller, handshake_total)?",
    labels: ["reason"],
  },
  subnetkit_miner_tls_handshakes_total: {
    type: "counter",
    help: "How many TLS connections were proven to be a registered hotkey's (verified), never got through the handshake (unfinished), or were refused, and why?",
    labels: ["outcome"],
  },
  subnetkit_miner_solve_seconds: {
    type: "histogram",
    help: "How long does the solver take for one request, waiting excluded?",
    labels: ["task"],
    // From a small model's one-row run to the deadline of a slow generation task.
    buckets: [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30],
  },
  subnetkit_miner_queue_wait_seconds: {
    type: "histogram",
    help: "How long do admitted requests wait for a free solver? Growing waits mean that this miner is too slow for its callers.",
    buckets: [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5],
  },
  subnetkit_miner_queue_depth: { type: "gauge", help: "How many admitted requests wait right now?" },
  subnetkit_miner_in_flight: { type: "gauge", help: "How many requests are being solved right now?" },
  subnetkit_miner_model_info: {
    type: "gauge",
    help: "Which model files run, by which runtime and on which provider (cpu, webgpu, cuda, a server)? Always 1.",
    labels: ["model", "runtime", "provider", "sha256"],
  },
  subnetkit_miner_model_swaps_total: {
    type: "counter",
    help: "How often was a model's file replaced while the miner ran: `swapped`, or `failed` because the new one does not run and the old one stays?",
    labels: ["outcome"],
  },
  subnetkit_miner_model_thread_restarts_total: {
    type: "counter",
    help: "How often did the thread of a model die and was started again? More than now and then means too little memory.",
  },
  subnetkit_miner_registered: { type: "gauge", help: "Is the hotkey registered on the subnet (1) or not (0)?" },
  subnetkit_miner_axon_announced: {
    type: "gauge",
    help: "Does the chain carry the address this miner is configured to announce (1) or not (0)?",
  },
  subnetkit_miner_uid: { type: "gauge", help: "Which uid does the hotkey have? -1 when it is not registered." },
  subnetkit_miner_incentive_ratio: {
    type: "gauge",
    help: "Which share of the miners' reward did the last epoch give to this miner, 0 to 1?",
  },
  subnetkit_miner_emission_rao: {
    type: "gauge",
    help: "How much alpha, in rao, did this miner earn in the last epoch?",
  },
  subnetkit_miner_stake_rao: { type: "gauge", help: "What stake weight, in rao, does the hotkey have?" },
  subnetkit_miner_known_callers: {
    type: "gauge",
    help: "How many hotkeys may send requests: registered, with permit and stake as configured?",
  },
  subnetkit_miner_chain_connected: { type: "gauge", help: "Is the connection to the chain up (1) or not (0)?" },
  subnetkit_miner_chain_block: { type: "gauge", help: "Which block is the newest this miner has seen?" },
  subnetkit_miner_chain_request_seconds: {
    type: "histogram",
    help: "How long do requests to the chain take, and are they answered, refused or lost?",
    labels: ["outcome"],
    buckets: [0.005, 0.025, 0.1, 0.5, 1, 2.5, 5, 10],
  },
  subnetkit_miner_chain_disconnects_total: {
    type: "counter",
    help: "How often, and why, was the connection to the chain lost?",
    labels: ["reason"],
  },
  subnetkit_miner_metagraph_block: {
    type: "gauge",
    help: "From which block is the metagraph that decides who may ask?",
  },
});

/** The live metrics of a miner. */
export type MinerMetrics = Metrics<typeof minerMetrics>;

/** Makes the live metrics; every outcome starts at 0, so that a rate is defined before the first refusal. */
export function createMinerMetrics(): MinerMetrics {
  const metrics = createMetrics(minerMetrics, { collectDefault: true });
  for (const outcome of requestOutcomes) metrics.subnetkit_miner_requests_total.inc({ outcome }, 0);
  return metrics;
}
