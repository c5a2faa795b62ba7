import { toU64 } from "../../fixed/convert.ts";
import { I96F32 } from "../../fixed/formats.ts";
import { log2 } from "../../fixed/log2.ts";
import { checkRao } from "./check.ts";

/** Supply cap and first block emission, in rao; the same curve serves TAO and each subnet's alpha. Source: spec/economics.md 3.2. */
export type EmissionCurve = { readonly capRao: bigint; readonly initialRao: bigint };

/** The production curve: 21 million TAO, 1 TAO per block at first. */
export const EMISSION_CURVE: EmissionCurve = { capRao: 21_000_000_000_000_000n, initialRao: 1_000_000_000n };

/**
 * Emission of one block in rao for an issuance in rao, by the chain's own logarithm routine. For alpha pass reserve plus outstanding.
 * Throws E_ECONOMICS_INPUT. Source: spec/economics.md 3.2.
 */
export function blockEmission(issuanceRao: bigint, curve: EmissionCurve = EMISSION_CURVE): bigint {
  checkRao("issuanceRao", issuanceRao);
  const halvings = halvingsAt(issuanceRao, curve);
  if (halvings === null) return 0n;
  const share = I96F32.safeDiv(I96F32.one, I96F32.one << BigInt(halvings));
  return toU64(I96F32.mul(share, I96F32.fromInt(curve.initialRao)), I96F32);
}

/** Halvings that an issuance has passed, or null at the cap. Source: spec/economics.md 3.2. */
export function halvingsAt(issuanceRao: bigint, curve: EmissionCurve = EMISSION_CURVE): number | null {
  if (issuanceRao >= curve.capRao) return null;
  const share = I96F32.safeDiv(I96F32.fromInt(issuanceRao), I96F32.fromInt(curve.capRao));
  const residual = log2(I96F32.safeDiv(I96F32.one, I96F32.sub(I96F32.one, share)), I96F32) ?? 0n;
  return Number(I96F32.floor(residual));
}

/** Issuance in rao at which halving k (1 or more) happens: cap * (1 - 2^-k). Exact for k up to 7. Source: spec/economics.md 3.2. */
export function halvingThreshold(k: number, curve: EmissionCurve = EMISSION_CURVE): bigint {
  return curve.capRao - curve.capRao / (1n << BigInt(k));
}

/** TAO actually minted in a block: the emission, limited by what the cap leaves of the currency's own issuance. Source: spec/economics.md 3.2. */
export function mintedTao(
  emissionRao: bigint,
  currencyIssuanceRao: bigint,
  curve: EmissionCurve = EMISSION_CURVE,
): bigint {
  checkRao("emissionRao", emissionRao);
  checkRao("currencyIssuanceRao", currencyIssuanceRao);
  const room = curve.capRao > currencyIssuanceRao ? curve.capRao - currencyIssuanceRao : 0n;
  return emissionRao < room ? emissionRao : room;
}
