import { bumpBurn, burnDecayFactor, decayBurn } from "@subnetkit/shared/consensus/economics/registration-burn";
import { subtensorModule } from "../../../../spec/pallets/subtensor-module.ts";
import type { State } from "../../../storage/state.ts";
import { netuids } from "./subnets.ts";

const S = subtensorModule.storage;

/** Factors by half-life: the bisection takes 32 steps and its result never changes. At most one entry per u16. */
const factors = new Map<number, bigint>();

/** Lowers every subnet's registration price by one block and clears its per-block counter (spec/economics.md 5.1). */
export function decayBurnPrices(state: State, block: number): void {
  for (const netuid of netuids(state)) {
    if (block > 1) {
      const factor = factorOf(state.get(S.BurnHalfLife, netuid));
      state.keep(S.Burn, [netuid], decayBurn(state.get(S.Burn, netuid), factor, bounds(state, netuid)));
    }
    state.keep(S.RegistrationsThisBlock, [netuid], 0);
  }
}

/** Raises a subnet's registration price after a registration. */
export function bumpBurnPrice(state: State, netuid: number): void {
  state.put(
    S.Burn,
    [netuid],
    bumpBurn(state.get(S.Burn, netuid), state.get(S.BurnIncreaseMult, netuid).bits, bounds(state, netuid)),
  );
}

function bounds(state: State, netuid: number): { minRao: bigint; maxRao: bigint } {
  return { minRao: state.get(S.MinBurn, netuid), maxRao: state.get(S.MaxBurn, netuid) };
}

function factorOf(halfLife: number): bigint {
  const known = factors.get(halfLife);
  if (known !== undefined) return known;
  const factor = burnDecayFactor(halfLife);
  factors.set(halfLife, factor);
  return factor;
}
