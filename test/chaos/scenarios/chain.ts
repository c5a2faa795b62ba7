import { reorg, setFinality } from "@subnetkit/chain/client/dev/head";
import { delay } from "@subnetkit/shared/util/delay";
import { readWeightsStanding } from "@subnetkit/chain/client/weights-traces";
import { until } from "../../support/until.ts";
import type { Network } from "../harness/network.ts";
import { tempo } from "../harness/world.ts";
import { anyCast } from "./casts.ts";
import { nextRound } from "./redis.ts";
import type { Scenario } from "./scenario.ts";

/** Connections stand and carry nothing: only the lack of blocks tells. */
export const chainHalfOpen: Scenario = {
  name: "chain-half-open",
  what: "chain socket half-open",
  network: (random) => ({ cast: anyCast(random) }),
  async run(network) {
    const { random, chainProxy } = network;
    await nextRound(network);
    await delay(random.whole(0, 5_000));
    const from = performance.now();
    await network.during("the chain is silent", async () => {
      chainProxy.vanish();
      await nextRound(network);
    });
    const seconds = ((performance.now() - from) / 1_000).toFixed(1);
    await network.blocks(tempo + random.whole(8, 20));
    return `a round again after ${seconds} s`;
  },
};

/** No connection to the chain, which goes on meanwhile. */
export const chainAway: Scenario = {
  name: "chain-away",
  what: "chain down for two tempos",
  network: (random) => ({ cast: anyCast(random) }),
  async run(network) {
    const { random, chainProxy } = network;
    await nextRound(network);
    await delay(random.whole(0, 5_000));
    await network.during("the chain is away", async () => {
      chainProxy.refuse(true);
      chainProxy.cut();
      await network.blocks(2 * tempo);
      chainProxy.refuse(false);
      await nextRound(network);
    });
    await network.blocks(tempo + random.whole(8, 20));
    return undefined;
  },
};

/** The node dies and comes back with its state. */
export const chainCrashes: Scenario = {
  name: "chain-crash",
  what: "kill -9 and restart of the chain's node",
  network: (random) => ({ cast: anyCast(random) }),
  async run(network) {
    const { random, chain } = network;
    await nextRound(network);
    for (let i = 0; i < 2; i++) {
      await delay(random.whole(0, 4_000));
      await network.during("the node is started anew", async () => {
        await chain.kill();
        await delay(random.whole(200, 4_000));
        await chain.restart();
        await nextRound(network);
      });
    }
    await network.blocks(tempo + random.whole(8, 20));
    return undefined;
  },
};

/** The block with the commit is replaced by one without, before it is final. */
export const reorgDropsCommit: Scenario = {
  name: "reorg",
  what: "reorganisation that drops the commit",
  network: (random) => ({ cast: anyCast(random) }),
  async run(network) {
    const { random, chain } = network;
    await setFinality(chain.rpc, { lag: 6 });
    let dropped = 0;
    for (let i = 0; i < 2; i++) {
      const landed = await nextLanding(network);
      await delay(random.whole(0, 600));
      const head = await chain.head();
      const depth = head - landed + 1;
      if (depth > 5) continue;
      await reorg(chain.rpc, { depth, drop: true });
      dropped += 1;
    }
    await network.blocks(2 * tempo);
    if (dropped === 0) throw new Error("no commit could be dropped before it was final");
    return `${dropped} dropped`;
  },
};

/** Waits for weights in a new block; its number. */
export async function nextLanding({ chain, client, world }: Network): Promise<number> {
  const from = await chain.head();
  return await until(
    "weights on chain",
    async () => {
      const hash = String(await client.rpc("chain_getBlockHash", []));
      const { lastUpdate } = await readWeightsStanding(client, world.netuid, world.hotkey, { at: hash });
      return lastUpdate > from ? lastUpdate : undefined;
    },
    120_000,
  );
}
