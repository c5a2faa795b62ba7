/** Metrics of the chain process. */
import { defineMetrics } from "@subnetkit/shared/metrics/define";

/** One literal table; the dashboards name these. */
export const chainMetrics = defineMetrics({
  subnetkit_chain_block_height: {
    type: "gauge",
    help: "Number of the newest block: stands still when the chain is paused or stuck.",
  },
  subnetkit_chain_block_build_seconds: {
    type: "histogram",
    help: "Time to build one block, hooks and epochs included; must stay below the block interval (0.25 s by default).",
    buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1],
  },
  subnetkit_chain_extrinsics_total: {
    type: "counter",
    help: "Extrinsics from clients by what became of them at inclusion.",
    labels: ["result"],
  },
  subnetkit_chain_submissions_total: {
    type: "counter",
    help: "Transactions offered to the pool by its answer.",
    labels: ["result"],
  },
  subnetkit_chain_pool_transactions: { type: "gauge", help: "Transactions waiting for a block." },
  subnetkit_chain_rpc_requests_total: {
    type: "counter",
    help: "JSON-RPC requests by method and outcome; unknown methods count as one.",
    labels: ["method", "result"],
  },
  subnetkit_chain_ws_connections: { type: "gauge", help: "Open WebSocket connections." },
  subnetkit_chain_subscriptions: { type: "gauge", help: "Open subscriptions on all connections." },
  subnetkit_chain_faults_total: {
    type: "counter",
    help: "Exceptions inside pallets, contained and rolled back: each is a bug.",
  },
});
