import { appError } from "../errors/app-error.ts";

/** What makes a binary fixed-point type: its name, sign, total bits and fraction bits. */
export type FixedShape = {
  readonly name: string;
  readonly signed: boolean;
  readonly bits: number;
  readonly fraction: number;
};

/**
 * The operations of one binary fixed-point type. A number is the bigint of its stored bits: value = bits / 2^fraction.
 * Rules: spec/economics.md 1.2. Every result is inside [min, max].
 */
export type FixedFormat = FixedShape & {
  /** Bits of 1, of the smallest and of the largest value of the type. */
  readonly one: bigint;
  readonly min: bigint;
  readonly max: bigint;
  /** Clamps bits of any size into the type. */
  clamp(bits: bigint): bigint;
  /** Exact sum, clamped. */
  add(a: bigint, b: bigint): bigint;
  /** Exact difference, clamped (at 0 for an unsigned type). */
  sub(a: bigint, b: bigint): bigint;
  /** floor(a*b / 2^fraction), clamped. The floor goes toward minus infinity, also for a negative product. */
  mul(a: bigint, b: bigint): bigint;
  /** trunc(a*2^fraction / b), toward zero; undefined when b is 0 or the quotient leaves the type. */
  checkedDiv(a: bigint, b: bigint): bigint | undefined;
  /** checkedDiv with 0 in place of undefined. */
  safeDiv(a: bigint, b: bigint): bigint;
  /** trunc(a*2^fraction / b), clamped. Throws E_FIXED_DOMAIN when b is 0. */
  saturatingDiv(a: bigint, b: bigint): bigint;
  /** Bits of an integer, clamped. */
  fromInt(integer: bigint | number): bigint;
  /** Bits nearest to a finite double, ties to even, clamped. Throws E_FIXED_DOMAIN for NaN and infinities. */
  fromNumber(value: number): bigint;
  /** Greatest integer not above the value. */
  floor(bits: bigint): bigint;
  /** Nearest value without a fraction, half away from zero, as bits, clamped. */
  round(bits: bigint): bigint;
  /** Nearest double; for display only, never for consensus. */
  toNumber(bits: bigint): number;
};

/** Builds the operations of a fixed-point type. Source: spec/economics.md 1.1 and 1.2. */
export function fixedFormat(shape: FixedShape): FixedFormat {
  const fraction = BigInt(shape.fraction);
  const one = 1n << fraction;
  const max = (1n << BigInt(shape.signed ? shape.bits - 1 : shape.bits)) - 1n;
  const min = shape.signed ? -max - 1n : 0n;

  const clamp = (bits: bigint): bigint => (bits > max ? max : bits < min ? min : bits);
  const quotient = (a: bigint, b: bigint): bigint => (a << fraction) / b;
  const checkedDiv = (a: bigint, b: bigint): bigint | undefined => {
    if (b === 0n) return undefined;
    const bits = quotient(a, b);
    return bits > max || bits < min ? undefined : bits;
  };

  return {
    ...shape,
    one,
    min,
    max,
    clamp,
    checkedDiv,
    add: (a, b) => clamp(a + b),
    sub: (a, b) => clamp(a - b),
    mul: (a, b) => clamp((a * b) >> fraction),
    safeDiv: (a, b) => checkedDiv(a, b) ?? 0n,
    saturatingDiv(a, b) {
      if (b === 0n) throw appError("E_FIXED_DOMAIN", { operation: `${shape.name} division`, value: "a divisor of 0" });
      return clamp(quotient(a, b));
    },
    fromInt: (integer) => clamp(BigInt(integer) << fraction),
    fromNumber(value) {
      if (!Number.isFinite(value))
        throw appError("E_FIXED_DOMAIN", { operation: `${shape.name} from a number`, value });
      return clamp(scaledNearestEven(value, shape.fraction));
    },
    floor: (bits) => bits >> fraction,
    round(bits) {
      const magnitude = bits < 0n ? -bits : bits;
      const rounded = ((magnitude + (one >> 1n)) >> fraction) << fraction;
      return clamp(bits < 0n ? -rounded : rounded);
    },
    toNumber(bits) {
      const whole = bits >> fraction;
      return Number(whole) + Number(bits - (whole << fraction)) / Number(one);
    },
  };
}

/** value * 2^fraction as an integer, rounded to nearest with ties to even, exact for every finite double. */
function scaledNearestEven(value: number, fraction: number): bigint {
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, value);
  const raw = view.getBigUint64(0);
  const exponentField = Number((raw >> 52n) & 0x7ffn);
  const fractionField = raw & 0xfffffffffffffn;
  const mantissa = exponentField === 0 ? fractionField : fractionField | 0x10000000000000n;
  const exponent = (exponentField === 0 ? 1 : exponentField) - 1075 + fraction;
  const magnitude = exponent >= 0 ? mantissa << BigInt(exponent) : shiftRightNearestEven(mantissa, BigInt(-exponent));
  return raw >> 63n === 1n ? -magnitude : magnitude;
}

function shiftRightNearestEven(value: bigint, shift: bigint): bigint {
  const quotient = value >> shift;
  const doubledRest = (value - (quotient << shift)) << 1n;
  const unit = 1n << shift;
  const roundUp = doubledRest > unit || (doubledRest === unit && (quotient & 1n) === 1n);
  return roundUp ? quotient + 1n : quotient;
}
