import { appError } from "../errors/app-error.ts";
import type { FixedFormat } from "./format.ts";
import { log2 } from "./log2.ts";

/** log2(e) as the runtime's library stores it, in 2^-23. */
const LOG2_E_BITS = 12_102_203n;
const LOG2_E_FRACTION = 23n;

/** Natural logarithm = trunc(log2(x) / log2(e)) on a signed format. Throws E_FIXED_DOMAIN where log2 is undefined. Source: spec/economics.md 1.5. */
export function ln(x: bigint, format: FixedFormat): bigint {
  const binary = log2(x, format);
  if (binary === undefined) throw appError("E_FIXED_DOMAIN", { operation: `${format.name} ln`, value: x });
  return format.saturatingDiv(binary, (LOG2_E_BITS << BigInt(format.fraction)) >> LOG2_E_FRACTION);
}

/** ln with 0 where ln is undefined. */
export function lnSafe(x: bigint, format: FixedFormat): bigint {
  return log2(x, format) === undefined ? 0n : ln(x, format);
}
