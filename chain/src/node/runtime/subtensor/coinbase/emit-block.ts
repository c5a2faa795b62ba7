import { blockEmission, mintedTao } from "@subnetkit/shared/consensus/economics/block-emission";
import { injectionRao, injectionTerms } from "@subnetkit/shared/consensus/economics/injection-terms";
import { pendingEmissions, rootSellFlag } from "@subnetkit/shared/consensus/economics/pending-emissions";
import { injectionWeights } from "@subnetkit/shared/consensus/economics/pool-injection";
import { rootProportion } from "@subnetkit/shared/consensus/economics/root-proportion";
import { splitTaoAmongSubnets } from "@subnetkit/shared/consensus/economics/subnet-shares";
import { convertFixed } from "@subnetkit/shared/fixed/convert";
import { I96F32, U64F64, U96F32 } from "@subnetkit/shared/fixed/formats";
import { balances } from "../../../../spec/pallets/balances.ts";
import { subtensorModule } from "../../../../spec/pallets/subtensor-module.ts";
import { swap } from "../../../../spec/pallets/swap.ts";
import type { State } from "../../../storage/state.ts";
import type { Ctx } from "../../pallet.ts";
import { poolOf, spotPrice } from "../../swap/pool-state.ts";
import { ROOT_NETUID, subnetAccount } from "../state/ids.ts";
import { type Credit, mintCredit, recycleCredit, spendCredit } from "../state/issuance.ts";
import { subnetNetuids } from "../state/subnets.ts";
import { buyAlpha, quoteBuy } from "../state/trade.ts";

const S = subtensorModule.storage;

/** Mints the TAO of a block, whoever gets it (spec/economics.md 3.2). */
export function mintBlockEmission(ctx: Ctx): Credit {
  const emission = emissionAt(ctx.state.get(S.TotalIssuance));
  ctx.state.keep(S.BlockEmission, [], emission);
  return mintCredit(ctx, mintedTao(emission, ctx.state.get(balances.storage.TotalIssuance)));
}

/** The newest emission by its issuance: its logarithm is dear, and where nothing takes part in emission no block changes the issuance. */
let known = { issuanceRao: -1n, emissionRao: 0n };

function emissionAt(issuanceRao: bigint): bigint {
  if (known.issuanceRao !== issuanceRao) known = { issuanceRao, emissionRao: blockEmission(issuanceRao) };
  return known.emissionRao;
}

/**
 * Emits one block: its TAO into the pools of the subnets that take part, alpha into their pending pots (spec/economics.md 3.3 to 3.8). TAO that
 * no pool takes is recycled.
 */
export function emitBlock(ctx: Ctx, credit: Credit): void {
  const { state } = ctx;
  const netuids = emittingSubnets(state);
  const prices = netuids.map((netuid) => movingPrice(state, netuid));
  const shares = splitTaoAmongSubnets(
    netuids.map((netuid, i) => ({
      netuid,
      movingPriceBits: prices[i] as bigint,
      burnedBits: state.get(S.MinerBurned, netuid).bits,
      emissionEnabled: state.get(S.SubnetEmissionEnabled, netuid),
    })),
    credit.leftRao,
  );
  const terms = shares.map(({ netuid, taoBits }) => ({ netuid, terms: termsOf(state, netuid, taoBits) }));
  for (const { netuid, terms: one } of terms) inject(ctx, credit, netuid, injectionRao(one));
  recycleCredit(ctx, credit);
  const rootSell = rootSellFlag(prices);
  for (const { netuid, terms: one } of terms) addPending(state, netuid, one.alphaOutBits, rootSell);
}

/** Subnets that take part in emission: started, with a sub-token and open for registration (spec/economics.md 3.3). */
export function emittingSubnets(state: State): number[] {
  return subnetNetuids(state).filter(
    (netuid) =>
      state.has(S.FirstEmissionBlockNumber, netuid) &&
      state.get(S.SubtokenEnabled, netuid) &&
      state.get(S.NetworkRegistrationAllowed, netuid),
  );
}

/** Moving price of a subnet as I96F32 bits; a stable pool's is 1 (spec/economics.md 3.4). */
function movingPrice(state: State, netuid: number): bigint {
  return poolOf(state, netuid).mechanism === "stable" ? I96F32.one : state.get(S.SubnetMovingPrice, netuid).bits;
}

