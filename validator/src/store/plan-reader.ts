import { randomUUID } from "node:crypto";
import { createBoundedMap } from "@subnetkit/shared/util/boundedMap";
import type { RedisClient } from "../queue/connection.ts";
import { type Plan, planSchema } from "../round/plan-record.ts";
import type { StateKeys } from "./keys.ts";

/** Plans kept in mind: as many rounds as are open at once, and a few that are read late. */
const keptPlans = 8;

/** How a plan's text begins: with a name that no other text has, even of the same round. */
const headPattern = /^\{"pin":"[0-9a-f-]{36}"/;
const headLength = `{"pin":"${randomUUID()}"`.length;

/** The text of a plan that is about to be pinned. */
export function pinText(plan: Plan): string {
  return `{"pin":"${randomUUID()}",${JSON.stringify(plan).slice(1)}`;
}

/** Reads plans as they are pinned. */
export interface PlanReader {
  /** The plan of a round, undefined when it has none (any more). */
  readonly read: (round: number) => Promise<Plan | undefined>;
  /** The plan of a text that is pinned; the next read need not fetch it. */
  readonly keep: (round: number, text: string) => Plan;
  /** How the text began that a plan was read from; "" for one that was not read here, or has no name. */
  readonly headOf: (plan: Plan) => string;
}

/**
 * Every job of a round reads its plan, which is tens of kilobytes: fetched once, and after that only its first bytes, since a failover may have brought another
 * plan of the same round. Gives the same object as long as they are the same.
 */
export function createPlanReader(redis: RedisClient, keys: Pick<StateKeys, "plan">): PlanReader {
  const known = createBoundedMap<number, { readonly head: string; readonly plan: Plan }>(keptPlans);
  const heads = new WeakMap<Plan, string>();

  function keep(round: number, text: string): Plan {
    const plan = planSchema.parse(JSON.parse(text));
    const [head] = headPattern.exec(text) ?? [];
    if (head === undefined) return plan;
    known.set(round, { head, plan });
    heads.set(plan, head);
    return plan;
  }

  return {
    async read(round) {
      const kept = known.get(round);
      if (kept !== undefined && (await redis.getrange(keys.plan(round), 0, headLength - 1)) === kept.head)
        return kept.plan;
      const text = await redis.get(keys.plan(round));
      return text === null ? undefined : keep(round, text);
    },
    keep,
    headOf: (plan) => heads.get(plan) ?? "",
  };
}
