import { fetchMetagraph } from "@subnetkit/chain/client/metagraph";
import { readWeights } from "@subnetkit/chain/client/weights";
import { readWeightsStanding } from "@subnetkit/chain/client/weights-traces";
import { readNumber } from "@subnetkit/chain/client/storage";
import { sameWeights } from "../../../validator/src/weights/guard.ts";
import type { LedgerEntry } from "../../../validator/src/weights/ledger-entry.ts";
import { firstSubmitBlock, type Network, type Trouble } from "./network.ts";

/** What became of the weights of a network. */
export type WeightsAudit = {
  /** Whole tempos that were looked at. */
  readonly tempos: number;
  /** Tempos in which no weights came on chain. */
  readonly without: number;
  /** Those of them in whose window nothing was broken for long enough: first block of each. */
  readonly missed: readonly number[];
  /** Weights that came on chain a second time in one tempo. */
  readonly extra: number;
  readonly problems: readonly string[];
};

/** Undisturbed blocks in a tempo's window that must suffice for weights: an attempt whose fate is unknown is made again after four. */
const enoughBlocks = 12;

/** Blocks before an epoch in which nothing is sent. */
const closingBlocks = 2;

type BlockFacts = { readonly number: number; readonly hash: string; readonly epoch: number; readonly landed: boolean };

/** Reads the chain block by block, and compares it with the ledger in Redis. */
export async function auditWeights(network: Network): Promise<WeightsAudit> {
  const { client, since, ledger, chain } = network;
  const problems: string[] = [];
  const blocks = await readBlocks(network, since, await chain.head());
  const entries = await ledger.entries();
  const landings = blocks.filter(({ landed }) => landed);
  for (const { number, epoch } of landings)
    if (!entries.some((entry) => entry.includedBlock === number))
      problems.push(`the ledger knows nothing of the weights in block ${number} (epoch ${epoch})`);
  for (const entry of entries) {
    const { includedBlock = 0, state, epoch } = entry;
    if (state !== "effective" && state !== "revealed" && state !== "lost") continue;
    if (includedBlock >= (blocks[0]?.number ?? 0) && !landings.some(({ number }) => number === includedBlock))
      problems.push(`the chain has no weights in block ${includedBlock}, as the ledger says of epoch ${epoch}`);
  }
  const [shown] = entries.filter(({ state }) => state === "revealed");
  const last = blocks.at(-1);
  if (shown?.revealedBlock !== undefined && last !== undefined) {
    const at = blocks.find(({ number }) => number === shown.revealedBlock) ?? last;
    const { uid = 0 } = await readWeightsStanding(client, network.world.netuid, network.world.hotkey, { at: at.hash });
    const row = await readWeights(client, network.world.netuid, uid, { at: at.hash });
    if (!sameWeights(shown, row)) problems.push(`the row on chain is not that of epoch ${shown.epoch} in the ledger`);
  }
  problems.push(...(await wrongHolders(network, entries)));
  const epochs = groupByEpoch(blocks);
  // The first and the last are not whole.
  const whole = [...epochs.values()].slice(1, -1);
  const without = whole.filter((epoch) => !epoch.some(({ landed }) => landed));
  return {
    tempos: whole.length,
    without: without.length,
    missed: without
      .filter((epoch) => undisturbed(epoch, network.troubles) >= enoughBlocks)
      .map(([first]) => first!.number),
    extra: whole.reduce((sum, epoch) => sum + Math.max(0, epoch.filter(({ landed }) => landed).length - 1), 0),
    problems,
  };
}

/** Weights that counted for a uid which, in the block that took them, belonged to somebody else than they were meant for. */
async function wrongHolders({ client, world }: Network, entries: readonly LedgerEntry[]): Promise<string[]> {
  const problems: string[] = [];
  for (const { state, epoch, includedHash, hotkeys, uids } of entries) {
    if (includedHash === undefined || (state !== "effective" && state !== "revealed")) continue;
    const { neurons } = await fetchMetagraph(client, world.netuid, { at: includedHash });
    for (const [i, uid] of uids.entries())
      if (neurons[uid]?.hotkey !== hotkeys[i])
        problems.push(`the weights of epoch ${epoch} paid uid ${uid} to the wrong miner`);
  }
  return problems;
}

async function readBlocks(network: Network, from: number, to: number): Promise<BlockFacts[]> {
  const { client, world } = network;
  const facts: BlockFacts[] = [];
  for (let number = from; number <= to; number++) {
    const hash = String(await client.rpc("chain_getBlockHash", [number]));
    const [standing, epoch] = await Promise.all([
      readWeightsStanding(client, world.netuid, world.hotkey, { at: hash }),
      readNumber(client, "subtensorModule", "subnetEpochIndex", [world.netuid], { at: hash }),
    ]);
    facts.push({ number, hash, epoch, landed: standing.lastUpdate === number });
  }
  return facts;
}

function groupByEpoch(blocks: readonly BlockFacts[]): Map<number, BlockFacts[]> {
  const epochs = new Map<number, BlockFacts[]>();
  for (const block of blocks) epochs.set(block.epoch, [...(epochs.get(block.epoch) ?? []), block]);
  return epochs;
}

/** The longest run of blocks in a tempo's window in which nothing was broken. */
function undisturbed(epoch: readonly BlockFacts[], troubles: readonly Trouble[]): number {
  let longest = 0;
  let run = 0;
  for (const { number } of epoch.slice(firstSubmitBlock, epoch.length - closingBlocks)) {
    run = troubles.some(({ from, to }) => number >= from && number <= to) ? 0 : run + 1;
    longest = Math.max(longest, run);
  }
  return longest;
}
