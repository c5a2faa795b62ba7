/** Making blocks on request: chopsticks' dev_newBlock, and dev_nextEpoch. The event loop turns between blocks, so the chain answers meanwhile. */
import { ScaleError } from "../../../spec/cursor.ts";
import { subtensorModule } from "../../../spec/pallets/subtensor-module.ts";
import { applyExtrinsic } from "../../block/apply.ts";
import { decodeExtrinsic, type Extrinsic } from "../../block/extrinsic.ts";
import { checkExtrinsic } from "../../block/validity.ts";
import type { BlockRequest } from "../../block/producer.ts";
import type { ChainNode } from "../../create-node.ts";
import type { MethodTable } from "../method.ts";
import { type Params, wholeNumber } from "../params.ts";
import { invalidParams, RpcError } from "../rpc-error.ts";
import { refusal } from "./author.ts";

/** Blocks one dev_newBlock may make. */
const MAX_BLOCKS = 1_000_000;
/** Transactions one dev_newBlock may carry: what a block takes. */
const MAX_TRANSACTIONS = 2_048;
const MAX_HEIGHT = 0xffff_ffff;
const FUTURE = "Transaction will be valid in the future";
/** Blocks dev_nextEpoch looks ahead for one epoch: a tempo is below 65,536. */
const MAX_EPOCH_BLOCKS = 70_000;

/** The verbs. */
export function devBlockMethods(node: ChainNode): MethodTable {
  return {
    dev_newBlock: (params) => newBlock(node, params),
    dev_nextEpoch: (params) => nextEpoch(node, params),
  };
}

/**
 * Makes `count` blocks (1), or those up to block `to` and at least one, and answers with the hash of the last. The first holds `transactions` where they
 * are given, in the place of what the pool has, and has the height `unsafeBlockHeight`.
 */
async function newBlock(node: ChainNode, params: Params): Promise<string> {
  const { count, to, transactions, unsafeBlockHeight, ...others } = params.object(0);
  const [unknown] = Object.keys(others);
  if (unknown !== undefined)
    throw invalidParams(`dev_newBlock takes count, to, transactions and unsafeBlockHeight, not ${unknown}`);
  const { head } = node.chain;
  if (count !== undefined) wholeNumber(count, 1, MAX_BLOCKS, "count");
  if (to !== undefined) wholeNumber(to, 1, Math.min(head.number + MAX_BLOCKS, MAX_HEIGHT), "to");
  const limit = to === undefined ? Number(count ?? 1) : Math.max(Number(to) - head.number, 1);
  const height =
    unsafeBlockHeight === undefined
      ? undefined
      : wholeNumber(unsafeBlockHeight, head.number + 1, MAX_HEIGHT, "unsafeBlockHeight");
  const given = transactions === undefined ? undefined : extrinsicsOf(transactions);
  await node.producer.produce(
    limit,
    (made) => made > 0 && to !== undefined && node.chain.head.number >= Number(to),
    (made) => (made > 0 ? {} : firstBlock(node, given, height)),
  );
  return node.chain.head.hash;
}

/** What the first block holds. Looked at when its turn has come: other requests may have made blocks meanwhile. */
function firstBlock(node: ChainNode, transactions: Extrinsic[] | undefined, height: number | undefined): BlockRequest {
  if (height !== undefined && height <= node.chain.head.number)
    throw new RpcError(
      -32_000,
      `The chain is at ${node.chain.head.number} meanwhile: unsafeBlockHeight must be above it`,
    );
  if (transactions !== undefined) checkTogether(node, transactions);
  return { ...(transactions && { transactions }), ...(height !== undefined && { height }) };
}

/** Decodes transactions. */
function extrinsicsOf(given: unknown): Extrinsic[] {
  const hex = /^0x([0-9a-fA-F]{2})+$/;
  if (!Array.isArray(given) || given.length > MAX_TRANSACTIONS)
    throw invalidParams(`transactions must be a list of at most ${MAX_TRANSACTIONS} extrinsics in hex`);
  return given.map((one: unknown, at) => {
    if (typeof one !== "string" || !hex.test(one))
      throw invalidParams(`transactions[${at}] must be an extrinsic in hex`);
    return decoded(new Uint8Array(Buffer.from(one.slice(2), "hex")), at);
  });
}

/** Tries transactions on the newest state, one after the other, so that a block is made with all of them or not at all. */
function checkTogether(node: ChainNode, transactions: readonly Extrinsic[]): void {
  const execution = node.executionAfter(node.chain.head);
  if (execution === undefined) throw new RangeError("the head has no state");
  for (const [at, extrinsic] of transactions.entries()) {
    const validity = checkExtrinsic(execution, extrinsic, node.chain.genesis.hash);
    const { code, message, data } =
      validity.kind === "valid" ? new RpcError(1_010, "Invalid Transaction", FUTURE) : refusal(validity);
    if (validity.kind !== "valid" || validity.future)
      throw new RpcError(code, message, `transactions[${at}]: ${data ?? message}`);
    applyExtrinsic(execution, extrinsic, at);
  }
}

function decoded(bytes: Uint8Array, at: number): Extrinsic {
  try {
    return decodeExtrinsic(bytes);
  } catch (cause) {
    if (cause instanceof ScaleError) throw invalidParams(`transactions[${at}] is no extrinsic: ${cause.message}`);
    throw cause;
  }
}

/** Makes blocks until an epoch of the subnet has run `count` times (1). */
async function nextEpoch(node: ChainNode, params: Params): Promise<Record<string, unknown>> {
  const fields = params.object(0);
  const netuid = wholeNumber(fields["netuid"], 0, 65_535, "netuid");
  const count = fields["count"] === undefined ? 1 : wholeNumber(fields["count"], 1, 1_000, "count");
  if (!node.chain.headState().get(subtensorModule.storage.NetworksAdded, netuid))
    throw new RpcError(-32_000, `No subnet ${netuid}`);
  const lastEpoch = (): bigint => node.chain.headState().get(subtensorModule.storage.LastEpochBlock, netuid);
  let made = 0;
  for (let epoch = 0; epoch < count; epoch++) {
    const before = lastEpoch();
    made += await node.producer.produce(MAX_EPOCH_BLOCKS, () => lastEpoch() !== before);
    if (lastEpoch() === before)
      throw new RpcError(
        -32_000,
        node.producer.paused && made < MAX_EPOCH_BLOCKS
          ? `Paused after ${made} blocks: no epoch of subnet ${netuid} ran`
          : `No epoch of subnet ${netuid} ran within ${made} blocks`,
      );
  }
  return { block: node.chain.head.number, hash: node.chain.head.hash, blocks: made };
}
