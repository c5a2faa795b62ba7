import { readdirSync, readFileSync } from "node:fs";
import { chainMetrics } from "@subnetkit/chain/node/metrics";
import { supervisorMetrics } from "@subnetkit/cli/local/metrics";
import { minerMetrics } from "@subnetkit/miner/metrics";
import type { MetricTable } from "@subnetkit/shared/metrics/define";
import { validatorMetrics } from "@subnetkit/validator/metrics";
import { describe, expect, it } from "vitest";

const folder = new URL("../../dashboards/", import.meta.url);
const tables: MetricTable = { ...chainMetrics, ...supervisorMetrics, ...minerMetrics, ...validatorMetrics };

/** Metric names in a text, histogram series folded into their metric. */
function metricNames(text: string): Set<string> {
  const names = text.match(/subnetkit_[a-z0-9_]+/g) ?? [];
  return new Set(
    names.map((name) => {
      const folded = name.replace(/_(bucket|sum|count)$/, "");
      return (tables as Record<string, { type: string }>)[folded]?.type === "histogram" ? folded : name;
    }),
  );
}

/** The PromQL of every panel of a dashboard. */
function expressions(dashboard: string): string[] {
  const { panels } = JSON.parse(dashboard) as { panels: { targets?: { expr: string }[] }[] };
  return panels.flatMap((panel) => panel.targets?.map((target) => target.expr) ?? []);
}

const dashboards = readdirSync(new URL("grafana/", folder)).filter((name) => name.endsWith(".json"));
const queried = dashboards.map((name) =>
  expressions(readFileSync(new URL(`grafana/${name}`, folder), "utf8")).join("\n"),
);
const alerts = readFileSync(new URL("rules.yml", folder), "utf8");
const shown = metricNames([...queried, alerts].join("\n"));

describe("dashboards and metrics tables", () => {
  it("there are dashboards, with queries", () => {
    expect(dashboards.length).toBeGreaterThanOrEqual(2);
    expect(shown.size).toBeGreaterThan(20);
  });

  it("every query and alert names a metric that some process serves", () => {
    expect([...shown].filter((name) => !(name in tables))).toEqual([]);
  });

  it("every metric is on a dashboard or in an alert", () => {
    expect(Object.keys(tables).filter((name) => !shown.has(name))).toEqual([]);
  });

  it("the staker's dashboard shows emission, dividends, incentive, vtrust and the age of weights", () => {
    const stakers = metricNames(expressions(readFileSync(new URL("grafana/stakers.json", folder), "utf8")).join("\n"));
    for (const name of [
      "subnetkit_miner_emission_rao",
      "subnetkit_validator_emission_rao",
      "subnetkit_validator_dividends",
      "subnetkit_miner_incentive_ratio",
      "subnetkit_validator_vtrust",
      "subnetkit_validator_weights_age_blocks",
    ]) {
      expect(stakers, name).toContain(name);
    }
  });
});
