import { composeCall, type Call } from "@subnetkit/chain/client/call";
import { fetchMetagraph } from "@subnetkit/chain/client/metagraph";
import { pause, resume } from "@subnetkit/chain/client/dev/blocks";
import { devCall, type DevOrigin } from "@subnetkit/chain/client/dev/authority";
import { setBalance, setStorage } from "@subnetkit/chain/client/dev/state";
import { readNumber } from "@subnetkit/chain/client/storage";
import { keypairFromUri } from "@subnetkit/shared/crypto/keypair";
import { delay } from "@subnetkit/shared/util/delay";
import { until } from "../../support/until.ts";
import { axonsOf, type Network } from "../harness/network.ts";
import { crowdSize, registeredMiners, tempo } from "../harness/world.ts";
import { anyCast } from "./casts.ts";
import { nextLanding } from "./chain.ts";
import { atPoint, pointNamed } from "./points.ts";
import { nextRound } from "./redis.ts";
import type { Scenario } from "./scenario.ts";

/** Neurons at the start: the validator and its miners. */
const neuronsAtStart = registeredMiners + 1;

const coldkey = keypairFromUri("//Miners").address;

async function call(network: Network, origin: DevOrigin, made: Call): Promise<void> {
  const { ok, error } = await devCall(network.chain.rpc, { origin, call: made.method.toHex(), ignoreLimits: true });
  if (!ok) throw new Error(`${made.method.section}.${made.method.method}: ${JSON.stringify(error)}`);
}

/** Registers miners of the crowd by their places, and announces them, each in one block. */
async function register(network: Network, places: readonly number[]): Promise<void> {
  const { chain, client, crowd, world } = network;
  const { netuid } = world;
  await setBalance(chain.rpc, coldkey, 1_000_000_000_000_000n);
  const hotkeys = places.flatMap((place) => world.miners[place] ?? []);
  const calls = hotkeys.map(({ address }) =>
    composeCall(client, "subtensorModule", "burnedRegister", [netuid, address]),
  );
  for (let at = 0; at < calls.length; at += 64)
    await call(network, { Signed: coldkey }, composeCall(client, "utility", "batchAll", [calls.slice(at, at + 64)]));
  await setStorage(chain.rpc, { SubtensorModule: { Axons: axonsOf(netuid, hotkeys, crowd) } });
}

const uidCount = ({ client, world }: Network): Promise<number> =>
  readNumber(client, "subtensorModule", "subnetworkN", [world.netuid]);

/** Hotkeys by uid, at a block or now. */
async function holders({ client, world }: Network, at?: string): Promise<readonly string[]> {
  const { neurons } = await fetchMetagraph(client, world.netuid, at === undefined ? {} : { at });
  return neurons.map(({ hotkey }) => hotkey);
}

/** Newcomers take the uids of miners: while weights are on their way, between a commit and its reveal, and in the middle of a round. */
export const uidsRecycled: Scenario = {
  name: "recycle",
  what: "uids recycled mid-round and between commit and reveal",
  network: (random) => ({
    cast: anyCast(random),
    storage: (netuid) => ({
      MaxAllowedUids: [[[netuid], neuronsAtStart]],
      ImmunityPeriod: [[[netuid], 0]],
      MinNonImmuneUids: [[[netuid], 0]],
    }),
  }),
  async run(network) {
    const { random } = network;
    await nextRound(network);
    let place = registeredMiners;
    let underWay = 0;
    let sealed = 0;
    let midRound = 0;
    for (let i = 0; i < 3; i++) {
      if (await recycleUnderWay(network, place++)) underWay += 1;
      await nextLanding(network);
      const committed = await epochNow(network);
      await delay(random.whole(0, 1_500));
      await register(network, [place++]);
      if ((await epochNow(network)) === committed) sealed += 1;
      await delay(random.whole(0, 1_500));
      const newcomer = place++;
      const hit = await network.during("answers are held back", () => recycleMidRound(network, newcomer), "rounds");
      if (hit) midRound += 1;
    }
    await network.blocks(tempo + 8);
    // Which of them there was time to answer, the audit finds out.
    const anew = (await network.ledger.entries()).filter(({ replacedBlocks = [] }) => replacedBlocks.length > 0);
    if (anew.length === 0) throw new Error("no weights were committed anew");
    if (underWay === 0 || sealed === 0 || midRound === 0)
      throw new Error(`recycled ${underWay} under way, ${sealed} before a reveal, ${midRound} in a round`);
    if ((await uidCount(network)) !== neuronsAtStart) throw new Error("the subnet grew");
    const newest = network.world.miners[place - 1]?.address ?? "";
    await until(
      "a score of the newest",
      async () => (await network.db.hget(network.keys.ema, newest)) !== null,
      30_000,
    );
    const rest = `${anew.length} tempos with weights committed anew, ${sealed} newcomers between commit and reveal, ${midRound} in a round that had asked whom they replaced`;
    return `${place - registeredMiners} newcomers: ${underWay} while weights were under way, ${rest}`;
  },
};

