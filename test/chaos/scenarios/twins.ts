import { until } from "../../support/until.ts";
import { readWeightsStanding } from "@subnetkit/chain/client/weights-traces";
import { tempo } from "../harness/world.ts";
import { together } from "./casts.ts";
import { nextLanding } from "./chain.ts";
import type { Scenario } from "./scenario.ts";

/** A second validator with the same hotkey and a state of its own: a copy that somebody forgot. */
export const twoOnOneHotkey: Scenario = {
  name: "twins",
  what: "two validators on one hotkey",
  network: () => ({ cast: together }),
  async run(network) {
    const { random, client, world } = network;
    await nextLanding(network);
    await network.blocks(random.whole(1, tempo - 1));
    const signed = async (): Promise<number> => {
      const at = { at: String(await client.rpc("chain_getBlockHash", [])) };
      return (await readWeightsStanding(client, world.netuid, world.hotkey, at)).nonce;
    };
    const second = network.add("second", { redisPrefix: "{val:second}" });
    await until("the second one to stop", () => second.refused() !== undefined, 120_000);
    const from = await signed();
    await nextLanding(network);
    await network.blocks(tempo);
    const first = network.members[0];
    if (first?.refused() !== undefined || first?.exits.length !== 0) throw new Error("the first one stopped too");
    return `the second one stopped with exit code ${second.refused()}; ${await signed()} extrinsics, ${from} until then`;
  },
};
