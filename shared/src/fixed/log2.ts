import type { FixedFormat } from "./format.ts";

/**
 * log2(x) on a signed format with one result bit per squaring. Undefined for x <= 0 and where 1/x leaves the type.
 * Source: spec/economics.md 1.5.
 */
export function log2(x: bigint, format: FixedFormat): bigint | undefined {
  if (x <= 0n) return undefined;
  if (x >= format.one) return log2OfOneOrMore(x, format);
  const inverse = format.checkedDiv(format.one, x);
  return inverse === undefined ? undefined : -log2OfOneOrMore(inverse, format);
}

function log2OfOneOrMore(operand: bigint, format: FixedFormat): bigint {
  const two = format.one << 1n;
  let x = operand;
  let result = 0n;
  for (; x >= two; result += 1n) x = halveRoundingUp(x);
  if (x === format.one) return result << BigInt(format.fraction);
  for (let i = 0; i < format.fraction; i += 1) {
    x = format.mul(x, x);
    result <<= 1n;
    if (x >= two) {
      result |= 1n;
      x = halveRoundingUp(x);
    }
  }
  return result;
}

/** Half of x with the dropped bit added back. */
function halveRoundingUp(x: bigint): bigint {
  return (x >> 1n) + (x & 1n);
}
