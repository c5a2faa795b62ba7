import type { NeuronView, NetworkState } from "../observe/network-state.ts";
import { bestMiner, health } from "../observe/network-state.ts";
import { type Column, columnsFor, tableLine } from "./columns.ts";
import { duration, grouped } from "./format.ts";

/** What shapes a frame beside the state. */
export type FrameOptions = {
  /** Cells and lines of the window. */
  readonly columns: number;
  readonly rows: number;
  readonly sortByScore: boolean;
  readonly wide: boolean;
  readonly keys: boolean;
  /** A short notice in place of the `next:` line, e.g. a failed action. */
  readonly notice: string | undefined;
  readonly version: string;
  readonly now: number;
  /** Colour and weight of a cell. Plain text when not given. */
  readonly decorate?: (padded: string, column: Column, row: NeuronView) => string;
};

const BAR_CELLS = 30;
const MANY = 12;

/** The live region, top to bottom: at most `rows - 1` lines of at most `columns - 1` cells. Pure. */
export function buildFrame(state: NetworkState, options: FrameOptions): string[] {
  const width = options.columns - 1;
  const limit = Math.max(1, options.rows - 1);
  if (options.columns < 40 || options.rows < 8) return [oneLine(state).slice(0, width)];
  const top = [headLine(state, options), barLine(state, options.columns)];
  const table = tableLines(state, options);
  const urls = urlLines(state, options.columns);
  const next = options.notice ?? nextLine(options.columns);
  const keys = options.keys ? [keyLine(options.columns)] : [];
  const full = [...top, "", ...table, "", ...urls, next, ...keys];
  const lines = full.length <= limit ? full : squeeze(top, table, [...urls], keys, limit);
  // Decorated rows carry escapes and are already cut to the columns; the rest is clipped here.
  return lines.map((line) => (line.includes("\u001b") ? line : line.slice(0, width)));
}

/** Takes lines away until it fits: the next line and blanks first, then addresses, then rows from the middle of the table. */
function squeeze(top: string[], table: string[], urls: string[], keys: string[], limit: number): string[] {
  const room = limit - top.length - keys.length;
  if (table.length + urls.length <= room) return [...top, ...table, ...urls, ...keys];
  if (table.length <= room) return [...top, ...table, ...keys];
  const rows = Math.max(1, room - 2);
  const [head = "", ...body] = table;
  const front = Math.ceil(rows / 2);
  const back = Math.floor(rows / 2);
  const hidden = body.length - front - back;
  const shown = [...body.slice(0, front), `   ... ${hidden} more`, ...(back > 0 ? body.slice(-back) : [])];
  return [...top, head, ...shown, ...keys].slice(0, limit);
}

function headLine(state: NetworkState, { version, columns, now }: FrameOptions): string {
  const up = state.readyAt === undefined ? "" : `up ${duration(now - state.readyAt)}`;
  const block = `block ${state.block === undefined ? "-" : grouped(state.block)}`;
  if (columns < 80) return ` subnet ${state.netuid ?? "-"} ${state.subnet}   ${block}   ${up}`;
  const pace = `${(state.blockMs / 1000).toFixed(2)} s a block`;
  return ` subnetkit ${version}   local   subnet ${state.netuid ?? "-"} ${state.subnet}   ${block}   ${pace}   ${up}`;
}

function barLine(state: NetworkState, columns: number): string {
  const { healthy, total } = health(state);
  const right = `${healthy} of ${total} healthy`;
  if (state.paused) {
    const at = state.block === undefined ? "" : ` at block ${grouped(state.block)}`;
    return ` paused${at}: p to go on, n for one epoch   ${right}`;
  }
  const done = Math.min(state.tempo, state.blocksIntoEpoch);
  const epoch = (cells: number): string => {
    const filled = state.tempo === 0 ? 0 : Math.round((done / state.tempo) * cells);
    return ` epoch ${state.epoch ?? "-"} [${"#".repeat(filled)}${"-".repeat(cells - filled)}]`;
  };
  const left = ((state.tempo - done) * state.blockMs) / 1000;
  const long = `${epoch(BAR_CELLS)}  ${done} of ${state.tempo} blocks, next in ${left.toFixed(1)} s`;
  return widest(columns, [
    `${long.padEnd(Math.min(columns - 2, 96) - right.length)} ${right}`,
    `${epoch(BAR_CELLS)}  ${done}/${state.tempo}   ${right}`,
    `${epoch(10)} ${done}/${state.tempo}   ${right}`,
    `${epoch(10)} ${healthy}/${total} ok`,
  ]);
}

/** The first of these lines that fits into the window, or the last. */
function widest(columns: number, lines: readonly [string, ...string[]]): string {
  return lines.find((line) => line.length < columns) ?? lines[lines.length - 1] ?? lines[0];
}

function tableLines(state: NetworkState, options: FrameOptions): string[] {
  const list = columnsFor(options.columns, options.wide);
  const { decorate } = options;
  const line = (row: NeuronView): string => {
    const cell = (column: Column): string => column.cell(row, state);
    return decorate === undefined
      ? tableLine(list, cell)
      : tableLine(list, cell, (padded, column) => decorate(padded, column, row));
  };
  const head = tableLine(list, ({ title }) => title).slice(0, options.columns - 1);
  const sorted = sortRows(state.neurons, options.sortByScore);
  if (sorted.length <= MANY) return [head, ...sorted.map(line)];
  const ranked = sortRows(state.neurons, true);
  const best = ranked.slice(0, 6);
  const worst = ranked.slice(-4);
  return [head, ...best.map(line), `   ... ${sorted.length - 10} more: subnetkit local status`, ...worst.map(line)];
}

function sortRows(rows: readonly NeuronView[], byScore: boolean): NeuronView[] {
  const byUid = [...rows].sort((a, b) => a.uid - b.uid);
  return byScore ? byUid.sort((a, b) => (b.score ?? -1) - (a.score ?? -1)) : byUid;
}

function urlLines(state: NetworkState, columns: number): string[] {
  const entries = Object.entries(state.urls).map(([name, url]) => `${name} ${url}`);
  const line = ` ${entries.join("   ")}`;
  return line.length < columns ? [line] : entries.map((entry) => ` ${entry}`);
}

function nextLine(columns: number): string {
  const next = " next: npx subnetkit new my-subnet, docs/guides/first-subnet.md";
  const logs = "logs: .subnetkit/logs/";
  return columns < 80 ? next : `${next.padEnd(Math.min(columns - 2, 96) - logs.length)} ${logs}`;
}

function keyLine(columns: number): string {
  return widest(columns, [
    " q quit   p pause chain   n next epoch   k kill a miner   r restart   l logs   u urls   ? help",
    " q quit  p pause  n next epoch  k kill  r restart  l logs  ? help",
    " q quit  p pause  n next  k kill  ? help",
    " q quit  p pause  ? help",
  ]);
}

function oneLine(state: NetworkState): string {
  const { healthy, total } = health(state);
  const best = bestMiner(state.neurons);
  const score = state.neurons.find(({ uid }) => uid === best?.uid)?.score;
  const top = best === null ? "" : ` best uid${best.uid} ${score?.toFixed(3) ?? ""}`;
  const block = state.block === undefined ? "-" : grouped(state.block);
  return `e${state.epoch ?? "-"} ${state.blocksIntoEpoch}/${state.tempo} blk ${block} ${healthy}/${total} ok${top}`.trimEnd();
}
