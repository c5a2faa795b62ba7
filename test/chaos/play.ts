import { errorMessage } from "@subnetkit/shared/errors/app-error";
import { type Audit, audit } from "./harness/audit.ts";
import { type Network, startNetwork } from "./harness/network.ts";
import { seededRandom } from "./harness/random.ts";
import type { World } from "./harness/world.ts";
import type { Scenario } from "./scenarios/scenario.ts";

/** A scenario with one seed, played. */
export type Played = {
  readonly scenario: string;
  readonly seed: number;
  readonly ms: number;
  readonly kills: number;
  /** Milliseconds for which the machine itself had no time, which excuse what happened about them. */
  readonly starved: number;
  readonly audit: Audit | undefined;
  readonly note: string | undefined;
  /** Empty when everything held. */
  readonly problems: readonly string[];
  /** Logs and data of the network; removed when everything held. */
  readonly folder: string | undefined;
};

/** Plays a scenario on a network of its own, audits it and takes it down. */
export async function play(world: World, scenario: Scenario, seed: number): Promise<Played> {
  const from = performance.now();
  const random = seededRandom(seed);
  const base = { scenario: scenario.name, seed };
  const started = await startNetwork(world, random, scenario.network(random)).catch((error: unknown) => error);
  if (!isNetwork(started)) {
    const problems = [`the network did not start: ${errorMessage(started)}`];
    const ms = Math.round(performance.now() - from);
    return { ...base, ms, kills: 0, starved: 0, audit: undefined, note: undefined, problems, folder: world.folder };
  }
  const network = started;
  let note: string | undefined;
  let found: Audit | undefined;
  const problems: string[] = [];
  try {
    note = await scenario.run(network);
  } catch (error) {
    problems.push(errorMessage(error));
  }
  try {
    found = await audit(network, await network.quiesce());
    problems.push(...found.problems);
  } catch (error) {
    problems.push(`the audit failed: ${errorMessage(error)}`);
  }
  const keep = problems.length > 0;
  await network.close({ keep });
  return {
    ...base,
    ms: Math.round(performance.now() - from),
    kills: network.kills,
    starved: Math.round(network.starvedMs()),
    audit: found,
    note,
    problems,
    folder: keep ? network.folder : undefined,
  };
}

function isNetwork(started: unknown): started is Network {
  return !(started instanceof Error);
}
