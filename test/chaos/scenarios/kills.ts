import { delay } from "@subnetkit/shared/util/delay";
import type { Network } from "../harness/network.ts";
import { anyCast } from "./casts.ts";
import { atPoint, points } from "./points.ts";
import type { Scenario } from "./scenario.ts";

/** Kills processes, each at a random moment; every other time at one that is chosen, while it does what a crash could lose or double. */
export const killsAnyRole: Scenario = {
  name: "kill",
  what: "kill -9 of any role at a random point",
  network: (random) => ({ cast: anyCast(random) }),
  async run(network) {
    const { random, members } = network;
    const hits: string[] = [];
    for (let i = 0; i < 4; i++) {
      await delay(random.whole(200, 4_000));
      if (i % 2 === 0) await network.kill([random.pick(members)]);
      else hits.push(await killAtPoint(network));
    }
    await network.blocks(random.whole(20, 40));
    return `${members.length} processes; as ${hits.join(", and as ")}`;
  },
};

/** Kills whoever does some work while it does it, whether or not what it says then arrives. */
async function killAtPoint(network: Network): Promise<string> {
  const { random } = network;
  const point = random.pick(points);
  const drop = random.next() < 0.5;
  const killed = network.doing(point.role);
  const signalled = (): void => {
    for (const member of killed) member.signal("SIGKILL");
  };
  const hit = await atPoint(network, point, signalled, { drop });
  await network.kill(killed);
  if (!hit) throw new Error(`never came: ${point.what}`);
  return `${point.what}${drop ? ", but not heard" : ""}`;
}
