import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from "prom-client";
import { appError } from "../errors/app-error.ts";

/**
 * One metric: `help` answers an operator's question; `labels` have few, known values (never a peer's text); `buckets` are in the unit of
 * the name.
 */
export type MetricSpec =
  | { readonly type: "counter" | "gauge"; readonly help: string; readonly labels?: readonly string[] }
  | {
      readonly type: "histogram";
      readonly help: string;
      readonly labels?: readonly string[];
      readonly buckets: readonly number[];
    };

/** The literal table of one process. Names carry the unit; a counter ends in `_total`. */
export type MetricTable = Readonly<Record<`subnetkit_${string}`, MetricSpec>>;

type Labels<S extends MetricSpec> = S extends { readonly labels: readonly (infer L extends string)[] } ? L : never;
type LabelValues<S extends MetricSpec> = Readonly<Record<Labels<S>, string | number>>;
type Args<S extends MetricSpec, V extends readonly unknown[]> = [Labels<S>] extends [never]
  ? V
  : [labels: LabelValues<S>, ...V];

/** What can be done with one metric: labels first (all of them, when it has any), then the value. */
export type Metric<S extends MetricSpec> = S["type"] extends "counter"
  ? { inc(...args: Args<S, [value?: number]>): void; reset(): void }
  : S["type"] extends "gauge"
    ? {
        set(...args: Args<S, [value: number]>): void;
        inc(...args: Args<S, [value?: number]>): void;
        dec(...args: Args<S, [value?: number]>): void;
        remove(labels: LabelValues<S>): void;
        reset(): void;
      }
    : { observe(...args: Args<S, [value: number]>): void; reset(): void };

/** The live metrics of a process: one per entry of its table, and the registry `/metrics` prints. */
export type Metrics<T extends MetricTable> = { readonly registry: Registry } & {
  readonly [K in keyof T & `subnetkit_${string}`]: Metric<T[K]>;
};

/** Checks a table where it is written (E_METRIC_TABLE) and keeps its literal types. */
export function defineMetrics<const T extends MetricTable>(table: T): T {
  for (const [name, spec] of Object.entries<MetricSpec>(table)) {
    const problem = tableProblem(name, spec);
    if (problem !== undefined) throw appError("E_METRIC_TABLE", { name, problem });
  }
  return table;
}

function tableProblem(name: string, spec: MetricSpec): string | undefined {
  if (!/^subnetkit_[a-z0-9_]*[a-z0-9]$/.test(name)) return "the name is not snake case";
  if ((spec.type === "counter") !== name.endsWith("_total")) return "counters, and only counters, end in _total";
  if (spec.help.trim() === "") return "the help is empty";
  if (spec.labels?.some((label) => !/^[a-z][a-z0-9_]*$/.test(label) || label === "le"))
    return "a label name is not allowed";
  if (spec.type === "histogram" && !isAscending(spec.buckets)) return "the buckets do not ascend";
  return undefined;
}

function isAscending(values: readonly number[]): boolean {
  return values.length > 0 && values.every((value, i) => Number.isFinite(value) && (i === 0 || value > values[i - 1]!));
}

/** Options of {@link createMetrics}. `collectDefault` adds the Node and process metrics. */
export type MetricsOptions = {
  readonly defaultLabels?: Readonly<Record<string, string>>;
  readonly collectDefault?: boolean;
};

/** Gauges of prom-client whose `_total` suffix `promtool check metrics` objects to. */
const objectionable = [
  "nodejs_active_handles_total",
  "nodejs_active_requests_total",
  "nodejs_active_resources_total",
] as const;

/** Makes the metrics of a table on a registry of their own. */
export function createMetrics<const T extends MetricTable>(table: T, options: MetricsOptions = {}): Metrics<T> {
  const registry = new Registry();
  if (options.defaultLabels !== undefined) registry.setDefaultLabels({ ...options.defaultLabels });
  if (options.collectDefault === true) {
    collectDefaultMetrics({ register: registry });
    for (const name of objectionable) registry.removeSingleMetric(name);
  }
  const metrics = Object.entries<MetricSpec>(table).map(([name, spec]) => [name, createMetric(name, spec, registry)]);
  return { registry, ...Object.fromEntries(metrics) } as Metrics<T>;
}

type Common = { readonly name: string; readonly help: string; readonly labelNames: string[]; registers: Registry[] };

function createMetric(name: string, spec: MetricSpec, registry: Registry): object {
  const common: Common = { name, help: spec.help, labelNames: [...(spec.labels ?? [])], registers: [registry] };
  switch (spec.type) {
    case "counter":
      return common.labelNames.length === 1 ? createLabelledCounter(common) : new Counter(common);
    case "gauge":
      return new Gauge(common);
    case "histogram":
      return common.labelNames.length === 1
        ? createLabelledHistogram(common, spec.buckets)
        : new Histogram({ ...common, buckets: [...spec.buckets] });
  }
}

/** Here, where it is said: handed over later it would fail whoever reads, and take with it what others said. */
function checkNumber(value: number): void {
  if (!Number.isFinite(value)) throw new TypeError("the value of a metric is a number");
}

type LabelledCounter = Metric<{ readonly type: "counter"; readonly help: string; readonly labels: readonly string[] }>;

/**
 * A counter with one label. It adds up on its own and hands over when somebody reads: prom-client checks and hashes the labels of every call, and where a
 * request passes a dozen stages, counting them would cost more than passing them.
 */
function createLabelledCounter(common: Common): LabelledCounter {
  const label = common.labelNames[0] as string;
  const added = new Map<string | number, number>();
  const counter: Counter = new Counter({
    ...common,
    collect: () => {
      for (const [value, count] of added) counter.inc({ [label]: value }, count);
      added.clear();
    },
  });
  // Also for a registry that resets all its metrics: it knows the counter, and not us.
  const reset = counter.reset.bind(counter);
  counter.reset = () => {
    added.clear();
    reset();
  };
  return {
    inc: (labels, value = 1) => {
      checkNumber(value);
      if (value < 0) throw new RangeError("a counter only counts up");
      const key = labels[label] as string | number;
      added.set(key, (added.get(key) ?? 0) + value);
    },
    reset: () => counter.reset(),
  };
}

type LabelledHistogram = Metric<{
  readonly type: "histogram";
  readonly help: string;
  readonly labels: readonly string[];
  readonly buckets: readonly number[];
}>;

/** Observations kept until somebody reads; handing over so many takes some hundred microseconds. */
const maxObservations = 512;

/**
 * A histogram with one label. It hands over what it saw when somebody reads, or when it has seen enough: an observation by prom-client costs several
 * microseconds between other work, whose caches it empties, and a tenth of that after another observation.
 */
function createLabelledHistogram(common: Common, buckets: readonly number[]): LabelledHistogram {
  const label = common.labelNames[0] as string;
  let seen: { readonly of: string | number; readonly value: number }[] = [];
  const handOver = (): void => {
    const all = seen;
    seen = [];
    for (const { of, value } of all) histogram.observe({ [label]: of }, value);
  };
  const histogram: Histogram = new Histogram({ ...common, buckets: [...buckets], collect: handOver });
  // As with the counter.
  const reset = histogram.reset.bind(histogram);
  histogram.reset = () => {
    seen = [];
    reset();
  };
  return {
    observe: (labels, value) => {
      checkNumber(value);
      seen.push({ of: labels[label] as string | number, value });
      if (seen.length >= maxObservations) handOver();
    },
    reset: () => histogram.reset(),
  };
}
