/** dev_setLimits: which limits hold. What each lifts is written down in runtime/rules.ts. */
import type { ChainNode } from "../../create-node.ts";
import { type Limit, LIMITS } from "../../runtime/rules.ts";
import type { MethodTable } from "../method.ts";
import { invalidParams } from "../rpc-error.ts";

const FORMS = `takes {relaxed: true | false} or any of ${LIMITS.join(", ")}, each true where the limit holds and false where it is lifted`;

/** The verb. Answers with the limits that are lifted now. */
export function devLimitsMethods(node: ChainNode): MethodTable {
  return {
    dev_setLimits: (params) => {
      const entries = Object.entries(params.object(0));
      if (entries.length === 0) throw invalidParams(`dev_setLimits ${FORMS}`);
      const changes = entries.flatMap(([name, value]) => change(name, value));
      for (const [limit, lifted] of changes) node.rules.setLifted(limit, lifted);
      return { lifted: node.rules.lifted };
    },
  };
}

function change(name: string, value: unknown): readonly (readonly [Limit, boolean])[] {
  if (typeof value !== "boolean") throw invalidParams(`${name} must be true or false: dev_setLimits ${FORMS}`);
  if (name === "relaxed") return LIMITS.map((limit) => [limit, value] as const);
  const limit = LIMITS.find((one) => one === name);
  if (limit === undefined) throw invalidParams(`there is no limit ${name}: dev_setLimits ${FORMS}`);
  return [[limit, !value]];
}
