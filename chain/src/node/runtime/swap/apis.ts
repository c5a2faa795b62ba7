import { swapAlphaForTao, swapTaoForAlpha, type SwapResult } from "@subnetkit/shared/consensus/economics/pool-swap";
import { toU64 } from "@subnetkit/shared/fixed/convert";
import { U64F64 } from "@subnetkit/shared/fixed/formats";
import { subtensorModule } from "../../../spec/pallets/subtensor-module.ts";
import { type SimSwapResult, simSwapResult, subnetPrice } from "../../../spec/runtime-apis-subtensor.ts";
import { u16, u64 } from "../../../spec/scale/numbers.ts";
import { vec } from "../../../spec/scale/sequences.ts";
import type { State } from "../../storage/state.ts";
import { apiMethod, type RuntimeApi } from "../pallet.ts";
import { feeRateOf, poolOf, spotPrice } from "./pool-state.ts";

const RAO_PER_TAO = U64F64.fromInt(1_000_000_000);
const NOTHING: SimSwapResult = {
  tao_amount: 0n,
  alpha_amount: 0n,
  tao_fee: 0n,
  alpha_fee: 0n,
  tao_slippage: 0n,
  alpha_slippage: 0n,
};

/** SwapRuntimeApi (spec/subtensor-interface.md 4.1). */
export const swapApi: RuntimeApi = {
  version: 1,
  methods: {
    current_alpha_price: apiMethod({
      args: { netuid: u16 },
      result: u64,
      run: ({ state }, { netuid }) => priceRao(state, netuid),
    }),
    current_alpha_price_all: apiMethod({
      args: {},
      result: vec(subnetPrice),
      run: ({ state }) =>
        [...state.iterate(subtensorModule.storage.NetworksAdded)]
          .map(({ keys: [netuid] }) => ({ netuid, price: priceRao(state, netuid) }))
          .sort((a, b) => a.netuid - b.netuid),
    }),
    sim_swap_tao_for_alpha: apiMethod({
      args: { netuid: u16, tao: u64 },
      result: simSwapResult,
      run: ({ state }, { netuid, tao }) => simulateBuy(state, netuid, tao),
    }),
    sim_swap_alpha_for_tao: apiMethod({
      args: { netuid: u16, alpha: u64 },
      result: simSwapResult,
      run: ({ state }, { netuid, alpha }) => simulateSell(state, netuid, alpha),
    }),
  },
};

/** Price in rao of TAO per whole alpha. */
function priceRao(state: State, netuid: number): bigint {
  return toU64(U64F64.mul(spotPrice(state, netuid), RAO_PER_TAO), U64F64);
}

/** The slippage is what the net input would bring at the spot price, less what it brings. */
function simulateBuy(state: State, netuid: number, tao: bigint): SimSwapResult {
  const result = swapTaoForAlpha(poolOf(state, netuid), tao, {
    feeRate: feeRateOf(state, netuid),
    limitPriceRao: null,
  });
  if (result.kind === "refused") return NOTHING;
  const ideal = toU64(U64F64.safeDiv(U64F64.fromInt(result.netRao), spotPrice(state, netuid)), U64F64);
  return {
    ...NOTHING,
    tao_amount: result.paidRao,
    alpha_amount: result.outRao,
    tao_fee: result.feeRao,
    alpha_slippage: lost(ideal, result),
  };
}

function simulateSell(state: State, netuid: number, alpha: bigint): SimSwapResult {
  const result = swapAlphaForTao(poolOf(state, netuid), alpha, {
    feeRate: feeRateOf(state, netuid),
    limitPriceRao: null,
  });
  if (result.kind === "refused") return NOTHING;
  const ideal = toU64(U64F64.mul(U64F64.fromInt(result.netRao), spotPrice(state, netuid)), U64F64);
  return {
    ...NOTHING,
    tao_amount: result.outRao,
    alpha_amount: result.paidRao,
    alpha_fee: result.feeRao,
    tao_slippage: lost(ideal, result),
  };
}

const lost = (ideal: bigint, { outRao }: SwapResult & { kind: "swapped" }): bigint =>
  ideal > outRao ? ideal - outRao : 0n;
