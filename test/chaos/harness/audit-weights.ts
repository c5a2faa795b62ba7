import { fetchMetagraph } from "@subnetkit/chain/client/metagraph";
import { readWeights } from "@subnetkit/chain/client/weights";
import { readWeightsStanding } from "@subnetkit/chain/client/weights-traces";
import { readNumber } from "@subnetkit/chain/client/storage";
import { sameWeights } from "../../../validator/src/weights/guard.ts";
import type { LedgerEntry } from "../../../validator/src/weights/ledger-entry.ts";
import type { RoundsAudit } from "./audit-rounds.ts";
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
  /** Weights, in the rows on chain with which epochs ended, that count for a newcomer to a uid whose holder was meant: it came between commit and reveal. */
  readonly misplaced: number;
  readonly problems: readonly string[];
};

/** Undisturbed blocks in a tempo's window that must suffice for weights: an attempt whose fate is unknown is made again after four. */
const enoughBlocks = 12;

/** Blocks before an epoch in which nothing is sent. */
const closingBlocks = 2;

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
  problems.push(...(await wrongPayments(network, entries, rounds)));
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
    misplaced: (await Promise.all(whole.map((epoch) => misplacedIn(network, epoch.at(-1), entries)))).reduce(
      (sum, one) => sum + one,
      0,
    ),
    extra: whole.reduce((sum, epoch) => sum + Math.max(0, epoch.filter(({ landed }) => landed).length - 1), 0),
    problems,
  };
}

/** Whether an entry's weights landed in this block, though others may have been sent for later. */
function isIn({ includedBlock, replacedBlocks = [] }: LedgerEntry, block: number): boolean {
  return includedBlock === block || replacedBlocks.includes(block);
}

/** Weights that, in the block that took them, were for somebody else than they were meant for, or are not what the rounds before came to. */
async function wrongPayments(
  { client, world }: Network,
  entries: readonly LedgerEntry[],
  { averages }: RoundsAudit,
): Promise<string[]> {
  const problems: string[] = [];
  for (const entry of entries) {
    const { state, epoch, includedHash, hotkeys, uids, basedOnRound, attempts } = entry;
    if (includedHash === undefined || (state !== "effective" && state !== "revealed")) continue;
    const { neurons } = await fetchMetagraph(client, world.netuid, { at: includedHash });
    for (const [i, uid] of uids.entries())
      if (neurons[uid]?.hotkey !== hotkeys[i])
        problems.push(`the weights of epoch ${epoch} paid uid ${uid} to the wrong miner`);
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

/** Weights of the row in force at a block that go to others than they were meant for, and that the chain does not leave out as older than their uid. */
async function misplacedIn(
  { client, world }: Network,
  last: BlockFacts | undefined,
  entries: readonly LedgerEntry[],
): Promise<number> {
  const shown = entries.find(
    ({ revealedBlock }) => revealedBlock !== undefined && revealedBlock <= (last?.number ?? 0),
  );
  if (last === undefined || shown === undefined) return 0;
  const at = { at: last.hash };
  const { uid = 0, lastUpdate } = await readWeightsStanding(client, world.netuid, world.hotkey, at);
  const [{ neurons }, row] = await Promise.all([
    fetchMetagraph(client, world.netuid, at),
    readWeights(client, world.netuid, uid, at),
  ]);
  const meant = new Map(shown.uids.map((one, i) => [one, shown.hotkeys[i]]));
  return row.uids.filter((one, i) => {
    const holder = neurons[one];
    return row.values[i] !== 0 && holder?.hotkey !== meant.get(one) && (holder?.registeredAt ?? 0) < lastUpdate;
  }).length;
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
