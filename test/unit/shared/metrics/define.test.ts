import { createMetrics, defineMetrics } from "@subnetkit/shared/metrics/define";
import { describe, expect, expectTypeOf, it } from "vitest";

const table = defineMetrics({
  subnetkit_test_requests_total: { type: "counter", help: "How many requests came in?", labels: ["outcome"] },
  subnetkit_test_rounds_total: { type: "counter", help: "How many rounds ran?" },
  subnetkit_test_queue_depth: { type: "gauge", help: "How many requests wait?", labels: ["queue"] },
  subnetkit_test_round_seconds: {
    type: "histogram",
    help: "How long does a round take?",
    labels: ["task"],
    buckets: [0.1, 1, 10],
  },
});

describe("defineMetrics", () => {
  it.each([
    ["a counter without _total", { subnetkit_x: { type: "counter", help: "x" } }],
    ["a gauge with _total", { subnetkit_x_total: { type: "gauge", help: "x" } }],
    ["an empty help", { subnetkit_x_total: { type: "counter", help: " " } }],
    ["a name in capitals", { subnetkit_X_total: { type: "counter", help: "x" } }],
    ["a name of somebody else", { process_x_total: { type: "counter", help: "x" } } as never],
    ["falling buckets", { subnetkit_x_seconds: { type: "histogram", help: "x", buckets: [2, 1] } }],
    ["a reserved label", { subnetkit_x_total: { type: "counter", help: "x", labels: ["le"] } }],
  ] as const)("refuses %s", (_what, bad) => {
    expect(() => defineMetrics(bad)).toThrowError(expect.objectContaining({ code: "E_METRIC_TABLE" }));
  });
});

