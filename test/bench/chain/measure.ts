/** What a bench of the chain measures and how it says it. Both clocks are kept: processor time for a machine that others use too, wall time beside it. */

/** Time that work took, ms. */
export interface Cost {
  readonly cpuMs: number;
  readonly wallMs: number;
}

/** A line of the table: a figure by both clocks, and the budget it is held against. */
export interface Row {
  readonly what: string;
  readonly cpu: number;
  readonly wall: number;
  readonly unit: string;
  /** The limit in the same unit; figures are held against it by processor time. */
  readonly budget?: number;
  /** Whether more is better (a rate) or less (a time). */
  readonly better?: "more" | "less";
  readonly note?: string;
}

/** Runs work and says what it cost. */
export async function costOf(work: () => unknown): Promise<Cost> {
  const startedAt = performance.now();
  const before = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(before);
  return { cpuMs: (user + system) / 1000, wallMs: performance.now() - startedAt };
}

/** {@link costOf} of work that does not wait. */
export function costNow(work: () => unknown): Cost {
  const startedAt = performance.now();
  const before = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(before);
  return { cpuMs: (user + system) / 1000, wallMs: performance.now() - startedAt };
}

/** The middle cost, by each clock on its own. */
export function medianCost(costs: readonly Cost[]): Cost {
  return { cpuMs: median(costs.map((cost) => cost.cpuMs)), wallMs: median(costs.map((cost) => cost.wallMs)) };
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1] ?? Number.NaN;
}

/** A row in ms. */
export function timeRow(what: string, cost: Cost, budget?: number, note?: string): Row {
  return {
    what,
    cpu: cost.cpuMs,
    wall: cost.wallMs,
    unit: "ms",
    better: "less",
    ...(budget === undefined ? {} : { budget }),
    ...(note === undefined ? {} : { note }),
  };
}

/** A row of so many things per second. */
export function rateRow(what: string, count: number, cost: Cost, budget?: number, note?: string): Row {
  return {
    what,
    cpu: (1000 * count) / cost.cpuMs,
    wall: (1000 * count) / cost.wallMs,
    unit: "/s",
    better: "more",
    ...(budget === undefined ? {} : { budget }),
    ...(note === undefined ? {} : { note }),
  };
}

/** A row of a size that no clock changes. */
export function sizeRow(what: string, size: number, unit: string, budget?: number, note?: string): Row {
  return {
    what,
    cpu: size,
    wall: size,
    unit,
    better: "less",
    ...(budget === undefined ? {} : { budget }),
    ...(note === undefined ? {} : { note }),
  };
}

/** A table cell for a figure. */
export function figure(value: number): string {
  return value >= 1000
    ? Math.round(value).toLocaleString("en-US")
    : value.toFixed(value >= 100 ? 0 : value >= 10 ? 1 : 2);
}

/** `pass`, `over`, or nothing where there is no budget. */
export function verdict({ cpu, budget, better }: Row): string {
  if (budget === undefined) return "";
  return (better === "more" ? cpu >= budget : cpu <= budget) ? "pass" : "OVER";
}
