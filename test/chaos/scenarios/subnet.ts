import { composeCall, type Call } from "@subnetkit/chain/client/call";
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

/** Newcomers take the uids of miners, in the middle of a round and between a commit and its reveal. */
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
    for (let i = 0; i < 3; i++) {
      // Between commit and reveal, and then somewhere in a round.
      await nextLanding(network);
      await delay(random.whole(0, 1_500));
      await register(network, [place++]);
      await delay(random.whole(0, 1_500));
      await register(network, [place++]);
    }
    await network.blocks(tempo + 8);
    if ((await uidCount(network)) !== neuronsAtStart) throw new Error("the subnet grew");
    const newest = network.world.miners[place - 1]?.address ?? "";
    await until(
      "a score of the newest",
      async () => (await network.db.hget(network.keys.ema, newest)) !== null,
      30_000,
    );
    return `${place - registeredMiners} newcomers`;
  },
};

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
