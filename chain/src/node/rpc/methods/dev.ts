/** dev_*: the development chain's own verbs. Served and listed only in dev mode. */
import { system } from "../../../spec/pallets/system.ts";
import { SLOT_DURATION_MS, timestamp } from "../../../spec/pallets/timestamp.ts";
import { devAccounts } from "../../accounts.ts";
import type { ChainNode } from "../../create-node.ts";
import type { MethodTable } from "../method.ts";
import { runtimeAt } from "../block-at.ts";
import { devAuthorityMethods, rulesInfo } from "./dev-authority.ts";
import { devBlockMethods } from "./dev-blocks.ts";
import { devDrandMethods, drandInfo } from "./dev-drand.ts";
import { devDumpMethods } from "./dev-dump.ts";
import { devFaultMethods } from "./dev-fault.ts";
import { devDecodeMethods } from "./dev-decode.ts";
import { devFinalityMethods } from "./dev-finality.ts";
import { devHeadMethods } from "./dev-head.ts";
import { devLimitsMethods } from "./dev-limits.ts";
import { devModeMethods } from "./dev-mode.ts";
import { devNodeMethods } from "./dev-node.ts";
import { devStakeMethods } from "./dev-stake.ts";
import { devStateMethods } from "./dev-state.ts";
import { devTraceMethods } from "./dev-trace.ts";
import { NODE_VERSION } from "./system.ts";

/** The verbs. */
export function devMethods(node: ChainNode): MethodTable {
  return {
    ...devModeMethods(node),
    ...devStateMethods(node),
    ...devStakeMethods(node),
    ...devAuthorityMethods(node),
    ...devLimitsMethods(node),
    ...devDrandMethods(node),
    ...devFaultMethods(node),
    ...devHeadMethods(node),
    ...devBlockMethods(node),
    ...devFinalityMethods(node),
    ...devNodeMethods(node),
    ...devTraceMethods(node),
    ...devDecodeMethods(),
    ...devDumpMethods(node),
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
  };
}

/** What the chain is and where it stands; also the status page. */
export function devInfo(node: ChainNode): Record<string, unknown> {
  const { chain, config, producer, runtime } = node;
  return {
    version: NODE_VERSION,
    chain: config.chainName,
    specName: runtime.version.spec_name,
    specVersion: runtimeAt(node, chain.head).spec_version,
    genesisHash: chain.genesis.hash,
    block: chain.head.number,
    hash: chain.head.hash,
    timestampMs: Number(chain.headState().get(timestamp.storage.Now)),
    // Of a block made now.
    clockMs: producer.nextTimestamp(),
    mode: producer.options.mode,
    blockMs: producer.options.blockMs,
    slotMs: SLOT_DURATION_MS,
    paused: producer.paused,
    finalized: chain.finalized.number,
    finalityLag: chain.finalityLag,
    history: chain.history,
    oldestState: chain.oldestState,
    pool: node.pool.size,
    persistent: config.stateDir !== undefined,
    resumed: node.resumed,
    ...rulesInfo(node),
    drand: drandInfo(node),
    faults: node.rpcFaults.active.length,
  };
}

function accounts(node: ChainNode): Record<string, unknown>[] {
  const state = node.chain.headState();
  return devAccounts().map(({ uri, address, account }) => {
    const { nonce, data } = state.get(system.storage.Account, account);
    return { uri, address, publicKey: account, freeRao: data.free.toString(), nonce };
  });
}
