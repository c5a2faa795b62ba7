/** dev_setStake and dev_setPermit: what a hotkey has at stake and whether it may validate, each in a block of its own. */
import { subtensorModule } from "../../../spec/pallets/subtensor-module.ts";
import type { ChainNode } from "../../create-node.ts";
import { type Ctx, DispatchFailure } from "../../runtime/pallet.ts";
import { isSystemAccount } from "../../runtime/subtensor/state/hotkeys.ts";
import { setPermit } from "../../runtime/subtensor/state/set-permit.ts";
import { neuronCount, uidOf } from "../../runtime/subtensor/state/neurons.ts";
import { alphaWorth, setStake, type StakePosition } from "../../runtime/subtensor/state/set-stake.ts";
import { subnetExists } from "../../runtime/subtensor/state/subnets.ts";
import type { MethodTable } from "../method.ts";
import { wholeNumber } from "../params.ts";
import { invalidParams, RpcError } from "../rpc-error.ts";
import { accountOf } from "./dev-authority.ts";

type Fields = Readonly<Record<string, unknown>>;

/** Most rao there can be: 21 million of a token. */
const MAX_RAO = 21_000_000_000_000_000n;
const AMOUNT = "dev_setStake takes {hotkey, coldkey, netuid} and one of alphaRao or taoRao, a number or decimal text";

/** The verbs. */
export function devStakeMethods(node: ChainNode): MethodTable {
  return {
    dev_setStake: (params) => stake(node, params.object(0)),
    dev_setPermit: (params) => permit(node, params.object(0)),
  };
}

/** Sets a coldkey's stake on a hotkey; `taoRao` is its worth at the spot price. Answers with the stake reached in alpha, before an epoch in the same block adds to it. */
function stake(node: ChainNode, fields: Fields): Record<string, unknown> {
  const position: StakePosition = {
    hotkey: accountOf(fields["hotkey"], "hotkey must be an address"),
    coldkey: accountOf(fields["coldkey"], "coldkey must be an address"),
    netuid: netuidOf(node, fields),
  };
  const alphaRao = amountOf(node, position.netuid, fields);
  if (isSystemAccount(position.hotkey)) throw new RpcError(-32_000, "The account of a subnet cannot be a hotkey");
  let reached = 0n;
  edit(node, (ctx) => {
    reached = setStake(ctx, position, alphaRao);
  });
  return { ...newBlock(node), alphaRao: String(reached) };
}

function amountOf(node: ChainNode, netuid: number, { alphaRao, taoRao }: Fields): bigint {
  if ((alphaRao === undefined) === (taoRao === undefined)) throw invalidParams(AMOUNT);
  const given = raoOf(alphaRao ?? taoRao);
  const alpha = taoRao === undefined ? given : alphaWorth({ state: node.chain.headState() }, netuid, given);
  if (alpha === undefined) throw new RpcError(-32_000, `The pool of subnet ${netuid} has no price: give alphaRao`);
  if (alpha > MAX_RAO) throw invalidParams(`at most ${MAX_RAO} rao of stake`);
  return alpha;
}

function raoOf(value: unknown): bigint {
  const text = typeof value === "number" && Number.isSafeInteger(value) ? String(value) : value;
  if (typeof text !== "string" || !/^\d{1,20}$/.test(text)) throw invalidParams(AMOUNT);
  return BigInt(text);
}

/** Gives or takes a validator permit, until the next epoch deals them out anew. */
function permit(node: ChainNode, fields: Fields): Record<string, unknown> {
  const netuid = netuidOf(node, fields);
  if (typeof fields["permit"] !== "boolean") throw invalidParams("permit must be true or false");
  const granted = fields["permit"];
  const uid = neuronOf(node, netuid, fields);
  edit(node, (ctx) => setPermit(ctx, netuid, uid, granted));
  const hotkey = node.chain.headState().get(subtensorModule.storage.Keys, netuid, uid);
  return { ...newBlock(node), uid, hotkey, permit: granted };
}

function neuronOf(node: ChainNode, netuid: number, { uid, hotkey }: Fields): number {
  if ((uid === undefined) === (hotkey === undefined)) throw invalidParams("give uid or hotkey, one of them");
  const state = node.chain.headState();
  const found =
    uid === undefined
      ? uidOf(state, netuid, accountOf(hotkey, "hotkey must be an address"))
      : wholeNumber(uid, 0, 65_535, "uid");
  if (found === undefined || found >= neuronCount(state, netuid))
    throw new RpcError(-32_000, `Subnet ${netuid} has no such neuron`);
  return found;
}

function netuidOf(node: ChainNode, fields: Fields): number {
  const netuid = wholeNumber(fields["netuid"], 0, 65_535, "netuid");
  if (!subnetExists(node.chain.headState(), netuid)) throw new RpcError(-32_000, `No subnet ${netuid}`);
  return netuid;
}

const newBlock = ({ chain }: ChainNode): { block: number; hash: string } => ({
  block: chain.head.number,
  hash: chain.head.hash,
});

/** Tries an edit before the block is made, so that one that fails makes none. */
function edit(node: ChainNode, work: (ctx: Ctx) => void): void {
  try {
    const trial = node.executionAfter(node.chain.head);
    if (trial !== undefined) work(trial);
    node.producer.produceEdited(work);
  } catch (cause) {
    if (cause instanceof DispatchFailure) throw new RpcError(-32_000, `It cannot be set: ${cause.message}`);
    throw cause;
  }
}
