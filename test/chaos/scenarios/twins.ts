import { readWeightsStanding } from "@subnetkit/chain/client/weights-traces";
import path from "node:path";
import { until } from "../../support/until.ts";
import type { Member } from "../harness/cast.ts";
import { firstPrefix, type Network } from "../harness/network.ts";
import { tempo } from "../harness/world.ts";
import { together } from "./casts.ts";
import { nextLanding } from "./chain.ts";
import type { Scenario } from "./scenario.ts";

/** Where the second validator keeps its state. */
const secondPrefix = "{val:second}";

/** A second validator with the same hotkey: with a state of its own, as a copy that somebody forgot, or with the first one's, as a restored backup. */
export const twoOnOneHotkey: Scenario = {
  name: "twins",
  what: "two validators on one hotkey",
  network: () => ({ cast: together }),
  async run(network) {
    const { random } = network;
    const restored = random.next() < 0.5;
    await nextLanding(network);
    await network.blocks(random.whole(1, tempo - 1));
    if (restored) await copyState(network);
    const evidenceDir = path.join(network.folder, "evidence-second");
    network.otherState(secondPrefix);
    const from = await signed(network);
    const second = network.add("second", { redisPrefix: secondPrefix, ...(restored ? { evidenceDir } : {}) });
    const [first = second] = network.members;
    // Who knows what the other knows cannot tell which of them is meant: whoever comes second on chain stops.
    const stops = (): Member | undefined => [second, first].find((member) => member.refused() !== undefined);
    const stopped = await until("one to stop", stops, 120_000);
    if (stopped === first && !restored) throw new Error("the first one stopped, which knew of its weights");
    if (stopped === first) network.goOnWith(secondPrefix, evidenceDir);
    const before = await signed(network);
    await nextLanding(network);
    await network.blocks(2 * tempo);
    const other = stopped === first ? second : first;
    if (other.exits.length > 0) throw new Error("the other one ended too");
    const extrinsics = `${await signed(network)} extrinsics, ${before} until then, ${from} before`;
    const which = stopped === first ? "first" : "second";
    return `${restored ? "of a restored state" : "of no state"}, the ${which} stopped with exit code ${stopped.refused()}; ${extrinsics}`;
  },
};

/** Extrinsics that the hotkey has signed. */
async function signed({ client, world }: Network): Promise<number> {
  const at = { at: String(await client.rpc("chain_getBlockHash", [])) };
  return (await readWeightsStanding(client, world.netuid, world.hotkey, at)).nonce;
}

/** What a backup has of the first one's state; its queues are not in it. */
async function copyState({ db }: Network): Promise<void> {
  for (const key of await db.keys(`${firstPrefix.replace(/[{}]/g, "?")}:s:*`)) {
    const value = await db.dumpBuffer(key);
    if (value !== null && !/:(writer|writer-turn|heartbeat)$/.test(key))
      await db.restore(key.replace(firstPrefix, secondPrefix), 0, value, "REPLACE");
  }
}
