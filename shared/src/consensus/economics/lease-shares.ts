import { toU64 } from "../../fixed/convert.ts";
import { U64F64 } from "../../fixed/formats.ts";
import { checkBits, checkInteger, checkRao } from "./check.ts";

/** Part of a crowdloan that a contributor paid, U64F64 bits. Throws E_ECONOMICS_INPUT. */
export function leaseShare(paidRao: bigint, raisedRao: bigint): bigint {
  checkRao("paidRao", paidRao);
  checkRao("raisedRao", raisedRao);
  return U64F64.safeDiv(U64F64.fromInt(paidRao), U64F64.fromInt(raisedRao));
}

/** A share of what a lease did not cost, floored: what comes back. Throws E_ECONOMICS_INPUT. */
export function leaseRefund(shareBits: bigint, leftRao: bigint): bigint {
  checkBits("shareBits", shareBits);
  checkRao("leftRao", leftRao);
  return toU64(U64F64.mul(shareBits, U64F64.fromInt(leftRao)), U64F64);
}

/** A share of a dividend, rounded up in the contributor's favour. Throws E_ECONOMICS_INPUT. */
export function leaseDividend(shareBits: bigint, dividendRao: bigint): bigint {
  checkBits("shareBits", shareBits);
  checkRao("dividendRao", dividendRao);
  return toU64(U64F64.add(U64F64.mul(shareBits, U64F64.fromInt(dividendRao)), U64F64.one - 1n), U64F64);
}

/** The contributors' part of an owner's cut, a whole percentage of it rounded up. Throws E_ECONOMICS_INPUT. */
export function contributorsCut(percent: number, ownerCutRao: bigint): bigint {
  checkInteger("percent", percent, 100);
  checkRao("ownerCutRao", ownerCutRao);
  return (ownerCutRao * BigInt(percent) + 99n) / 100n;
}