/** Alpha of a subnet in its pool and outside it, in rao. */
function alphaIssuance(state: State, netuid: number): bigint {
  return state.get(S.SubnetAlphaIn, netuid) + state.get(S.SubnetAlphaOut, netuid);
}

/** Part of a subnet's alpha that root's stake stands for, U96F32 bits (spec/economics.md 3.7). */
export function rootProportionOf(state: State, netuid: number): bigint {
  return rootProportion({
    rootTaoRao: state.get(S.SubnetTAO, ROOT_NETUID),
    taoWeight: state.get(S.TaoWeight),
    alphaIssuanceRao: alphaIssuance(state, netuid),
  });
}

function termsOf(state: State, netuid: number, taoBits: bigint) {
  return injectionTerms({
    taoBits,
    priceBits: convertFixed(spotPrice(state, netuid), U64F64, U96F32),
    rootProportionBits: rootProportionOf(state, netuid),
    alphaEmissionRao: blockEmission(alphaIssuance(state, netuid)),
  });
}

/** Weights first, then the chain's own buy, then the reserves: the order of spec/economics.md 3.6. */
function inject(ctx: Ctx, credit: Credit, netuid: number, rao: ReturnType<typeof injectionRao>): void {
  const { state } = ctx;
  const account = subnetAccount(netuid);
  const weights = injectionWeights(poolOf(state, netuid), rao.taoInRao, rao.alphaInRao);
  const accepted = weights.kind === "accepted";
  if (accepted) state.put(swap.storage.SwapBalancer, [netuid], { quote: weights.taoWeight });
  const alphaIn = accepted ? rao.alphaInRao : 0n;
  const bought = buyExcess(ctx, credit, netuid, rao.excessTaoRao);
  const taoIn = accepted && spendCredit(ctx, credit, account, rao.taoInRao) ? rao.taoInRao : 0n;
  state.mutate(S.SubnetAlphaIn, [netuid], (reserve) => reserve + alphaIn);
  state.mutate(S.SubnetTAO, [netuid], (reserve) => reserve + taoIn);
  state.mutate(S.TotalStake, [], (total) => total + taoIn);
  state.mutate(S.SubnetAlphaOut, [netuid], (outstanding) => outstanding + rao.alphaOutRao);
  state.mutate(S.SubnetProtocolFlow, [netuid], (flow) => flow + taoIn + bought);
  state.put(S.SubnetAlphaInEmission, [netuid], alphaIn);
  state.put(S.SubnetTaoInEmission, [netuid], taoIn);
  state.put(S.SubnetExcessTao, [netuid], bought);
  state.put(S.SubnetAlphaOutEmission, [netuid], rao.alphaOutRao);
}

/** TAO the alpha cap left over buys alpha without a fee, which then belongs to the chain. Returns what was spent. */
function buyExcess(ctx: Ctx, credit: Credit, netuid: number, taoRao: bigint): bigint {
  if (taoRao === 0n || quoteBuy(ctx, netuid, taoRao, { fee: false }).kind === "refused") return 0n;
  if (!spendCredit(ctx, credit, subnetAccount(netuid), taoRao)) return 0n;
  const { out } = buyAlpha(ctx, netuid, taoRao, { fee: false });
  ctx.state.mutate(S.SubnetProtocolAlpha, [netuid], (held) => held + out);
  return taoRao;
}

function addPending(state: State, netuid: number, alphaOutBits: bigint, rootSell: boolean): void {
  const ownerCut = state.get(S.OwnerCutEnabled, netuid) ? state.get(S.SubnetOwnerCut) : null;
  const pending = pendingEmissions({
    alphaOutBits,
    ownerCut,
    rootProportionBits: rootProportionOf(state, netuid),
    rootSell,
  });
  state.mutate(S.PendingOwnerCut, [netuid], (rao) => rao + pending.ownerRao);
  state.mutate(S.PendingServerEmission, [netuid], (rao) => rao + pending.serverRao);
  state.mutate(S.PendingValidatorEmission, [netuid], (rao) => rao + pending.validatorRao);
  state.mutate(S.PendingRootAlphaDivs, [netuid], (rao) => rao + pending.rootRao);
  if (pending.rootRecycledRao > 0n)
    state.mutate(S.SubnetAlphaOut, [netuid], (out) =>
      out > pending.rootRecycledRao ? out - pending.rootRecycledRao : 0n,
    );
}
