/** Puts one subnet of a genesis into the state. */
import { mechanismStorageIndex } from "@subnetkit/shared/consensus/epoch/mechanisms";
import { staggeredLastEpoch } from "@subnetkit/shared/consensus/epoch/schedule";
import { maxUpscaleWeights } from "@subnetkit/shared/fixed/max-upscale";
import { utf8 } from "@subnetkit/shared/util/bytes";
import { subtensorModule } from "../../spec/pallets/subtensor-module.ts";
import { swap } from "../../spec/pallets/swap.ts";
import type { Ctx } from "../runtime/pallet.ts";
import { createHotkeyIfNew } from "../runtime/subtensor/state/hotkeys.ts";
import { subnetAccount } from "../runtime/subtensor/state/ids.ts";
import { mintCredit, spendCredit } from "../runtime/subtensor/state/issuance.ts";
import { setMechanismCount, setMechanismSplit } from "../runtime/subtensor/state/mechanisms.ts";
import { createNetwork } from "../runtime/subtensor/state/new-network.ts";
import { appendNeuron } from "../runtime/subtensor/state/neurons.ts";
import { isKnownSymbol, symbolTaken } from "../runtime/subtensor/state/symbols.ts";
import { hotkeysInOrder, ownerHotkeyOf } from "./check-genesis.ts";
import { fillNeuron } from "./fill-neuron.ts";
import { hyperparameterSteps } from "./hyperparameters.ts";
import { genesisInvalid, type GenesisPath, refusedAt } from "./invalid.ts";
import type { GenesisRows, GenesisSubnet } from "./schema.ts";

const S = subtensorModule.storage;
/** Bits of the fraction of an I96F32. */
const PRICE_BITS = 32n;
const PRICE_PARTS = 1_000_000_000n;

/** Creates the subnet as `register_network` does, then gives it what the genesis says. The pool's TAO is issued into the subnet's account. */
export function fillSubnet(ctx: Ctx, netuid: number, subnet: GenesisSubnet, path: GenesisPath): void {
  const { state, block } = ctx;
  create(ctx, netuid, subnet, path);
  const hotkeys = hotkeysInOrder(subnet);
  const coldkeys = new Map(subnet.neurons.map(({ hotkey, coldkey }) => [hotkey, coldkey]));
  for (const hotkey of hotkeys.slice(1)) {
    createHotkeyIfNew(state, coldkeys.get(hotkey) ?? subnet.owner, hotkey);
    appendNeuron(state, netuid, hotkey, block.number);
  }
  if (subnet.mechanisms !== undefined) fillMechanisms(ctx, netuid, subnet, path);
  for (const { name, value, run } of hyperparameterSteps(hyperparametersOf(subnet)))
    refusedAt([...path, "hyperparameters", name], value, () => run(ctx, netuid));
  state.put(S.LastEpochBlock, [netuid], BigInt(staggeredLastEpoch(netuid, state.get(S.Tempo, netuid), block.number)));
  start(ctx, netuid, subnet);
  subnet.neurons.forEach((neuron, i) => {
    fillNeuron(ctx, netuid, { neuron, uid: hotkeys.indexOf(neuron.hotkey) }, [...path, "neurons", i]);
  });
  fillRows(ctx, mechanismStorageIndex(netuid, 0), subnet.weights, subnet.bonds);
}

const hyperparametersOf = ({ hyperparameters, tempo }: GenesisSubnet): GenesisSubnet["hyperparameters"] =>
  tempo === undefined ? hyperparameters : { ...hyperparameters, tempo };

