import type { ChainClient } from "@subnetkit/chain/client/connect";
import { fetchMetagraph, type Metagraph } from "@subnetkit/chain/client/metagraph";
import { readNumber, readStorage } from "@subnetkit/chain/client/storage";
import type { Logger } from "@subnetkit/shared/log/logger";

/** What the chain says about the subnet after an epoch or a while. `weights[uid]`: the share every validator together gives it. */
export type ChainView = {
  readonly metagraph: Metagraph;
  readonly weights: readonly (number | null)[];
  /** The owner's share of alpha emission, 0..1. */
  readonly ownerCut: number;
};

export type ChainWatchHooks = {
  readonly onBlock: (block: number) => void;
  /** The epoch index, the block its epoch ended in (0 before the first). */
  readonly onEpochIndex: (index: number, lastEpochBlock: number) => void;
  readonly onView: (view: ChainView) => void;
};

const REFRESH_MS = 1000;
const U16_MAX = 65_535;

/**
 * Follows the chain: every head at once, the epoch index with it, and the whole subnet at every epoch and at least once a second while
 * blocks come. Reads never overlap: a slow chain is asked less often. Returns the stop function.
 */
export function watchChain(client: ChainClient, netuid: number, log: Logger, hooks: ChainWatchHooks): () => void {
  let lastIndex = -1;
  let lastViewAt = 0;
  let busy = false;
  let again = false;
  let stopped = false;

  const look = async (): Promise<void> => {
    if (busy) {
      again = true;
      return;
    }
    busy = true;
    try {
      do {
        again = false;
        await refresh();
      } while (again && !stopped);
    } catch (error) {
      log.debug({ err: error }, "the chain could not be read just now");
    } finally {
      busy = false;
    }
  };

  const refresh = async (): Promise<void> => {
    const at = client.head();
    const [index, lastEpochBlock] = await Promise.all([
      readNumber(client, "subtensorModule", "subnetEpochIndex", [netuid], { at: at.hash }),
      readNumber(client, "subtensorModule", "lastEpochBlock", [netuid], { at: at.hash }),
    ]);
    if (stopped) return;
    const isNew = index !== lastIndex;
    if (isNew || Date.now() - lastViewAt >= REFRESH_MS) {
      lastViewAt = Date.now();
      const view = await readView(client, netuid, at.hash);
      if (stopped) return;
      hooks.onView(view);
    }
    lastIndex = index;
    hooks.onEpochIndex(index, lastEpochBlock);
  };

  const unsubscribe = client.subscribeHeads(({ number }) => {
    hooks.onBlock(number);
    void look();
  });
  void look();
  return () => {
    stopped = true;
    unsubscribe();
  };
}

async function readView(client: ChainClient, netuid: number, at: string): Promise<ChainView> {
  const metagraph = await fetchMetagraph(client, netuid, { at });
  const setters = metagraph.neurons.filter(({ validatorPermit }) => validatorPermit);
  const [vectors, cut] = await Promise.all([
    Promise.all(setters.map(({ uid }) => readWeights(client, netuid, uid, at))),
    readNumber(client, "subtensorModule", "subnetOwnerCut", [], { at }),
  ]);
  const votes = setters.map((neuron, i) => ({ stake: Number(neuron.totalStakeRao), vector: vectors[i] ?? [] }));
  return { metagraph, weights: stakeWeighted(votes, metagraph.neurons.length), ownerCut: cut / U16_MAX };
}

async function readWeights(
  client: ChainClient,
  netuid: number,
  uid: number,
  at: string,
): Promise<readonly [number, number][]> {
  const codec = await readStorage(client, "subtensorModule", "weights", [netuid, uid], { at });
  const json = codec?.toJSON();
  return Array.isArray(json) ? (json as [number, number][]) : [];
}

/** The stake-weighted mean of weight vectors, each brought to a sum of one first; null for everybody while nobody has set any. */
export function stakeWeighted(
  votes: readonly { readonly stake: number; readonly vector: readonly (readonly [number, number])[] }[],
  count: number,
): (number | null)[] {
  const cast = votes.filter(({ vector }) => vector.some(([, weight]) => weight > 0));
  const totalStake = cast.reduce((sum, { stake }) => sum + stake, 0);
  if (totalStake === 0) return new Array<number | null>(count).fill(null);
  const shares = new Array<number>(count).fill(0);
  for (const { stake, vector } of cast) {
    const sum = vector.reduce((total, [, weight]) => total + weight, 0);
    for (const [uid, weight] of vector)
      if (uid < count) shares[uid] = (shares[uid] ?? 0) + (stake / totalStake) * (weight / sum);
  }
  return shares;
}
