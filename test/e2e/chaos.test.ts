import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createWorld, type World } from "../chaos/harness/world.ts";
import { play, type Played } from "../chaos/play.ts";
import { scenarioNamed } from "../chaos/table.ts";

/** A sample of `npm run test:chaos`: one seed of what takes least time, all at once, for they mostly wait. */
const sample = [
  ["kill", 2],
  ["redis-crash", 1],
  ["miners", 1],
] as const;

describe("a validator whose processes and surroundings fail", () => {
  let world: World;
  const played = new Map<string, Played>();

  beforeAll(async () => {
    world = await createWorld();
    const plays = sample.map(([name, seed]) => play(world, scenarioNamed(name), seed));
    for (const one of await Promise.all(plays)) played.set(one.scenario, one);
  }, 240_000);

  afterAll(() => world.close({ keep: [...played.values()].some(({ problems }) => problems.length > 0) }));

  it.each(sample)("in %s (seed %d) loses no score, counts none twice and misses no tempo", (name) => {
    const { problems, audit, folder } = played.get(name) ?? { problems: ["it was not played"] };
    expect(problems, `see ${folder}`).toEqual([]);
    expect(audit?.rounds).toMatchObject({ lost: [], doubled: [], problems: [] });
    expect(audit?.rounds.settled).toBeGreaterThan(3);
    expect(audit?.weights).toMatchObject({ missed: [], problems: [] });
    expect(audit?.replayed).toBeGreaterThanOrEqual(audit?.rounds.settled ?? 0);
  });
});
