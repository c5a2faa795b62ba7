import { chainAway, chainCrashes, chainHalfOpen, reorgDropsCommit } from "./scenarios/chain.ts";
import { chainTimeJumps, clockJumps } from "./scenarios/clocks.ts";
import { killsAnyRole } from "./scenarios/kills.ts";
import { hostileMiners } from "./scenarios/miners.ts";
import { redisCrashes, redisHangs, redisRefuses, redisVanishes, workersStarve } from "./scenarios/redis.ts";
import type { Scenario } from "./scenarios/scenario.ts";
import { subnetGrows, uidsRecycled } from "./scenarios/subnet.ts";
import { twoOnOneHotkey } from "./scenarios/twins.ts";

/** Everything that is tried. */
export const scenarios: readonly Scenario[] = [
  killsAnyRole,
  redisCrashes,
  redisRefuses,
  redisHangs,
  redisVanishes,
  workersStarve,
  chainHalfOpen,
  chainAway,
  chainCrashes,
  reorgDropsCommit,
  clockJumps,
  chainTimeJumps,
  hostileMiners,
  uidsRecycled,
  subnetGrows,
  twoOnOneHotkey,
];

/** The scenario of a name. */
export function scenarioNamed(name: string): Scenario {
  const found = scenarios.find((scenario) => scenario.name === name);
  if (found === undefined) throw new Error(`no scenario ${name}`);
  return found;
}
