import type { Played } from "./play.ts";

const columns = [
  "scenario",
  "seeds",
  "failed",
  "kills",
  "planned",
  "settled",
  "replayed",
  "lost",
  "doubled",
  "skipped",
  "unplanned",
  "tempos",
  "without",
  "missed",
  "extra",
  "misplaced",
  "starved",
] as const;

/** A table of what was played: a row per scenario, and one of all together. */
export function summaryLines(played: readonly Played[]): string[] {
  const names = [...new Set(played.map(({ scenario }) => scenario))];
  const rows = [
    [...columns],
    ...names.map((name) =>
      rowOf(
        name,
        played.filter(({ scenario }) => scenario === name),
      ),
    ),
    rowOf("all", played),
  ];
  const widths = columns.map((_, i) => Math.max(...rows.map((row) => (row[i] ?? "").length)));
  return rows.map((row) =>
    row.map((cell, i) => (i === 0 ? cell.padEnd(widths[i] ?? 0) : cell.padStart(widths[i] ?? 0))).join("  "),
  );
}

function rowOf(name: string, played: readonly Played[]): string[] {
  const sum = (value: (one: Played) => number | undefined): string =>
    String(played.reduce((total, one) => total + (value(one) ?? 0), 0));
  return [
    name,
    String(played.length),
    sum(({ problems }) => (problems.length > 0 ? 1 : 0)),
    sum(({ kills }) => kills),
    sum(({ audit }) => audit?.rounds.planned),
    sum(({ audit }) => audit?.rounds.settled),
    sum(({ audit }) => audit?.replayed),
    sum(({ audit }) => audit?.rounds.lost.length),
    sum(({ audit }) => audit?.rounds.doubled.length),
    sum(({ audit }) => audit?.rounds.skipped),
    sum(({ audit }) => audit?.rounds.unplanned.length),
    sum(({ audit }) => audit?.weights.tempos),
    sum(({ audit }) => audit?.weights.without),
    sum(({ audit }) => audit?.weights.missed.length),
    sum(({ audit }) => audit?.weights.extra),
    sum(({ audit }) => audit?.weights.misplaced),
    sum(({ starved }) => Math.round(starved / 1_000)),
  ];
}
