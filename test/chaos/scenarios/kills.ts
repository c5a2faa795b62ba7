import { delay } from "@subnetkit/shared/util/delay";
import { anyCast } from "./casts.ts";
import type { Scenario } from "./scenario.ts";

/** Kills processes, each at a random moment. */
export const killsAnyRole: Scenario = {
  name: "kill",
  what: "kill -9 of any role at a random point",
  network: (random) => ({ cast: anyCast(random) }),
  async run(network) {
    const { random, members } = network;
    for (let i = 0; i < 4; i++) {
      await delay(random.whole(200, 4_000));
      await network.kill(random.pick(members));
    }
    await network.blocks(random.whole(20, 40));
    return `${members.length} processes`;
  },
};
