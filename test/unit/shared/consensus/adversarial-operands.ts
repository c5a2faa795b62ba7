import fc from "fast-check";

const ONE = 2n ** 32n;
const EDGES = [
  0n,
  1n,
  2n,
  65_535n,
  65_536n,
  65_537n,
  ONE / 2n - 1n,
  ONE / 2n,
  ONE / 2n + 1n,
  ONE - 2n,
  ONE - 1n,
  ONE,
  ONE + 1n,
  ONE + 2n,
  2n * ONE,
];

const wide = fc.oneof(fc.constantFrom(...EDGES), fc.bigInt(0n, 2n * ONE), fc.bigInt(0n, 2n ** 42n));

/** Inverse of an odd number modulo 2^32. */
export function inverse(odd: bigint): bigint {
  let x = odd;
  for (let i = 0; i < 5; i += 1) x = (x * (2n - odd * x)) & (ONE - 1n);
  return x;
}

/** Pairs whose product lies a few units from a multiple of 2^32: where a rounded product becomes the wrong integer. */
const nearMultiple = fc
  .record({ half: fc.bigInt(2n ** 30n, 2n ** 32n), distance: fc.bigInt(-3n, 3n), lift: fc.bigInt(0n, 3n) })
  .map(({ half, distance, lift }): [bigint, bigint] => {
    const a = 2n * half + 1n;
    const b = ((((distance * inverse(a & (ONE - 1n))) % ONE) + ONE) % ONE) + lift * ONE;
    return [a, b];
  });

/** Operands for multiplication: edges, uniform ones and the adversarial pairs that uniform ones never hit. */
export const productOperands: fc.Arbitrary<[bigint, bigint]> = fc.oneof(
  { weight: 1, arbitrary: fc.tuple(wide, wide) },
  { weight: 3, arbitrary: nearMultiple },
);

/** Operands for division whose quotient a*2^32/b lies a few parts from an integer. */
const nearQuotient = fc
  .record({ b: fc.bigInt(2n ** 30n, 2n ** 33n), distance: fc.bigInt(-3n, 3n) })
  .map(({ b, distance }): [bigint, bigint] => {
    const odd = b | 1n;
    // a = distance * 2^-32 mod b, so that a*2^32 = distance (mod b).
    const shift = modInverse(ONE % odd, odd);
    return [(((distance * shift) % odd) + odd) % odd, odd];
  });

function modInverse(value: bigint, modulus: bigint): bigint {
  let [r0, r1, s0, s1] = [modulus, value, 0n, 1n];
  while (r1 !== 0n) {
    const q = r0 / r1;
    [r0, r1, s0, s1] = [r1, r0 - q * r1, s1, s0 - q * s1];
  }
  return s0;
}

/** Divisors that keep the quotient of any wide dividend below 2^53, as the primitive requires. */
const anyQuotient = fc.tuple(wide, wide).map(([a, b]): [bigint, bigint] => [a, b + (a >> 20n) + 1n]);

/** Operands for division, the divisor positive. */
export const quotientOperands: fc.Arbitrary<[bigint, bigint]> = fc.oneof(
  { weight: 1, arbitrary: anyQuotient },
  { weight: 3, arbitrary: nearQuotient },
);
