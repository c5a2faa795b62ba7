import type { DevDispatchError } from "@subnetkit/chain/client/dev/authority";
import { type AppError, appError } from "@subnetkit/shared/errors/app-error";

/** Errors of limits and windows, by their names on the chain. */
const LIMIT = /RateLimit|TooFast|Prohibited|TooMany|Window|TooSoon/;

/** The name of a dispatch error: `SubtensorModule.NotEnoughBalanceToStake`, `Token.BelowMinimum`, `BadOrigin`. */
export function dispatchErrorName({ type, pallet, name }: DevDispatchError): string {
  if (name === undefined) return type;
  return `${pallet ?? type}.${name}`;
}

/** The chain's no to a call (exit code 4). */
export function refused(call: string, error: DevDispatchError | null): AppError {
  const reason = error === null ? "it gave no reason" : dispatchErrorName(error);
  if (!LIMIT.test(reason)) return appError("E_CHAIN_REFUSED", { call, reason });
  return appError("E_CHAIN_REFUSED", {
    call,
    reason,
    remedies: ["repeat it with --ignore-limits", "lift the limits for everyone:   npx subnetkit chain limits relaxed"],
  });
}
