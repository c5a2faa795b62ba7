import { checkRao, refuseInput } from "./check.ts";
import { addFloat, floatToU64, mulDivFloat, SAFE_FLOAT_ZERO, type SafeFloat, safeFloat } from "./safe-float.ts";

/** Stake of one (hotkey, subnet): total value in rao and the denominator of the shares. Source: spec/economics.md 3.12. */
export type SharePool = { readonly valueRao: bigint; readonly denominator: SafeFloat };

/** The pool nobody has staked to yet. */
export const EMPTY_SHARE_POOL: SharePool = { valueRao: 0n, denominator: SAFE_FLOAT_ZERO };

/** Value of a share in rao, floored. Source: spec/economics.md 3.12. */
export function shareValue(pool: SharePool, share: SafeFloat): bigint {
  return floatToU64(mulDivFloat(safeFloat(pool.valueRao), share, pool.denominator));
}

/** Adds (or, negative, removes) value for all: the shares stay, their value moves. Not below 0. Source: spec/economics.md 3.12. */
export function addValueForAll(pool: SharePool, deltaRao: bigint): SharePool {
  const valueRao = pool.valueRao + deltaRao;
  return { ...pool, valueRao: valueRao < 0n ? 0n : valueRao };
}

/**
 * Adds (or, negative, removes) value for one staker: its share and the denominator move by delta * denominator / value. The first
 * staker's share is the amount itself. Throws E_ECONOMICS_INPUT when more is removed than the share holds. Source: spec/economics.md 3.12.
 */
export function addValueForOne(
  pool: SharePool,
  share: SafeFloat,
  deltaRao: bigint,
): { readonly pool: SharePool; readonly share: SafeFloat } {
  checkRao("deltaRao", deltaRao < 0n ? -deltaRao : deltaRao);
  if (deltaRao < 0n && -deltaRao > shareValue(pool, share))
    refuseInput("deltaRao", "removes more than the share holds");
  if (pool.denominator.mantissa === 0n) {
    const first = safeFloat(deltaRao);
    return { pool: { valueRao: pool.valueRao + deltaRao, denominator: first }, share: first };
  }
  const moved = mulDivFloat(safeFloat(deltaRao), pool.denominator, safeFloat(pool.valueRao));
  return {
    pool: addValueForAll({ ...pool, denominator: atLeastZero(addFloat(pool.denominator, moved)) }, deltaRao),
    share: atLeastZero(addFloat(share, moved)),
  };
}

/** Rounding can leave a removed share a last digit below 0. */
function atLeastZero(value: SafeFloat): SafeFloat {
  return value.mantissa < 0n ? SAFE_FLOAT_ZERO : value;
}
