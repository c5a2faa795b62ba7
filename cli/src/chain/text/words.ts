/** Readers of single words of a command line. Each throws E_USAGE that says what was expected. */
import { quoted, usage } from "../usage.ts";

const HASH = /^0x[0-9a-fA-F]{64}$/;
const UNIT_MS: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
};

/** A whole number from `min` to `max`; thousands may be set off by `,` or `_`. */
export function wholeWord(name: string, text: string, min: number, max: number): number {
  const value = Number(text.replace(/[,_]/g, ""));
  if (/^\d[\d,_]*$/.test(text) && value >= min && value <= max) return value;
  throw usage(`${name} wants a whole number from ${min} to ${max}, not ${quoted(text)}`);
}

/** A share from 0 to 1, or in per cent: `0.2`, `20%`. */
export function shareWord(name: string, text: string): number {
  const [, digits, percent] = /^(\d{1,3}(?:\.\d{1,6})?)(%?)$/.exec(text) ?? [];
  const value = Number(digits) / (percent === "%" ? 100 : 1);
  if (digits !== undefined && value <= 1) return value;
  throw usage(`${name} wants a share from 0 to 1 or in per cent, not ${quoted(text)}`);
}

/** Milliseconds: `250ms`, `12s`, `1.5m`, `2h`, `1d`, `1w`, or plain milliseconds. */
export function durationWord(name: string, text: string): number {
  const [, digits, unit = "ms"] = /^(\d{1,12}(?:\.\d{1,3})?)(ms|s|m|h|d|w)?$/.exec(text) ?? [];
  const ms = Number(digits) * (UNIT_MS[unit] ?? Number.NaN);
  if (digits !== undefined && Number.isSafeInteger(Math.round(ms))) return Math.round(ms);
  throw usage(`${name} wants a time such as 250ms, 12s, 5m, 2h or 1d, not ${quoted(text)}`);
}

/** A time to go to: `+1d` from `nowMs` on, a date, or unix milliseconds. */
export function timeWord(text: string, nowMs: number): number {
  if (text.startsWith("+")) return nowMs + durationWord("travel", text.slice(1));
  const ms = /^\d{12,14}$/.test(text) ? Number(text) : /^\d{4}-/.test(text) ? Date.parse(text) : Number.NaN;
  if (Number.isFinite(ms)) return ms;
  throw usage(`travel wants a time: +1d, 2027-01-01T00:00:00Z or unix milliseconds, not ${quoted(text)}`);
}

/** A block as the node takes it: its number, its hash, or `-n` for n blocks before the head. */
export function blockWord(name: string, text: string): number | string {
  if (HASH.test(text)) return text.toLowerCase();
  if (/^\d[\d,_]*$/.test(text)) return wholeWord(name, text, 0, 4_294_967_295);
  if (/^-[1-9]\d{0,8}$/.test(text)) return Number(text);
  throw usage(`${name} wants a block: its number, -n for n blocks back, or its hash, not ${quoted(text)}`);
}

/** A 32-byte hash. */
export function hashWord(name: string, text: string): string {
  if (HASH.test(text)) return text.toLowerCase();
  throw usage(`${name} wants a hash (0x and 64 hex digits), not ${quoted(text)}`);
}

/** Bytes as `0x` hex. */
export function hexWord(name: string, text: string): string {
  if (/^0x([0-9a-fA-F]{2})+$/.test(text)) return text.toLowerCase();
  throw usage(`${name} wants bytes as 0x hex, not ${quoted(text)}`);
}

/** One of a few words. */
export function choiceWord<const W extends string>(name: string, text: string, words: readonly W[]): W {
  const found = words.find((word) => word === text.toLowerCase());
  if (found !== undefined) return found;
  throw usage(`${name} wants ${words.join(", ")}, not ${quoted(text)}`);
}
