import { writeFileSync } from "node:fs";
import path from "node:path";
import { timeTravel } from "@subnetkit/chain/client/dev/time-travel";
import { delay } from "@subnetkit/shared/util/delay";
import { until } from "../../support/until.ts";
import type { Network } from "../harness/network.ts";
import { root } from "../../support/cli.ts";
import { tempo } from "../harness/world.ts";
import { together } from "./casts.ts";
import { nextRound } from "./redis.ts";
import type { Scenario } from "./scenario.ts";

/** Milliseconds that clocks jump by. */
const jumps = [3_600_000, -3_600_000, 30_000, -30_000, 86_400_000] as const;

/** The clock of the validator's machine jumps, and later jumps back. */
export const clockJumps: Scenario = {
  name: "clock-jump",
  what: "the validator's clock jumps",
  network: () => ({
    cast: together,
    nodeArgs: ["--import", path.join(root, "test", "chaos", "harness", "clock-jump.mjs")],
    env: (folder) => ({ CHAOS_CLOCK_FILE: clockFile(folder) }),
  }),
  async run(network) {
    const { random } = network;
    const jump = random.pick(jumps);
    await nextRound(network);
    await delay(random.whole(0, 3_000));
    for (const offset of [jump, 0]) {
      writeFileSync(clockFile(network.folder), String(offset));
      await nextRound(network);
      await nextTick(network);
      await network.blocks(tempo);
    }
    return `by ${jump / 1_000} s and back`;
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

const clockFile = (folder: string): string => path.join(folder, "clock");
