import { U96F32 } from "../../fixed/formats.ts";
import { checkRao } from "./check.ts";

/** Incentive of one hotkey in an epoch. */
export type Incentive = {
  readonly hotkey: string;
  readonly incentiveRao: bigint;
  /** True for the owner hotkey with a uid and for any hotkey of the owner coldkey with a uid. */
  readonly ownerAssociated: boolean;
  /** Auto-stake destination of the hotkey's coldkey on this subnet, or null. */
  readonly autoStakeHotkey: string | null;
};

/** What happens to the incentives of an epoch. */
export type IncentivePayouts = {
  /** Alpha staked for the coldkey of `hotkey` on `stakedOn`, in rao. */
  readonly payouts: readonly { readonly hotkey: string; readonly stakedOn: string; readonly rao: bigint }[];
  /** Alpha that owner-associated hotkeys did not get, and the part of it that leaves the outstanding alpha. */
  readonly withheldRao: bigint;
  readonly recycledRao: bigint;
  /** Withheld share of all incentives, U96F32 bits; the next block's emission split reads it. */
  readonly burnedBits: bigint;
};

/** Pays or withholds incentives. Throws E_ECONOMICS_INPUT. Source: spec/economics.md 3.9 (7). */
export function incentivePayouts(incentives: readonly Incentive[], withheldMode: "burn" | "recycle"): IncentivePayouts {
  for (const [i, { incentiveRao }] of incentives.entries()) checkRao(`incentives[${i}].incentiveRao`, incentiveRao);
  const sum = (items: readonly Incentive[]): bigint =>
    items.reduce((total, { incentiveRao }) => total + incentiveRao, 0n);
  const withheldRao = sum(incentives.filter(({ ownerAssociated }) => ownerAssociated));
  return {
    payouts: incentives.flatMap(({ hotkey, incentiveRao, ownerAssociated, autoStakeHotkey }) =>
      ownerAssociated || incentiveRao === 0n
        ? []
        : [{ hotkey, stakedOn: autoStakeHotkey ?? hotkey, rao: incentiveRao }],
    ),
    withheldRao,
    recycledRao: withheldMode === "recycle" ? withheldRao : 0n,
    burnedBits: U96F32.safeDiv(U96F32.fromInt(withheldRao), U96F32.fromInt(sum(incentives))),
  };
}
