import { reorg, setFinality } from "@subnetkit/chain/client/dev/head";
import { delay } from "@subnetkit/shared/util/delay";
import { readWeightsStanding } from "@subnetkit/chain/client/weights-traces";
import { until } from "../../support/until.ts";
import { blockMs } from "../harness/chain-process.ts";
import type { Network } from "../harness/network.ts";
import { tempo } from "../harness/world.ts";
import { anyCast } from "./casts.ts";
import { atPoint, points } from "./points.ts";
import { nextRound } from "./redis.ts";
import type { Scenario } from "./scenario.ts";

/** Time in which a connection that says nothing must be given up, milliseconds: three pings, five seconds apart, and the machine's own. */
const noticeMs = 25_000;

/** Connections stand and carry nothing, first while weights are on their way, then at any time: only the lack of blocks tells. */
export const chainHalfOpen: Scenario = {
  name: "chain-half-open",
  what: "chain socket half-open",
  network: (random) => ({ cast: anyCast(random) }),
  async run(network) {
    const { random, chainTap } = network;
    const submission = random.pick(points.filter(({ at }) => at === "chain"));
    await nextRound(network);
    const seconds: string[] = [];
    for (const point of [submission, undefined]) {
      await network.during("the chain is silent", async () => {
        if (point === undefined) await delay(random.whole(0, 5_000));
        const vanish = (): void => chainTap.vanish();
        if (point === undefined) vanish();
        else if (!(await atPoint(network, point, vanish, { withinMs: 60_000 })))
          throw new Error("nothing was submitted");
        const from = performance.now();
        // Whoever noticed first goes on with the rounds; the weights may be another's.
        await network.within(noticeMs, "everybody to notice", () => chainTap.dead() === 0);
        await nextRound(network);
        seconds.push(((performance.now() - from) / 1_000).toFixed(1));
      });
    }
    await network.blocks(tempo + random.whole(8, 20));
    return `while ${submission.what}: a round again after ${seconds[0]} s; at any time: ${seconds[1]} s`;
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

/** How a block that holds weights leaves the chain before it is final. */
const reorgs = [
  { what: "dropped once the validator had seen it", seen: true, drop: true },
  { what: "moved to another block", seen: true, drop: false },
  { what: "dropped at once", seen: false, drop: true },
] as const;

/** Blocks that finality stays behind the head; a reorganisation replaces fewer. */
const finalityLag = 6;

/** The block with the commit is replaced, before it is final, by one without it or by one that comes later. */
export const reorgDropsCommit: Scenario = {
  name: "reorg",
  what: "reorganisation that drops the commit",
  network: (random) => ({ cast: anyCast(random) }),
  async run(network) {
    const { random, chain, client } = network;
    // The first weights of all are sent as late as can be.
    await nextLanding(network);
    await setFinality(chain.rpc, { lag: finalityLag });
    const done: string[] = [];
    const todo = [...reorgs];
    for (let tries = 0; todo.length > 0 && tries < 6; tries++) {
      const [next = reorgs[0]] = todo;
      const landed = await nextLanding(network);
      const before = String(await client.rpc("chain_getBlockHash", [landed]));
      if (next.seen && !(await isSeen(network, landed))) continue;
      if (!next.seen) await delay(random.whole(0, 200));
      // One more than it takes: there may be another block by then.
      const depth = (await chain.head()) - landed + 2;
      if (depth >= finalityLag) continue;
      await reorg(chain.rpc, { depth, drop: next.drop });
      // The block that was there counts for nothing.
      network.note({ what: "a reorganisation", from: landed, to: await chain.head() });
      if (String(await client.rpc("chain_getBlockHash", [landed])) === before)
        throw new Error("the block is still there");
      done.push(next.what);
      todo.shift();
    }
    await network.blocks(2 * tempo);
    if (todo.length > 0) throw new Error(`no commit was ${todo.map(({ what }) => what).join(" or ")}`);
    return done.join("; ");
  },
};

/** Waits, for less time than finality takes, until the ledger says that the weights are in this block, which may still go. */
async function isSeen({ ledger }: Network, block: number): Promise<boolean> {
  const look = async (): Promise<boolean> =>
    (await ledger.entries()).some(({ state, includedBlock }) => state === "included" && includedBlock === block);
  return await until("the ledger to say so", look, (finalityLag - 2) * blockMs).then(
    () => true,
    () => false,
  );
}

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
