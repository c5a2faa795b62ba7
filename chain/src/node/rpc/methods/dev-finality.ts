/** Finality that stays behind, and reorganisations of what is not final: dev_setFinality and dev_reorg. Nobody is disconnected: clients see a real fork. */
import { blake2b256 } from "@subnetkit/shared/crypto/hash";
import { bytesToHex } from "@subnetkit/shared/util/bytes";
import type { ChainNode } from "../../create-node.ts";
import type { MethodTable } from "../method.ts";
import { type Params, wholeNumber } from "../params.ts";
import { invalidParams, RpcError } from "../rpc-error.ts";

/** Blocks finality may stay behind. */
const MAX_LAG = 1_000;

/** The verbs. */
export function devFinalityMethods(node: ChainNode): MethodTable {
  return {
    dev_setFinality: (params) => {
      node.setFinalityLag(wholeNumber(params.object(0)["lag"], 0, MAX_LAG, "lag"));
      const { finalityLag, finalized } = node.chain;
      return { lag: finalityLag, finalized: finalized.number, hash: finalized.hash };
    },
    dev_reorg: (params) => reorg(node, params),
  };
}

function reorg(node: ChainNode, params: Params): Record<string, unknown> {
  const { depth: given, drop } = params.object(0);
  const depth = given === undefined ? 1 : wholeNumber(given, 1, MAX_LAG, "depth");
  const { chain } = node;
  const drops = dropsOf(drop, depth, node);
  if (depth > chain.unfinalized) {
    const those = chain.unfinalized === 1 ? "1 block is" : `${chain.unfinalized} blocks are`;
    throw new RpcError(
      -32_000,
      `Only ${those} not final yet, final ones stay: dev_setFinality {"lag": ${depth}} keeps finality behind from now on`,
    );
  }
  const { retracted, built, pooled, dropped } = node.reorganise(depth, drops);
  return {
    block: chain.head.number,
    hash: chain.head.hash,
    retracted: retracted.map(({ hash }) => hash),
    adopted: built.map(({ block }) => block.hash),
    pooled,
    dropped,
  };
}

/** Which transactions of the retracted blocks do not go back into the pool: none, all, or those named. */
function dropsOf(drop: unknown, depth: number, { chain }: ChainNode): (hash: string) => boolean {
  if (drop === undefined || typeof drop === "boolean") return () => drop === true;
  if (!Array.isArray(drop) || !drop.every((one): one is string => typeof one === "string"))
    throw invalidParams("drop must be true, false, or a list of transaction hashes");
  const named = new Set(drop.map((hash) => hash.toLowerCase()));
  const there = new Set<string>();
  for (let back = 0, block = chain.block(chain.head.hash); back < depth && block !== undefined; back++) {
    for (const bytes of block.body) there.add(bytesToHex(blake2b256(bytes)));
    block = chain.block(block.header.parent_hash);
  }
  for (const hash of named)
    if (!there.has(hash)) throw invalidParams(`drop names ${hash}, which is in none of the last ${depth} blocks`);
  return (hash) => named.has(hash);
}
