/** Puts one neuron of a genesis into the state of its subnet, where it has its uid already. */
import { mechanismStorageIndex } from "@subnetkit/shared/consensus/epoch/mechanisms";
import { subtensorModule } from "../../spec/pallets/subtensor-module.ts";
import { ipNumber } from "../../spec/ip-number.ts";
import type { Ctx } from "../runtime/pallet.ts";
import { servingCalls } from "../runtime/subtensor/calls/serving.ts";
import { subnetAccount } from "../runtime/subtensor/state/ids.ts";
import { mintCredit, spendCredit } from "../runtime/subtensor/state/issuance.ts";
import { mechanismCount } from "../runtime/subtensor/state/subnets.ts";
import { buyAlpha, creditStake } from "../runtime/subtensor/state/trade.ts";
import type { StakeAmount } from "./amount.ts";
import { type GenesisPath, refusedAt } from "./invalid.ts";
import type { GenesisNeuron } from "./schema.ts";

const S = subtensorModule.storage;
const U16_MAX = 65_535;

/** Stakes, take, axon, registration block and permit of a neuron. */
export function fillNeuron(
  ctx: Ctx,
  netuid: number,
  { neuron, uid }: { readonly neuron: GenesisNeuron; readonly uid: number },
  path: GenesisPath,
): void {
  const { state } = ctx;
  const { hotkey, coldkey, stake, nominations = [], take, axon, registeredAt, permit } = neuron;
  if (take !== undefined) state.put(S.Delegates, [hotkey], Math.floor(take * U16_MAX));
  if (stake !== undefined) giveStake(ctx, netuid, { coldkey, hotkey }, stake, [...path, "stake"]);
  nominations.forEach((one, i) => {
    giveStake(ctx, netuid, { coldkey: one.coldkey, hotkey }, one.stake, [...path, "nominations", i, "stake"]);
  });
  if (axon !== undefined) {
    const { value: ip, ipType } = ipNumber(axon.ip);
    const { port, protocol, version } = axon;
    const args = { netuid, version, ip, port, ip_type: ipType, protocol, placeholder1: 0, placeholder2: 0 };
    refusedAt([...path, "axon"], axon.ip, () => {
      servingCalls.serve_axon.dispatch(ctx, { kind: "signed", who: hotkey }, args);
    });
  }
  if (registeredAt !== undefined) {
    state.put(S.BlockAtRegistration, [netuid, uid], BigInt(registeredAt));
    for (let mecid = 0; mecid < mechanismCount(state, netuid); mecid++)
      state.mutate(S.LastUpdate, [mechanismStorageIndex(netuid, mecid)], (updates) =>
        updates.map((at, i) => (i === uid ? BigInt(registeredAt) : at)),
      );
  }
  if (permit) state.mutate(S.ValidatorPermit, [netuid], (permits) => permits.map((had, i) => (i === uid ? true : had)));
}

/** Alpha is simply outstanding; TAO is issued and buys it, without a fee. */
function giveStake(
  ctx: Ctx,
  netuid: number,
  who: { readonly coldkey: string; readonly hotkey: string },
  { unit, rao }: StakeAmount,
  path: GenesisPath,
): void {
  if (rao === 0n) return;
  refusedAt(path, rao, () => {
    if (unit === "tao") {
      spendCredit(ctx, mintCredit(ctx, rao), subnetAccount(netuid), rao);
      creditStake(ctx, who, netuid, buyAlpha(ctx, netuid, rao, { fee: false }).out);
      return;
    }
    ctx.state.mutate(S.SubnetAlphaOut, [netuid], (outstanding) => outstanding + rao);
    creditStake(ctx, who, netuid, rao);
  });
}
