import { writeFileSync } from "node:fs";
import path from "node:path";
import { timeTravel } from "@subnetkit/chain/client/dev/time-travel";
import { delay } from "@subnetkit/shared/util/delay";
import { until } from "../../support/until.ts";
import type { Network } from "../harness/network.ts";
import { root } from "../../support/cli.ts";
import { tempo } from "../harness/world.ts";
import { anyCast, together } from "./casts.ts";
import { nextRound } from "./redis.ts";
import type { Scenario } from "./scenario.ts";

/** Milliseconds that clocks jump by. */
const jumps = [3_600_000, -3_600_000, 30_000, -30_000, 86_400_000] as const;

/** The clock of the validator's machine jumps, and later jumps back; one of its machines where it has several, or all of them at once. */
export const clockJumps: Scenario = {
  name: "clock-jump",
  what: "the validator's clock jumps",
  network: (random) => ({
    cast: anyCast(random),
    nodeArgs: ["--import", path.join(root, "test", "chaos", "harness", "clock-jump.mjs")],
    env: (folder, name) => ({ CHAOS_CLOCK_FILE: clockFile(folder, name) }),
  }),
  async run(network) {
    const { random, members, folder } = network;
    const jump = random.pick(jumps);
    const jumping = random.next() < 0.5 ? [random.pick(members)] : members;
    await nextRound(network);
    await delay(random.whole(0, 3_000));
    const one = jumping.length < members.length;
    for (const offset of [jump, 0]) {
      for (const { name } of jumping) writeFileSync(clockFile(folder, name), String(offset));
      const meanwhile = async (): Promise<void> => {
        await nextRound(network);
        await nextTick(network);
        // What one machine plans may be long over, or not yet begun, by the clock of another.
        if (one && offset !== 0) await network.blocks(tempo);
      };
      await network.during("a clock jumps", meanwhile, "rounds");
      await network.blocks(tempo);
    }
    return `by ${jump / 1_000} s and back, of ${jumping.map(({ name }) => name).join(", ")}`;
  },
};

/** Waits until the tick that repairs rounds was asked for three times more, which it is only when the one before it is done. */
async function nextTick({ db }: Network): Promise<void> {
  const asked = async (): Promise<number> => Number(await db.get("{val:chaos}:tick:id"));
  const before = await asked();
  await until("more ticks", async () => (await asked()) >= before + 3, 60_000);
}

/** The clock that blocks are stamped with jumps ahead. */
export const chainTimeJumps: Scenario = {
  name: "chain-time",
  what: "the chain's clock jumps ahead",
  network: () => ({ cast: together }),
  async run(network) {
    const { random, chain } = network;
    await nextRound(network);
    await delay(random.whole(0, 3_000));
    await timeTravel(chain.rpc, Date.now() + random.pick([60_000, 3_600_000]));
    await network.blocks(2 * tempo + 10);
    return undefined;
  },
};

const clockFile = (folder: string, name: string): string => path.join(folder, `clock-${name}`);
