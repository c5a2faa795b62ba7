import { appError, errorMessage, isAppError } from "@subnetkit/shared/errors/app-error";
import { checkSubnet } from "@subnetkit/shared/subnet/conformance";
import type { AnySolvers, SolverVariant } from "@subnetkit/shared/subnet/define-solvers";
import type { SubnetDefinition } from "@subnetkit/shared/subnet/define-subnet";
import { isAsyncIterable } from "@subnetkit/shared/subnet/streaming";
import { withTimeout } from "@subnetkit/shared/util/withTimeout";
import type { CompiledSubnet } from "../local/network/subnet-file.ts";

const SLACK_MS = 10_000;

type AnySolver = AnySolvers[string];

/** How one variant did in one task. `problem` says why there is no score. */
export type VariantResult = {
  readonly variant: string;
  readonly task: string;
  /** Mean of the challenges, 0 to 1. */
  readonly score: number | null;
  readonly problem: string;
};

/**
 * Runs every variant through the conformance kit. The default solvers must hold, so what they break is thrown; what a variant breaks is its result,
 * because a variant may well be a cheat. One with models is left out: they are the miner's to load.
 */
export async function tryVariants(
  { definition, variants }: Pick<CompiledSubnet, "definition" | "variants">,
  challenges: number,
): Promise<readonly VariantResult[]> {
  const results: VariantResult[] = [];
  for (const [name, variant] of variants) results.push(...(await tryVariant(definition, name, variant, challenges)));
  return results;
}

async function tryVariant(
  definition: SubnetDefinition,
  name: string,
  { solvers, models = [] }: SolverVariant,
  challenges: number,
): Promise<readonly VariantResult[]> {
  const without = (problem: string): VariantResult[] =>
    Object.keys(definition.tasks).map((task) => ({ variant: name, task, score: null, problem }));
  if (models.length > 0) return without("has models: npm start runs it");
  const tasks = Object.values(definition.tasks);
  const longestMs = tasks.reduce((sum, { limits }) => sum + challenges * limits.timeoutMs, SLACK_MS);
  try {
    const kit = checkSubnet(definition, inTime(definition, solvers), { challenges });
    const reports = await withTimeout(kit, longestMs, `The check of ${name}`);
    return reports.map(({ task, honestScore }) => ({ variant: name, task, score: honestScore, problem: "" }));
  } catch (error) {
    if (name !== "default") return without(errorMessage(error));
    if (isAppError(error)) throw error;
    const data = { subnet: definition.name, task: tasks.length === 1 ? tasks[0]?.id : undefined };
    throw appError("E_SUBNET_CONFORMANCE", { ...data, problem: errorMessage(error) }, { cause: error });
  }
}

/** The same solvers, given up at the time limit of their task as a validator gives them up. One that streams hands its stream over at once. */
function inTime({ tasks }: SubnetDefinition, solvers: AnySolvers): AnySolvers {
  const bounded = Object.entries(solvers).map(([id, solve]): [string, AnySolver] => [
    id,
    (request, env) => {
      const answer = solve(request, env);
      if (isAsyncIterable(answer)) return answer;
      return withTimeout(Promise.resolve(answer), tasks[id]?.limits.timeoutMs ?? 0, "The solver");
    },
  ]);
  return Object.fromEntries(bounded);
}
