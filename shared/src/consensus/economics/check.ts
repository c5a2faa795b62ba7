import { appError } from "../../errors/app-error.ts";
import { U64_MAX } from "../../fixed/convert.ts";

/** Throws E_ECONOMICS_INPUT naming the field. */
export function refuseInput(field: string, reason: string): never {
  throw appError("E_ECONOMICS_INPUT", { field, reason });
}

/** An amount in rao: a bigint from 0 to 2^64-1. */
export function checkRao(field: string, value: bigint): void {
  if (typeof value !== "bigint") refuseInput(field, "must be a bigint");
  if (value < 0n) refuseInput(field, "must not be negative");
  if (value > U64_MAX) refuseInput(field, "must fit u64");
}

/** Fixed-point bits: a bigint of at least 0. */
export function checkBits(field: string, value: bigint): void {
  if (typeof value !== "bigint") refuseInput(field, "must be a bigint");
  if (value < 0n) refuseInput(field, "must not be negative");
}

/** An integer number from 0 to `max`. */
export function checkInteger(field: string, value: number, max: number = Number.MAX_SAFE_INTEGER): void {
  if (!Number.isSafeInteger(value) || value < 0) refuseInput(field, "must be an integer of at least 0");
  if (value > max) refuseInput(field, `must be at most ${max}`);
}

/** A u16 number. */
export function checkU16(field: string, value: number): void {
  checkInteger(field, value, 65_535);
}

/** Runs a check on every entry of a list, naming each as `field[index]`. */
export function checkAll<T>(field: string, values: readonly T[], check: (field: string, value: T) => void): void {
  for (const [i, value] of values.entries()) check(`${field}[${i}]`, value);
}
