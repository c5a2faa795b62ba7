/** dev_*: the development chain's own verbs. Served and listed only in dev mode. */
import { subtensorModule } from "../../../spec/pallets/subtensor-module.ts";
import { system } from "../../../spec/pallets/system.ts";
import { SLOT_DURATION_MS, timestamp } from "../../../spec/pallets/timestamp.ts";
import { devAccounts } from "../../accounts.ts";
import type { ChainNode } from "../../create-node.ts";
import type { MethodTable } from "../method.ts";
import { type Params, wholeNumber } from "../params.ts";
import { RpcError } from "../rpc-error.ts";
import { devHeadMethods } from "./dev-head.ts";
import { devModeMethods } from "./dev-mode.ts";
import { devStateMethods } from "./dev-state.ts";
import { NODE_VERSION } from "./system.ts";

/** Blocks one dev_newBlock may make. */
const MAX_BLOCKS = 10_000;
/** Blocks dev_nextEpoch looks ahead for one epoch: a tempo is below 65,536. */
const MAX_EPOCH_BLOCKS = 70_000;

/** The verbs. */
export function devMethods(node: ChainNode): MethodTable {
  return {
    ...devModeMethods(node),
    ...devStateMethods(node),
    ...devHeadMethods(node),
    dev_info: () => devInfo(node),
    dev_accounts: () => accounts(node),
    dev_pause: () => {
      node.producer.pause();
      return true;
    },
    dev_resume: () => {
      node.producer.resume();
      return true;
    },
    dev_newBlock: (params) => newBlock(node, params),
    dev_nextEpoch: (params) => nextEpoch(node, params),
  };
}

/** Makes `count` blocks (1) and answers with the hash of the last. */
async function newBlock(node: ChainNode, params: Params): Promise<string> {
  const given = params.object(0)["count"];
  const count = given === undefined ? 1 : wholeNumber(given, 1, MAX_BLOCKS, "count");
  await node.producer.produce(count, () => false);
  return node.chain.head.hash;
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
    if (lastEpoch() === before) throw new RpcError(-32_000, `No epoch of subnet ${netuid} ran within ${made} blocks`);
  }
  return { block: node.chain.head.number, hash: node.chain.head.hash, blocks: made };
}

/** What the chain is and where it stands; also the status page. */
export function devInfo(node: ChainNode): Record<string, unknown> {
  const { chain, config, producer, runtime } = node;
  return {
    version: NODE_VERSION,
    chain: config.chainName,
    specName: runtime.version.spec_name,
    specVersion: runtime.version.spec_version,
    genesisHash: chain.genesis.hash,
    block: chain.head.number,
    hash: chain.head.hash,
    timestampMs: Number(chain.headState().get(timestamp.storage.Now)),
    mode: producer.options.mode,
    blockMs: producer.options.blockMs,
    slotMs: SLOT_DURATION_MS,
    paused: producer.paused,
    history: config.history,
    oldestState: chain.oldestState,
    pool: node.pool.size,
    persistent: config.stateDir !== undefined,
    resumed: node.resumed,
  };
}

function accounts(node: ChainNode): Record<string, unknown>[] {
  const state = node.chain.headState();
  return devAccounts().map(({ uri, address, account }) => {
    const { nonce, data } = state.get(system.storage.Account, account);
    return { uri, address, publicKey: account, freeRao: data.free.toString(), nonce };
  });
}
