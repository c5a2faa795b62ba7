import { toU64 } from "../../fixed/convert.ts";
import { U64F64 } from "../../fixed/formats.ts";
import { u16Fraction } from "../../fixed/fractions.ts";
import { sumFixed } from "../../fixed/vector.ts";
import { checkAll, checkRao, checkU16 } from "./check.ts";

/** Blocks of 12 s in a day. */
const BLOCKS_PER_DAY = 7_200;
const THOUSAND_TAO_RAO = 1_000_000_000_000n;

/** What a delegate earns in a day, and its nominators per 1000 TAO of root stake after its take; both in rao. */
export type DelegateReturns = { readonly perDayRao: bigint; readonly per1000Rao: bigint };

/** The daily returns of a delegate from its last epochs. Throws E_ECONOMICS_INPUT. Source: spec/subtensor-interface.md 4.2 (DelegateInfo). */
export function delegateReturns(input: {
  /** Emission of its uid in the last epoch of each subnet it is registered on, and the subnet's tempo. */
  readonly seats: readonly { readonly emissionRao: bigint; readonly tempo: number }[];
  readonly rootStakeRao: bigint;
  /** u16 fraction. */
  readonly take: number;
}): DelegateReturns {
  const { seats, rootStakeRao, take } = input;
  checkAll("seats", seats, (field, { emissionRao, tempo }) => {
    checkRao(`${field}.emissionRao`, emissionRao);
    checkU16(`${field}.tempo`, tempo);
  });
  checkRao("rootStakeRao", rootStakeRao);
  checkU16("take", take);
  const epochsPerDay = (tempo: number): bigint => U64F64.safeDiv(U64F64.fromInt(BLOCKS_PER_DAY), U64F64.fromInt(tempo));
  const perDay = sumFixed(
    seats.map(({ emissionRao, tempo }) => U64F64.mul(U64F64.fromInt(emissionRao), epochsPerDay(tempo))),
    U64F64,
  );
  const rest = U64F64.mul(perDay, U64F64.sub(U64F64.one, u16Fraction(take, U64F64)));
  const thousands = U64F64.safeDiv(U64F64.fromInt(rootStakeRao), U64F64.fromInt(THOUSAND_TAO_RAO));
  return { perDayRao: toU64(perDay, U64F64), per1000Rao: toU64(U64F64.safeDiv(rest, thousands), U64F64) };
}
