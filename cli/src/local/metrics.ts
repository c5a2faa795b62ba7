import { createMetrics, defineMetrics } from "@subnetkit/shared/metrics/define";

/** What the supervisor of a local network measures. */
export const supervisorMetrics = defineMetrics({
  subnetkit_supervisor_process_up: {
    type: "gauge",
    help: "Does this process of the local network serve? 1 when it is ready, 0 while it starts, waits to be restarted or was given up",
    labels: ["process"] as const,
  },
  subnetkit_supervisor_restarts_total: {
    type: "counter",
    help: "How often was this process started again after it ended by itself?",
    labels: ["process"] as const,
  },
} as const);

export type SupervisorMetrics = ReturnType<typeof createSupervisorMetrics>;

/** The metrics of one run. */
export function createSupervisorMetrics() {
  return createMetrics(supervisorMetrics, { defaultLabels: { role: "supervisor" } });
}
