import { type Pool, poolPrice } from "@subnetkit/shared/consensus/economics/pool";
import { subtensorModule } from "../../../spec/pallets/subtensor-module.ts";
import { swap } from "../../../spec/pallets/swap.ts";
import type { State } from "../../storage/state.ts";

const S = subtensorModule.storage;
const ROOT_NETUID = 0;
const DYNAMIC_MECHANISM = 1;

/** A subnet's pool as stored: root and mechanism 0 trade 1:1 (spec/economics.md 4). */
export function poolOf(state: State, netuid: number): Pool {
  const dynamic = netuid !== ROOT_NETUID && state.get(S.SubnetMechanism, netuid) === DYNAMIC_MECHANISM;
  return {
    mechanism: dynamic ? "dynamic" : "stable",
    alphaReserveRao: state.get(S.SubnetAlphaIn, netuid),
    taoReserveRao: state.get(S.SubnetTAO, netuid),
    taoWeight: state.get(swap.storage.SwapBalancer, netuid).quote,
  };
}

/** Stores the reserves of a pool after a swap. The weights change only by injections. */
export function putReserves(state: State, netuid: number, pool: Pool): void {
  state.put(S.SubnetAlphaIn, [netuid], pool.alphaReserveRao);
  state.put(S.SubnetTAO, [netuid], pool.taoReserveRao);
}

/** Spot price in TAO per alpha, U64F64 bits. */
export function spotPrice(state: State, netuid: number): bigint {
  return poolPrice(poolOf(state, netuid));
}

/** Fee rate of a pool as u16 fraction; stable pools take none. */
export function feeRateOf(state: State, netuid: number): number {
  return poolOf(state, netuid).mechanism === "stable" ? 0 : state.get(swap.storage.FeeRate, netuid);
}
