import { subtensorModule } from "../../../spec/pallets/subtensor-module.ts";
import { swap } from "../../../spec/pallets/swap.ts";
import type { Ctx, GenesisConfig } from "../pallet.ts";
import { ROOT_NETUID, subnetAccount, ZERO_ACCOUNT } from "./state/ids.ts";
import { mintCredit, spendCredit } from "./state/issuance.ts";
import { appendNeuron } from "./state/neurons.ts";
import { SYMBOLS } from "./state/symbol-table.ts";

const S = subtensorModule.storage;

/** Netuid 1 exists from the start, owned by nobody. */
const FIRST_NETUID = 1;
const GENESIS_TEMPO = 100;
const FIRST_POOL_RAO = 10_000_000_000n;
const FIRST_OUTSTANDING_RAO = 1_000_000_000n;

/**
 * Root and netuid 1 as a localnet starts with them (spec/subtensor-interface.md 5.1): root owned by the sudo account (fast build), netuid 1 by
 * the zero account with one neuron and a pool of 10 TAO and 10 alpha. The pool's TAO is issued, so every reserve is backed by its account.
 */
export function genesis(ctx: Ctx, config: GenesisConfig): void {
  const { state } = ctx;
  const funded = config.balances.reduce((sum, [, rao]) => sum + rao, 0n);
  const { networks = "localnet" } = config;
  state.put(S.TotalIssuance, [], funded);
  if (networks === "none") return;
  state.put(S.TotalNetworks, [], networks === "localnet" ? 2 : 1);
  createRoot(ctx, config.sudo);
  if (networks === "localnet") createFirst(ctx);
}

function createRoot({ state }: Ctx, owner: string): void {
  state.put(S.NetworksAdded, [ROOT_NETUID], true);
  state.put(S.SubnetOwner, [ROOT_NETUID], owner);
  state.put(S.SubnetMechanism, [ROOT_NETUID], 0);
  state.put(S.Tempo, [ROOT_NETUID], GENESIS_TEMPO);
  state.put(S.MaxAllowedUids, [ROOT_NETUID], 64);
  state.put(S.MaxAllowedValidators, [ROOT_NETUID], 64);
  state.put(S.MinAllowedWeights, [ROOT_NETUID], 0);
  state.put(S.NetworkRegistrationAllowed, [ROOT_NETUID], true);
  state.put(S.TargetRegistrationsPerInterval, [ROOT_NETUID], 1);
  state.put(S.TokenSymbol, [ROOT_NETUID], new TextEncoder().encode(SYMBOLS[ROOT_NETUID] as string));
}

function createFirst(ctx: Ctx): void {
  const { state } = ctx;
  state.put(S.NetworksAdded, [FIRST_NETUID], true);
  state.put(S.SubnetOwner, [FIRST_NETUID], ZERO_ACCOUNT);
  state.put(S.SubnetMechanism, [FIRST_NETUID], 1);
  state.put(S.Tempo, [FIRST_NETUID], GENESIS_TEMPO);
  state.put(S.MaxAllowedUids, [FIRST_NETUID], 256);
  state.put(S.MaxAllowedValidators, [FIRST_NETUID], 64);
  state.put(S.MinAllowedWeights, [FIRST_NETUID], 0);
  state.put(S.NetworkRegistrationAllowed, [FIRST_NETUID], true);
  state.put(S.TokenSymbol, [FIRST_NETUID], new TextEncoder().encode(SYMBOLS[FIRST_NETUID] as string));
  state.put(S.Owner, [ZERO_ACCOUNT], ZERO_ACCOUNT);
  appendNeuron(state, FIRST_NETUID, ZERO_ACCOUNT, 0);
  spendCredit(ctx, mintCredit(ctx, FIRST_POOL_RAO), subnetAccount(FIRST_NETUID), FIRST_POOL_RAO);
  state.put(S.SubnetTAO, [FIRST_NETUID], FIRST_POOL_RAO);
  state.put(S.SubnetAlphaIn, [FIRST_NETUID], FIRST_POOL_RAO);
  state.put(S.SubnetAlphaOut, [FIRST_NETUID], FIRST_OUTSTANDING_RAO);
  state.put(S.TotalStake, [], FIRST_POOL_RAO);
  state.put(swap.storage.PalSwapInitialized, [FIRST_NETUID], true);
}
