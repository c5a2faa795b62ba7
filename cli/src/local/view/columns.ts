import type { NetworkState, NeuronView, ProcessView } from "../observe/network-state.ts";
import { coins, foreignText, grouped, shareCell, shortAddress } from "./format.ts";

/** A column of the neurons table. Cells are plain text of at most `width` cells. */
export type Column = {
  readonly title: string;
  readonly width: number;
  readonly right: boolean;
  readonly cell: (row: NeuronView, state: NetworkState) => string;
};

const column = (title: string, width: number, right: boolean, cell: Column["cell"]): Column => ({
  title,
  width,
  right,
  cell,
});

const isMiner = ({ role }: NeuronView): boolean => role === "miner";

const columns = {
  uid: column("UID", 4, true, ({ uid }) => String(uid)),
  role: column("ROLE", 5, false, ({ role }) => (role === "validator" ? "vali" : "miner")),
  hotkey: column("HOTKEY", 10, false, ({ hotkey }) => shortAddress(hotkey)),
  model: column("MODEL / DEVICE", 18, false, ({ model }) => foreignText(model ?? "", 18)),
  score: column("SCORE", 5, true, (row) => (isMiner(row) ? (row.score?.toFixed(3) ?? "") : "-")),
  weight: column("WEIGHT", 6, true, (row) => shareCell(row.weight, isMiner(row))),
  incentive: column("INCENT", 6, true, (row) => shareCell(row.incentive, isMiner(row))),
  dividends: column("DIVID", 6, true, (row) => shareCell(row.dividends, !isMiner(row))),
  emission: column("EMIT/EP", 7, true, (row) => (row.emissionRao === null ? "" : coins(row.emissionRao, 3))),
  p50: column("P50", 7, true, (row) => (row.p50Ms === null ? "-" : `${Math.round(row.p50Ms)} ms`)),
  state: column("STATE", 14, false, (row, state) => stateCell(row, state)),
} as const;

/** The columns that fit: everything from 100 cells on, fewer below, three below 60 (developer-experience 3.3). */
export function columnsFor(width: number, wide: boolean): readonly Column[] {
  const { uid, role, hotkey, model, score, weight, incentive, dividends, emission, p50, state } = columns;
  if (width < 60) return [uid, score, state];
  if (width < 80) return [uid, role, hotkey, score, incentive, p50, state];
  const full = wide
    ? [
        uid,
        role,
        { ...hotkey, width: 48, cell: (row: NeuronView) => row.hotkey },
        model,
        score,
        weight,
        incentive,
        dividends,
        emission,
        p50,
        state,
      ]
    : [uid, role, hotkey, model, score, weight, incentive, dividends, emission, p50, state];
  const dropOrder: readonly Column[] = [dividends, weight, emission, model];
  let kept: readonly Column[] = full;
  for (const victim of dropOrder) {
    if (tableWidth(kept) < width) break;
    kept = kept.filter((candidate) => candidate !== victim);
  }
  return kept;
}

/** Cells a row takes, the leading space of every column included. */
export function tableWidth(list: readonly Column[]): number {
  return list.reduce((sum, { width }) => sum + width + 1, 0);
}

/** Makes a padded cell stand out; gets the plain padded text. */
export type CellDecorator = (padded: string, column: Column) => string;

/** One line of the table: cells padded to their columns. For the head, `cellOf` gives the titles. */
export function tableLine(
  list: readonly Column[],
  cellOf: (column: Column) => string,
  decorate?: CellDecorator,
): string {
  const cells = list.map((entry) => {
    const text = cellOf(entry).slice(0, entry.width);
    const padded = entry.right ? text.padStart(entry.width) : text.padEnd(entry.width);
    return ` ${decorate === undefined ? padded : decorate(padded, entry)}`;
  });
  return cells.join("").trimEnd();
}

/** The state word of a row, with the count of restarts or the block of a validator's last weights. */
export function stateCell(row: NeuronView, state: NetworkState): string {
  const process = state.processes.find(({ name }) => name === row.process);
  if (row.state === "restart" && process !== undefined) return restartWord(process);
  if (row.role === "validator" && row.state === "ok" && row.lastUpdate > 0)
    return `weights @${grouped(row.lastUpdate)}`;
  return row.state;
}

function restartWord({ restarts, maxRestarts }: ProcessView): string {
  return `restart ${restarts}/${maxRestarts}`;
}