function create(ctx: Ctx, netuid: number, subnet: GenesisSubnet, path: GenesisPath): void {
  const { state } = ctx;
  const hotkey = ownerHotkeyOf(subnet) as string;
  const taoRao = subnet.reserves?.tao ?? state.get(S.NetworkMinLockCost);
  refusedAt([...path, "reserves", "tao"], taoRao, () => {
    spendCredit(ctx, mintCredit(ctx, taoRao), subnetAccount(netuid), taoRao);
  });
  createNetwork(ctx, netuid, { coldkey: subnet.owner, hotkey }, taoRao);
  if (subnet.reserves !== undefined) {
    // A new pool counts at least the least lock, whatever was paid; this one holds exactly what was issued for it.
    const counted = state.get(S.SubnetTAO, netuid);
    state.put(S.SubnetTAO, [netuid], taoRao);
    state.mutate(S.TotalStake, [], (total) => total - counted + taoRao);
    state.put(S.SubnetAlphaIn, [netuid], subnet.reserves.alpha);
  }
  if (subnet.symbol !== undefined) setSymbol(ctx, netuid, subnet.symbol, [...path, "symbol"]);
  if (subnet.identity !== undefined) {
    const { identity } = subnet;
    state.put(S.SubnetIdentitiesV3, [netuid], {
      subnet_name: utf8(identity.subnet_name),
      github_repo: utf8(identity.github_repo),
      subnet_contact: utf8(identity.subnet_contact),
      subnet_url: utf8(identity.subnet_url),
      discord: utf8(identity.discord),
      description: utf8(identity.description),
      logo_url: utf8(identity.logo_url),
      additional: utf8(identity.additional),
    });
  }
}

function setSymbol({ state }: Ctx, netuid: number, symbol: string, path: GenesisPath): void {
  const bytes = utf8(symbol);
  state.kill(S.TokenSymbol, netuid);
  if (!isKnownSymbol(bytes) || symbolTaken(state, bytes))
    throw genesisInvalid({
      path,
      value: symbol,
      problem: isKnownSymbol(bytes) ? "another subnet has it" : "the chain knows no such symbol",
      fix: "Give another symbol, for example \u03b2, or none.",
    });
  state.put(S.TokenSymbol, [netuid], bytes);
}

/** What start_call and root's switch of the emission would have set. */
function start({ state, block }: Ctx, netuid: number, subnet: GenesisSubnet): void {
  const { started, startedAt = block.number + 1, emissionEnabled = started } = subnet;
  state.put(S.NetworkRegistrationAllowed, [netuid], subnet.registrationOpen);
  state.put(S.SubnetEmissionEnabled, [netuid], emissionEnabled);
  if (started) {
    state.put(S.FirstEmissionBlockNumber, [netuid], BigInt(startedAt));
    state.put(S.SubtokenEnabled, [netuid], true);
  }
  if (subnet.movingPrice !== undefined)
    state.put(S.SubnetMovingPrice, [netuid], { bits: (subnet.movingPrice << PRICE_BITS) / PRICE_PARTS });
  if (subnet.feeRate !== undefined) state.put(swap.storage.FeeRate, [netuid], subnet.feeRate);
}

function fillMechanisms(ctx: Ctx, netuid: number, subnet: GenesisSubnet, path: GenesisPath): void {
  const { state } = ctx;
  const { mechanisms } = subnet;
  if (mechanisms === undefined) return;
  const at = [...path, "mechanisms"];
  const maxUids = subnet.hyperparameters.max_allowed_uids;
  // Room for neurons limits the mechanisms, so it is set before them.
  if (maxUids !== undefined) state.put(S.MaxAllowedUids, [netuid], maxUids);
  if (mechanisms.count > state.get(S.MaxMechanismCount)) state.put(S.MaxMechanismCount, [], mechanisms.count);
  refusedAt([...at, "count"], mechanisms.count, () => setMechanismCount(state, netuid, mechanisms.count));
  refusedAt([...at, "split"], mechanisms.split, () => setMechanismSplit(state, netuid, mechanisms.split));
  for (let mecid = 1; mecid < mechanisms.count; mecid++)
    fillRows(ctx, mechanismStorageIndex(netuid, mecid), mechanisms.weights?.[mecid], mechanisms.bonds?.[mecid]);
}

/** Weights count as set in the first block: a row that is not newer than a neuron's registration does not count toward it (spec/economics.md 2.2). */
function fillRows({ state, block }: Ctx, index: number, weights?: GenesisRows, bonds?: GenesisRows): void {
  for (const [from, row] of Object.entries(weights ?? {})) {
    const uid = Number(from);
    const scaled = maxUpscaleWeights(row.map(([, weight]) => weight));
    state.put(
      S.Weights,
      [index, uid],
      row.map(([to], i) => [to, scaled[i] ?? 0]),
    );
    state.mutate(S.LastUpdate, [index], (updates) =>
      updates.map((at, i) => (i === uid ? BigInt(block.number) + 1n : at)),
    );
  }
  for (const [from, row] of Object.entries(bonds ?? {})) state.put(S.Bonds, [index, Number(from)], row);
}
