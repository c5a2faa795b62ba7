import { stripVTControlCharacters } from "node:util";

/** Time and name of a line of history take this much. */
const HISTORY_INDENT = 22;

/** Text that came from a process of somebody else's code, made harmless for a terminal: no escapes, no control characters, at most `width` cells. */
export function foreignText(text: string, width: number): string {
  const clean = stripVTControlCharacters(text).replace(/[^\x20-\x7e]/g, "");
  return clean.slice(0, width);
}

/** `5Grw..utQY`: first and last four characters of an address. */
export function shortAddress(address: string): string {
  return address.length <= 10 ? address : `${address.slice(0, 4)}..${address.slice(-4)}`;
}

/** 1044 -> `1,044`. */
export function grouped(value: number): string {
  return value.toString().replace(/\B(?=(\d{3})+$)/g, ",");
}

/** A share in 0..1 with four decimals, `-` when it does not apply and blank when it is not known yet. */
export function shareCell(value: number | null | undefined, applies: boolean): string {
  if (!applies) return "-";
  return value === null || value === undefined ? "" : value.toFixed(4);
}

/** Rao as coins with `digits` decimals. */
export function coins(rao: bigint | string, digits: number): string {
  const scale = 10n ** 9n;
  const value = BigInt(rao);
  const unit = 10n ** BigInt(9 - digits);
  const rounded = ((value + unit / 2n) / unit) * unit;
  return `${rounded / scale}.${(rounded % scale).toString().padStart(9, "0").slice(0, digits)}`;
}

/** 262 s -> `4:22`; an hour and more as `1:04:22`. */
export function duration(ms: number): string {
  const total = Math.floor(ms / 1000);
  const [h, m, s] = [Math.floor(total / 3600), Math.floor(total / 60) % 60, total % 60];
  const two = (n: number): string => n.toString().padStart(2, "0");
  return h > 0 ? `${h}:${two(m)}:${two(s)}` : `${m}:${two(s)}`;
}

/** A line of history in pieces of at most `columns` cells: the second and later ones stand under its text, where the window has room for that. */
export function wrapped(line: string, columns: number): string[] {
  const width = Math.max(1, columns);
  const indent = " ".repeat(width >= 2 * HISTORY_INDENT ? HISTORY_INDENT : 0);
  const pieces = [line.slice(0, width)];
  for (let rest = line.slice(width); rest !== ""; rest = rest.slice(width - indent.length))
    pieces.push(`${indent}${rest.slice(0, width - indent.length)}`);
  return pieces;
}

/** Local time of day of an event. */
export function timeOfDay(at: string): string {
  return new Date(at).toTimeString().slice(0, 8);
}