describe("createMetrics", () => {
  it("counts on between two readings, and from 0 after a reset", async () => {
    const metrics = createMetrics(table);
    const read = async () =>
      /requests_total{outcome="answered"} (\d+)/.exec(await metrics.registry.metrics())?.[1] ?? "none";
    metrics.subnetkit_test_requests_total.inc({ outcome: "answered" }, 0);
    expect(await read()).toBe("0");
    metrics.subnetkit_test_requests_total.inc({ outcome: "answered" });
    expect([await read(), await read()]).toEqual(["1", "1"]);
    metrics.subnetkit_test_requests_total.inc({ outcome: "answered" }, 2);
    expect(await read()).toBe("3");
    metrics.subnetkit_test_requests_total.inc({ outcome: "answered" });
    metrics.subnetkit_test_requests_total.reset();
    expect(await read()).toBe("none");
    metrics.subnetkit_test_requests_total.inc({ outcome: "answered" });
    metrics.registry.resetMetrics();
    expect(await read()).toBe("none");
    metrics.subnetkit_test_requests_total.inc({ outcome: "answered" });
    expect(await read()).toBe("1");
  });

  it("loses no observation between readings, however many there are, and forgets them when it is reset", async () => {
    const { registry, subnetkit_test_round_seconds: seconds } = createMetrics(table);
    const count = async (): Promise<string | undefined> =>
      /round_seconds_count\{task="classify"\} (\d+)/.exec(await registry.metrics())?.[1];
    for (let i = 0; i < 2_000; i++) seconds.observe({ task: "classify" }, 0.5);
    expect(await count()).toBe("2000");
    seconds.observe({ task: "classify" }, 0.5);
    expect(await count()).toBe("2001");
    seconds.observe({ task: "classify" }, 0.5);
    registry.resetMetrics();
    expect(await count()).toBeUndefined();
    seconds.observe({ task: "classify" }, 0.5);
    expect(await count()).toBe("1");
  });

  it("gives what it keeps back to whoever reads, by whatever way", async () => {
    const { registry, subnetkit_test_round_seconds: seconds } = createMetrics(table);
    const name = "subnetkit_test_round_seconds";
    const count = (values: readonly { readonly value: number; readonly metricName?: string | undefined }[]) =>
      values.find(({ metricName }) => metricName === `${name}_count`)?.value;
    seconds.observe({ task: "classify" }, 0.5);
    expect(count((await registry.getSingleMetric(name)?.get())?.values ?? [])).toBe(1);
    seconds.observe({ task: "classify" }, 0.5);
    expect(await registry.getSingleMetricAsString(name)).toContain(`${name}_count{task="classify"} 2`);
    seconds.observe({ task: "classify" }, 0.5);
    const all = (await registry.getMetricsAsJSON()) as unknown as { name: string; values: { value: number }[] }[];
    expect(count(all.find((metric) => metric.name === name)?.values ?? [])).toBe(3);
    expect(await registry.metrics()).toContain(`${name}_bucket{le="1",task="classify"} 3`);
  });

  it.each([Number.NaN, Number.POSITIVE_INFINITY, "1" as never])(
    "refuses %s where it is said, and reads the others as if it had not been",
    async (bad) => {
      const metrics = createMetrics(table);
      const { subnetkit_test_round_seconds: seconds, subnetkit_test_requests_total: requests } = metrics;
      seconds.observe({ task: "classify" }, 0.5);
      requests.inc({ outcome: "answered" });
      expect(() => seconds.observe({ task: "classify" }, bad)).toThrow(TypeError);
      expect(() => requests.inc({ outcome: "late" }, bad)).toThrow(TypeError);
      expect(() => requests.inc({ outcome: "late" }, -1)).toThrow();
      for (let i = 0; i < 2; i++) {
        const text = await metrics.registry.metrics();
        expect(text).toContain('round_seconds_count{task="classify"} 1');
        expect(text).toContain('requests_total{outcome="answered"} 1');
      }
    },
  );

  it("counts, sets and observes with labels", async () => {
    const metrics = createMetrics(table, { defaultLabels: { process: "miner" } });
    metrics.subnetkit_test_requests_total.inc({ outcome: "answered" });
    metrics.subnetkit_test_requests_total.inc({ outcome: "answered" }, 2);
    metrics.subnetkit_test_rounds_total.inc();
    metrics.subnetkit_test_queue_depth.set({ queue: "main" }, 5);
    metrics.subnetkit_test_queue_depth.dec({ queue: "main" });
    metrics.subnetkit_test_round_seconds.observe({ task: "classify" }, 0.5);
    const text = await metrics.registry.metrics();
    expect(text).toContain('subnetkit_test_requests_total{outcome="answered",process="miner"} 3');
    expect(text).toContain('subnetkit_test_rounds_total{process="miner"} 1');
    expect(text).toContain('subnetkit_test_queue_depth{queue="main",process="miner"} 4');
    expect(text).toContain('subnetkit_test_round_seconds_bucket{le="1",process="miner",task="classify"} 1');
    expect(text).toContain('subnetkit_test_round_seconds_bucket{le="0.1",process="miner",task="classify"} 0');
  });

  it("types the labels of each metric", () => {
    const metrics = createMetrics(table);
    expectTypeOf(metrics.subnetkit_test_requests_total.inc).parameters.toEqualTypeOf<
      [labels: Readonly<Record<"outcome", string | number>>, value?: number]
    >();
    expectTypeOf(metrics.subnetkit_test_rounds_total.inc).parameters.toEqualTypeOf<[value?: number]>();
    expectTypeOf(metrics.subnetkit_test_queue_depth).not.toHaveProperty("observe");
  });

  it("keeps two processes' metrics apart", async () => {
    const [a, b] = [createMetrics(table), createMetrics(table)];
    a.subnetkit_test_rounds_total.inc();
    expect(await b.registry.metrics()).toContain("subnetkit_test_rounds_total 0");
  });

  it("adds the process metrics on request, and among them no gauge that ends in _total, which promtool objects to", async () => {
    const { registry } = createMetrics({}, { collectDefault: true });
    const metrics = await registry.getMetricsAsJSON();
    expect(metrics.map(({ name }) => name)).toEqual(
      expect.arrayContaining(["process_cpu_seconds_total", "nodejs_eventloop_lag_seconds"]),
    );
    expect(
      metrics.filter(({ name, type }) => name.endsWith("_total") && String(type) !== "counter").map(({ name }) => name),
    ).toEqual([]);
    registry.clear();
  });
});
