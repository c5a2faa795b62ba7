import type { StorageDelta } from "@subnetkit/chain/client/dev/inspect";
import { grouped } from "../../local/view/format.ts";
import { valueText } from "./lines.ts";

/** Cells of a value that are shown. */
const MAX_VALUE = 60;
/** Fields of one entry that are shown. */
const MAX_FIELDS = 6;

/** `SubtensorModule.Tempo(2)  20 -> 30`, of a structure only the fields that differ; at most `limit` entries. */
export function deltaLines(deltas: readonly StorageDelta[], limit: number): string[] {
  const lines = deltas.slice(0, limit).map(({ item, keys, old, new: now }) => {
    const which = keys.length === 0 ? "" : `(${keys.map(valueText).join(", ")})`;
    const fields = differences(old, now, "").map(([path, a, b]) => `${path}${cut(a)} -> ${cut(b)}`);
    const more = fields.length > MAX_FIELDS ? [`and ${fields.length - MAX_FIELDS} more`] : [];
    return `${item}${which}  ${[...fields.slice(0, MAX_FIELDS), ...more].join("  ")}`;
  });
  const more = deltas.length - lines.length;
  return more > 0 ? [...lines, `... and ${grouped(more)} more: --json has them all`] : lines;
}

type Difference = readonly [path: string, old: unknown, now: unknown];

function differences(old: unknown, now: unknown, path: string): readonly Difference[] {
  if (!isRecord(old) || !isRecord(now)) return [[path === "" ? "" : `${path} `, old, now]];
  const names = [...new Set([...Object.keys(old), ...Object.keys(now)])];
  return names
    .filter((name) => JSON.stringify(old[name]) !== JSON.stringify(now[name]))
    .flatMap((name) => differences(old[name] ?? null, now[name] ?? null, path === "" ? name : `${path}.${name}`));
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function cut(value: unknown): string {
  const text = value === null ? "none" : valueText(value);
  return text.length > MAX_VALUE ? `${text.slice(0, MAX_VALUE - 3)}...` : text;
}
