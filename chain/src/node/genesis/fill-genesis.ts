/** Puts a genesis into the state of block 0, by the functions the pallets themselves use. */
import { balances } from "../../spec/pallets/balances.ts";
import { subtensorModule } from "../../spec/pallets/subtensor-module.ts";
import { system } from "../../spec/pallets/system.ts";
import type { Ctx } from "../runtime/pallet.ts";
import { becomeDelegate } from "../runtime/subtensor/calls/staking.ts";
import { createHotkeyIfNew } from "../runtime/subtensor/state/hotkeys.ts";
import { BURN_ACCOUNT, ROOT_NETUID, subnetAccount } from "../runtime/subtensor/state/ids.ts";
import { mintCredit, spendCredit } from "../runtime/subtensor/state/issuance.ts";
import { freeNetuid } from "../runtime/subtensor/state/new-network.ts";
import { appendNeuron } from "../runtime/subtensor/state/neurons.ts";
import { subnetExists } from "../runtime/subtensor/state/subnets.ts";
import { buyAlpha, creditStake } from "../runtime/subtensor/state/trade.ts";
import { fillSubnet } from "./fill-subnet.ts";
import { genesisInvalid, refusedAt } from "./invalid.ts";
import type { Genesis } from "./schema.ts";

const S = subtensorModule.storage;
const U16_MAX = 65_535;

/**
 * Root members, subnets, issuance and the block number of a checked genesis; accounts, sudo and the localnet's own networks are there already. Money
 * that stakes and pools need is issued for them. Throws E_GENESIS_INVALID for what the chain refuses.
 */
export function fillGenesis(ctx: Ctx, genesis: Genesis): void {
  fillRoot(ctx, genesis);
  genesis.subnets.forEach((subnet, i) => {
    const netuid = subnet.netuid ?? nextNetuid(ctx, genesis);
    fillSubnet(ctx, netuid, subnet, ["subnets", i]);
  });
  fillIssuance(ctx, genesis);
  if (genesis.block > 0) ctx.state.put(system.storage.Number, [], genesis.block);
}

/** Sets the take of a hotkey, a fraction; the default where it says nothing. */
function setTake(ctx: Ctx, hotkey: string, take: number | undefined): void {
  if (take === undefined) becomeDelegate(ctx, hotkey);
  else ctx.state.put(S.Delegates, [hotkey], Math.floor(take * U16_MAX));
}

function fillRoot(ctx: Ctx, { root }: Genesis): void {
  if (root === undefined) return;
  const { state, block } = ctx;
  state.put(S.SubtokenEnabled, [ROOT_NETUID], root.stakingOpen);
  root.members.forEach(({ hotkey, coldkey, stake, take }, i) => {
    createHotkeyIfNew(state, coldkey, hotkey);
    appendNeuron(state, ROOT_NETUID, hotkey, block.number);
    setTake(ctx, hotkey, take);
    if (stake === undefined || stake === 0n) return;
    refusedAt(["root", "members", i, "stake"], stake, () => {
      spendCredit(ctx, mintCredit(ctx, stake), subnetAccount(ROOT_NETUID), stake);
      creditStake(ctx, { coldkey, hotkey }, ROOT_NETUID, buyAlpha(ctx, ROOT_NETUID, stake).out);
    });
  });
}

/** The lowest netuid that neither exists nor is asked for by another subnet of the genesis. */
function nextNetuid(ctx: Ctx, { subnets }: Genesis): number {
  const asked = new Set(subnets.map(({ netuid }) => netuid));
  let netuid = freeNetuid(ctx);
  while (asked.has(netuid) || subnetExists(ctx.state, netuid)) netuid += 1;
  return netuid;
}

/** What accounts and pools do not hold of the issuance lies where nobody can spend it, so that the sum of all accounts stays the issuance. */
function fillIssuance(ctx: Ctx, { issuance }: Genesis): void {
  if (issuance === undefined) return;
  const held = ctx.state.get(balances.storage.TotalIssuance);
  if (issuance < held)
    throw genesisInvalid({
      path: ["issuance"],
      problem: `accounts, pools and root stake together hold ${held} rao already`,
      value: issuance,
      fix: `Give at least "${held} rao", or less to accounts and pools.`,
    });
  const rest = issuance - held;
  if (rest > 0n) refusedAt(["issuance"], issuance, () => spendCredit(ctx, mintCredit(ctx, rest), BURN_ACCOUNT, rest));
}
