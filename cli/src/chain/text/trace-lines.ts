import type { BlockTrace, EpochTrace, PhaseTrace, TraceTable } from "@subnetkit/chain/client/dev/inspect";
import { grouped, shortAddress } from "../../local/view/format.ts";
import { type TableColumn, tableLines } from "../../preview/table.ts";
import { dispatchErrorName } from "../refused.ts";
import { coinsText } from "./amount.ts";
import { deltaLines } from "./deltas.ts";
import { eventLine } from "./events.ts";
import { blockText, valueText } from "./lines.ts";

/** Storage changes of one step that are shown. */
const MAX_DELTAS = 24;

/** A traced block: each step with its events and changes, then its epochs as tables. */
export function traceLines({ block, hash, same, phases, epochs }: BlockTrace): string[] {
  return [
    blockText(block, hash),
    ...(same ? [] : ["the rules of the node have changed since it was made: what follows is not what happened then"]),
    ...phases.flatMap(phaseLines),
    ...epochs.flatMap(epochLines),
  ];
}

function phaseLines({ phase, extrinsic, error, events, changes }: PhaseTrace): string[] {
  const title =
    typeof phase === "string"
      ? phase.toLowerCase()
      : `extrinsic ${phase.ApplyExtrinsic}  ${extrinsic?.call ?? ""}  ${extrinsic?.signer ?? "unsigned"}  ${resultText(error)}`;
  return [
    "",
    title,
    ...events.map(eventLine),
    ...deltaLines(changes, MAX_DELTAS).map((line) => `  ${line}`),
    ...(events.length + changes.length === 0 ? ["  nothing"] : []),
  ];
}

function resultText(error: PhaseTrace["error"]): string {
  return error === null || error === undefined ? "ok" : `failed: ${dispatchErrorName(error)}`;
}

function epochLines({ netuid, mechanism, emissionRao, settings, steps, matrices }: EpochTrace): string[] {
  const sizes = Object.entries(matrices).map(([name, { rows }]) => `${name} ${grouped(rows.length)}`);
  return [
    "",
    `epoch of subnet ${netuid}, mechanism ${mechanism}, emission ${coinsText(emissionRao)}`,
    `  ${Object.entries(settings)
      .map(([name, value]) => `${name} ${valueText(value)}`)
      .join("  ")}`,
    ...tableLines(columnsOf(steps), steps.rows, 10_000).map((line) => `  ${line}`),
    `  matrices (entries; --json has them): ${sizes.join(", ")}`,
  ];
}

function columnsOf({ columns }: TraceTable): TableColumn<readonly unknown[]>[] {
  return columns.map((name, at) => ({
    title: name.replace(/Rao$/, ""),
    right: name !== "hotkey",
    cell: (row) => cellText(name, row[at]),
  }));
}

function cellText(name: string, value: unknown): string {
  if (name === "hotkey") return shortAddress(String(value));
  if (name.endsWith("Rao")) return coinsText(String(value));
  if (typeof value === "boolean") return value ? "yes" : "-";
  return valueText(value);
}
