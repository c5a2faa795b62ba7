import { fetchMetagraph } from "@subnetkit/chain/client/metagraph";
import { readWeights } from "@subnetkit/chain/client/weights";
import { readWeightsStanding } from "@subnetkit/chain/client/weights-traces";
import { readNumber } from "@subnetkit/chain/client/storage";
import { sameWeights } from "../../../validator/src/weights/guard.ts";
import type { LedgerEntry } from "../../../validator/src/weights/ledger-entry.ts";
import type { RoundsAudit } from "./audit-rounds.ts";
import { closingBlocks as closingBlocksOf } from "../../../validator/src/weights/preflight.ts";
import { renewalBlocks } from "../../../validator/src/weights/renewal.ts";
import { firstSubmitBlock, type Network, type Trouble } from "./network.ts";
import { tempo } from "./world.ts";

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
  /** Weights, in the rows on chain with which epochs ended, that count for a newcomer to a uid whose holder was meant: it came between commit and reveal. */
  readonly misplaced: number;
  readonly problems: readonly string[];
};

/** Undisturbed blocks in a tempo's window that must suffice for weights: an attempt whose fate is unknown is made again after four. */
const enoughBlocks = 12;

/** Blocks before an epoch in which nothing is sent. */
const closingBlocks = closingBlocksOf(tempo);

/** Weights, in the row on chain with which an epoch ended, that count for somebody else than they were meant for. */
type Misplaced = { readonly uid: number; readonly meant: string | undefined; readonly shown: LedgerEntry };

type BlockFacts = { readonly number: number; readonly hash: string; readonly epoch: number; readonly landed: boolean };

/** Reads the chain block by block, and compares it with the ledger in Redis. */
export async function auditWeights(network: Network, rounds: RoundsAudit): Promise<WeightsAudit> {
  const { client, since, ledger, otherLedgers, chain } = network;
  const problems: string[] = [];
  const blocks = await readBlocks(network, since, await chain.head());
  const entries = await ledger.entries();
  const others = await Promise.all(otherLedgers.map((other) => other.entries()));
  const landings = blocks.filter(({ landed }) => landed);
  for (const { number, epoch } of landings)
    if (![...entries, ...others.flat()].some((entry) => isIn(entry, number)))
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
  const epochs = groupByEpoch(blocks);
  problems.push(...(await wrongPayments(network, entries, rounds, epochs)));
  // The first and the last are not whole.
  const whole = [...epochs.values()].slice(1, -1);
  const misplaced = (await Promise.all(whole.map((epoch) => misplacedIn(network, epoch, entries)))).flat();
  for (const one of misplaced)
    if (await wasAvoidable(network, one, epochs.get(one.shown.epoch) ?? []))
      problems.push(`the weights of epoch ${one.shown.epoch} counted for a newcomer to uid ${one.uid}`);
  const without = whole.filter((epoch) => !epoch.some(({ landed }) => landed));
  return {
    tempos: whole.length,
    without: without.length,
    missed: without
      .filter((epoch) => undisturbed(epoch, network.troubles) >= enoughBlocks)
      .map(([first]) => first!.number),
    misplaced: misplaced.length,
    extra: whole.reduce((sum, epoch) => sum + Math.max(0, epoch.filter(({ landed }) => landed).length - 1), 0),
    problems,
  };
}

/** Whether an entry's weights landed in this block, though others may have been sent for later. */
function isIn({ includedBlock, replacedBlocks = [] }: LedgerEntry, block: number): boolean {
  return includedBlock === block || replacedBlocks.includes(block);
}

/**
 * Weights that, in the block that took them, were for somebody else than they were meant for though there was time for others, or are not what the rounds
 * before came to.
 */
