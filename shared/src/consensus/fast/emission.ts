import { divBits, mulBits, normaliseBits, ONE, sumBits } from "./primitives.ts";

/** Largest emission in rao that a double product handles exactly. */
const EXACT_EMISSION = 2n ** 52n;

/** Rao per uid. */
export type FastEmission = {
  readonly server: BigUint64Array;
  readonly validator: BigUint64Array;
  readonly combined: BigUint64Array;
};

/** Step 15. */
export function fastEmission(
  incentive: Float64Array,
  dividends: Float64Array,
  active: Float64Array,
  stake: Float64Array,
  emissionRao: bigint,
): FastEmission {
  const scores = incentive.map((value, uid) => value + dividends[uid]!);
  const total = sumBits(scores);
  if (total === 0) {
    const validator = raoOf(active.some((share) => share !== 0) ? active : stake, emissionRao);
    return { server: new BigUint64Array(incentive.length), validator, combined: validator.slice() };
  }
  normaliseBits(scores);
  return {
    server: raoOf(dividedBy(incentive, total), emissionRao),
    validator: raoOf(dividedBy(dividends, total), emissionRao),
    combined: raoOf(scores, emissionRao),
  };
}

function dividedBy(values: Float64Array, total: number): Float64Array {
  return values.map((value) => (value === 0 ? 0 : divBits(value, total)));
}

function raoOf(shares: Float64Array, emissionRao: bigint): BigUint64Array {
  const rao = new BigUint64Array(shares.length);
  if (emissionRao >= EXACT_EMISSION) {
    shares.forEach((share, uid) => {
      rao[uid] = (BigInt(share) * emissionRao) >> 32n;
    });
    return rao;
  }
  const emission = Number(emissionRao);
  // Halves are written through a 32-bit view: one BigInt per uid would cost more than the whole step.
  const halves = new DataView(rao.buffer);
  for (let uid = 0; uid < shares.length; uid += 1) {
    if (shares[uid] === 0) continue;
    const amount = mulBits(shares[uid]!, emission);
    halves.setUint32(8 * uid + LOW_HALF, amount % ONE, LITTLE_ENDIAN);
    halves.setUint32(8 * uid + 4 - LOW_HALF, Math.floor(amount / ONE), LITTLE_ENDIAN);
  }
  return rao;
}

const LITTLE_ENDIAN = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1;
const LOW_HALF = LITTLE_ENDIAN ? 0 : 4;
