import { stages } from "@subnetkit/miner/admission/admission";
import { refusals } from "@subnetkit/miner/admission/refusal";
import { createMinerMetrics, minerMetrics, requestOutcomes } from "@subnetkit/miner/metrics";
import { describe, expect, test } from "vitest";

describe("minerMetrics", () => {
  test("ask an operator's question in every help", () => {
    for (const { help } of Object.values(minerMetrics)) expect(help).toContain("?");
  });

  test("start every outcome at zero, and have one for every refusal and stage", async () => {
    const text = await createMinerMetrics().registry.metrics();
    for (const outcome of requestOutcomes)
      expect(text).toContain(`subnetkit_miner_requests_total{outcome="${outcome}"} 0`);
    const outcomes: readonly string[] = requestOutcomes;
    for (const { outcome } of Object.values(refusals)) expect(outcomes).toContain(outcome);
    for (const stage of stages) expect(outcomes).toContain(stage);
  });
});
