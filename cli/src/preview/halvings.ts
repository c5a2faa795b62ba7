import {
  blockEmission,
  EMISSION_CURVE,
  type EmissionCurve,
  mintedTao,
} from "@subnetkit/shared/consensus/economics/block-emission";

/** Blocks in which every one mints the same. */
export type EmissionStretch = {
  /** Blocks minted before the first block of the stretch. */
  readonly fromBlock: number;
  /** Length; null when it never ends (nothing is minted any more). */
  readonly blocks: number | null;
  readonly emissionRao: bigint;
  /** Issuance before the first block of the stretch. */
  readonly issuanceRao: bigint;
};

/**
 * The stretches of constant block emission from an issuance on, to the end of all emission. Exact: every boundary is found with the
 * chain's own routine, which falls with rising issuance. Throws E_ECONOMICS_INPUT. Source: spec/economics.md 3.2.
 */
export function* emissionStretches(
  issuanceRao: bigint,
  curve: EmissionCurve = EMISSION_CURVE,
): Generator<EmissionStretch> {
  const emissionAt = (rao: bigint): bigint => mintedTao(blockEmission(rao, curve), rao, curve);
  let fromBlock = 0;
  let issuance = issuanceRao;
  for (;;) {
    const emissionRao = emissionAt(issuance);
    if (emissionRao === 0n) {
      yield { fromBlock, blocks: null, emissionRao, issuanceRao: issuance };
      return;
    }
    const blocks = blocksOf((block) => emissionAt(issuance + emissionRao * BigInt(block)) === emissionRao);
    yield { fromBlock, blocks, emissionRao, issuanceRao: issuance };
    fromBlock += blocks;
    issuance += emissionRao * BigInt(blocks);
  }
}

/** The smallest block number for which `same` does not hold any more; it holds for 0. */
function blocksOf(same: (block: number) => boolean): number {
  let last = 0;
  let first = 1;
  while (same(first)) {
    last = first;
    first *= 2;
  }
  while (first - last > 1) {
    const middle = last + Math.floor((first - last) / 2);
    if (same(middle)) last = middle;
    else first = middle;
  }
  return first;
}