async function wrongPayments(
  network: Network,
  entries: readonly LedgerEntry[],
  { averages }: RoundsAudit,
  epochs: ReadonlyMap<number, readonly BlockFacts[]>,
): Promise<string[]> {
  const { client, world } = network;
  const problems: string[] = [];
  for (const entry of entries) {
    const { state, epoch, includedHash, hotkeys, uids, basedOnRound, attempts } = entry;
    if (includedHash === undefined || (state !== "effective" && state !== "revealed")) continue;
    const { neurons } = await fetchMetagraph(client, world.netuid, { at: includedHash });
    for (const [i, uid] of uids.entries()) {
      const one = { uid, meant: hotkeys[i], shown: entry };
      if (neurons[uid]?.hotkey !== one.meant && (await wasAvoidable(network, one, epochs.get(epoch) ?? [])))
        problems.push(`the weights of epoch ${epoch} paid uid ${uid} to the wrong miner`);
    }
    // An attempt that may still land is repeated as it was, whatever was settled meanwhile.
    const first = attempts === 1 ? basedOnRound : 0;
    const possible = [...averages].filter(([round]) => round >= first && round <= basedOnRound);
    const registered = neurons.map(({ hotkey }) => hotkey);
    if (!possible.some(([, known]) => areWeightsOf(entry, known, registered)))
      problems.push(`the weights of epoch ${epoch} are not what round ${basedOnRound} left`);
  }
  return problems;
}

/** Parts of the largest weight by which one may be off: each is rounded, and once more when a uid changed hands meanwhile. */
const roundingError = 3 / 65_535;

/** Whether weights are in proportion to averages, and nobody of the registered is left out. */
function areWeightsOf(
  { hotkeys, values }: LedgerEntry,
  averages: ReadonlyMap<string, number>,
  registered: readonly string[],
): boolean {
  const largest = Math.max(...hotkeys.map((hotkey) => averages.get(hotkey) ?? 0));
  const shareOf = (hotkey: string): number => (averages.get(hotkey) ?? 0) / largest;
  const areThose = hotkeys.every((hotkey, i) => Math.abs((values[i] ?? 0) / 65_535 - shareOf(hotkey)) <= roundingError);
  return areThose && registered.every((hotkey) => hotkeys.includes(hotkey) || shareOf(hotkey) <= roundingError);
}

/**
 * Weights of the row with which an epoch ended that go to others than they were meant for, and that the chain does not leave out because the last commit
 * or the first of the epoch is older than their uid.
 */
async function misplacedIn(
  { client, world }: Network,
  epoch: readonly BlockFacts[],
  entries: readonly LedgerEntry[],
): Promise<Misplaced[]> {
  const last = epoch.at(-1);
  const shown = entries.find(
    ({ revealedBlock }) => revealedBlock !== undefined && revealedBlock <= (last?.number ?? 0),
  );
  if (last === undefined || shown === undefined) return [];
  const at = { at: last.hash };
  const { uid = 0, lastUpdate } = await readWeightsStanding(client, world.netuid, world.hotkey, at);
  const [{ neurons }, row] = await Promise.all([
    fetchMetagraph(client, world.netuid, at),
    readWeights(client, world.netuid, uid, at),
  ]);
  const firstCommit = epoch.find(({ landed }) => landed)?.number ?? Number.POSITIVE_INFINITY;
  const newest = Math.min(lastUpdate - 1, firstCommit);
  const meant = new Map(shown.uids.map((one, i) => [one, shown.hotkeys[i]]));
  return row.uids.flatMap((one, i) => {
    const { hotkey, registeredAt = 0 } = neurons[one] ?? {};
    const counts = row.values[i] !== 0 && hotkey !== meant.get(one) && registeredAt <= newest;
    return counts ? [{ uid: one, meant: meant.get(one), shown }] : [];
  });
}

/**
 * Whether weights for others could have been committed: when the blocks in which that is done began, these were on chain and the uid was not its holder's any
 * more, and nothing was broken in them.
 */
async function wasAvoidable(
  { client, world, troubles }: Network,
  { uid, meant, shown }: Misplaced,
  epoch: readonly BlockFacts[],
): Promise<boolean> {
  const end = (epoch.at(-1)?.number ?? 0) + 1;
  const from = epoch.find(({ number }) => number === end - renewalBlocks(tempo));
  if (from === undefined || (shown.includedBlock ?? end) >= from.number) return false;
  if (troubles.some(({ from: began, to, only }) => only === undefined && to >= from.number && began <= end))
    return false;
  const { neurons } = await fetchMetagraph(client, world.netuid, { at: from.hash });
  return neurons[uid]?.hotkey !== meant;
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
    run = troubles.some(({ from, to, only }) => only === undefined && number >= from && number <= to) ? 0 : run + 1;
    longest = Math.max(longest, run);
  }
  return longest;
}