const epochNow = ({ client, world }: Network): Promise<number> =>
  readNumber(client, "subtensorModule", "subnetEpochIndex", [world.netuid]);

/** Registers a newcomer once weights wait in the pool for a block. True when they were still there. */
async function recycleUnderWay(network: Network, place: number): Promise<boolean> {
  const { chain } = network;
  const comes = async (what: string): Promise<boolean> =>
    await atPoint(network, pointNamed(what), () => undefined, { withinMs: 40_000 });
  const inPool = comes("weights are in the pool");
  if (!(await comes("weights are intended"))) return false;
  await pause(chain.rpc);
  try {
    const before = await holders(network);
    if (!(await inPool)) return false;
    await register(network, [place]);
    const { uids, hotkeys } = (await network.ledger.entries())[0] ?? { uids: [], hotkeys: [] };
    const after = await holders(network);
    return uids.some((uid, i) => before[uid] === hotkeys[i] && after[uid] !== hotkeys[i]);
  } finally {
    await resume(chain.rpc);
  }
}

/** Registers a newcomer while every miner of a round has been asked and none has answered. True when whom it replaced was still being asked afterwards. */
async function recycleMidRound(network: Network, place: number): Promise<boolean> {
  const { crowd, rounds } = network;
  const before = await holders(network);
  const { held, release } = crowd.hold();
  try {
    await until("all miners to be asked", () => held() >= registeredMiners, 30_000);
    await register(network, [place]);
    const after = new Set(await holders(network));
    const gone = before.filter((hotkey) => !after.has(hotkey));
    const plans = await Promise.all((await rounds.open()).map((round) => rounds.plan(round)));
    return plans.some((plan) => plan?.miners.some(({ hotkey }) => gone.includes(hotkey)) === true);
  } finally {
    release();
  }
}

/** The subnet fills up, and is cut down again. */
export const subnetGrows: Scenario = {
  name: "grow",
  what: "a subnet that grows from 8 to 256 and shrinks back",
  network: (random) => ({
    cast: anyCast(random),
    storage: (netuid) => ({
      MaxAllowedUids: [[[netuid], 256]],
      ImmunityPeriod: [[[netuid], 0]],
      MinNonImmuneUids: [[[netuid], 0]],
      MinAllowedUids: [[[netuid], neuronsAtStart]],
    }),
  }),
  async run(network) {
    const { client, rounds, world } = network;
    const { netuid } = world;
    await nextRound(network);
    const places = Array.from({ length: crowdSize - registeredMiners }, (_, i) => registeredMiners + i);
    await register(network, places);
    const grown = await uidCount(network);
    if (grown !== 256) throw new Error(`the subnet has ${grown} neurons`);
    await until("a round of all", async () => (await rounds.summaries(1)).some(({ of }) => of === 255), 60_000);
    await nextLanding(network);
    await call(
      network,
      "Root",
      composeCall(client, "adminUtils", "sudoTrimToMaxAllowedUids", [netuid, neuronsAtStart]),
    );
    await until("a round of few", async () => (await rounds.summaries(1)).some(({ of }) => of < 8), 60_000);
    await nextLanding(network);
    await network.blocks(tempo);
    return `${grown} neurons, then ${await uidCount(network)}`;
  },
};
