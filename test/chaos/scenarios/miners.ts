import { delay } from "@subnetkit/shared/util/delay";
import {
  answersTenfold,
  type Behaviour,
  forgesSignature,
  liesAboutHotkey,
  stalls,
  streamsGarbage,
} from "../harness/crowd.ts";
import { registeredMiners, tempo } from "../harness/world.ts";
import { anyCast } from "./casts.ts";
import { nextRound } from "./redis.ts";
import type { Scenario } from "./scenario.ts";

/** Half of the miners attack, each in its own way, while the other half is honest. */
export const hostileMiners: Scenario = {
  name: "miners",
  what: "miners that stream garbage, stall, answer ten times the size, or lie about their hotkey",
  network: (random) => ({ cast: anyCast(random) }),
  async run(network) {
    const { random, crowd, rounds, db, keys } = network;
    const other = crowd.keypairs[registeredMiners];
    if (other === undefined) throw new Error("no other key");
    const attacks: readonly Behaviour[] = [
      streamsGarbage,
      stalls,
      answersTenfold,
      liesAboutHotkey(other),
      forgesSignature(other),
    ];
    await nextRound(network);
    await delay(random.whole(0, 2_000));
    for (const [place, behaviour] of attacks.entries()) crowd.behave(place, behaviour);
    await network.blocks(4);
    const from = await rounds.lastSettled();
    await network.blocks(tempo + random.whole(8, 20));
    for (const place of attacks.keys()) {
      const hotkey = crowd.keypairs[place]?.address ?? "";
      const seen = JSON.parse((await db.hget(keys.seen, hotkey)) ?? "{}") as { round?: number; score?: number };
      if (seen.score !== 0 || (seen.round ?? 0) <= from)
        throw new Error(`attacker ${place} has ${JSON.stringify(seen)} after round ${from}`);
    }
    const honest = (await rounds.summaries(3)).map(({ answered }) => answered);
    if (honest.some((answered) => answered < registeredMiners - attacks.length))
      throw new Error(`honest miners were not all heard: ${honest.join(", ")}`);
    return undefined;
  },
};
