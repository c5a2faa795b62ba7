import { U64_MAX } from "@subnetkit/shared/fixed/convert";
import { z } from "zod";

/** Rao of one TAO (or of one alpha). */
export const RAO_PER_COIN = 1_000_000_000n;

/** An amount as a decimal string, or as a JSON number where that is exact; a bigint from 0 to 2^64-1 afterwards. */
export const amount = z.unknown().transform((value, context): bigint => {
  const parsed = parseAmount(value);
  if (typeof parsed === "bigint") return parsed;
  context.addIssue({ code: "custom", message: parsed });
  return z.NEVER;
});

/** The amount, or what is wrong with it. */
function parseAmount(value: unknown): bigint | string {
  if (typeof value === "number") {
    if (!Number.isInteger(value)) return "must be a whole number";
    if (value < 0) return "must not be negative";
    return Number.isSafeInteger(value) ? BigInt(value) : 'must be a decimal string ("...") above 2^53, not a number';
  }
  if (typeof value !== "string") return value === undefined ? "is missing" : "must be a decimal string";
  if (/^-\d+$/.test(value)) return "must not be negative";
  if (!/^\d{1,30}$/.test(value)) return "must be a decimal string of a whole number";
  const integer = BigInt(value);
  return integer > U64_MAX ? "must fit u64" : integer;
}

/** `12.5` coins as rao, at most nine decimals; undefined for anything else. */
export function raoOfCoins(text: string): bigint | undefined {
  const parts = /^(\d{1,12})(?:\.(\d{1,9}))?$/.exec(text);
  if (parts === null) return undefined;
  return BigInt(parts[1]!) * RAO_PER_COIN + BigInt((parts[2] ?? "").padEnd(9, "0"));
}

/** Rao as coins with all nine decimals, thousands grouped: exact. */
export function coinsOfRao(rao: bigint): string {
  const magnitude = rao < 0n ? -rao : rao;
  const whole = (magnitude / RAO_PER_COIN).toString().replace(/\B(?=(\d{3})+$)/g, ",");
  return `${rao < 0n ? "-" : ""}${whole}.${(magnitude % RAO_PER_COIN).toString().padStart(9, "0")}`;
}
