import { appError, errorMessage, isAppError } from "@subnetkit/shared/errors/app-error";
import { checkSubnet } from "@subnetkit/shared/subnet/conformance";
import type { AnySolvers, SolverVariant } from "@subnetkit/shared/subnet/define-solvers";
import type { SubnetDefinition } from "@subnetkit/shared/subnet/define-subnet";
import { isAsyncIterable } from "@subnetkit/shared/subnet/streaming";
import { withTimeout } from "@subnetkit/shared/util/withTimeout";
import { type CompiledSubnet, compileSubnet, findSubnet } from "../local/network/subnet-file.ts";
import { localPaths } from "../local/paths.ts";
import { cloneRoot } from "../system/clone-root.ts";

const MAX_CHALLENGES = 1_000;
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

/** Compiles a subnet's file and checks it: the printed answer, as text or as JSON. Throws the code of what is wrong with it. */
export async function checkSubnetFile(
  subnet: string,
  flags: { readonly challenges?: string; readonly json?: boolean },
): Promise<string> {
  const root = cloneRoot();
  const challenges = Number(flags.challenges ?? 20);
  if (!Number.isInteger(challenges) || challenges < 1 || challenges > MAX_CHALLENGES)
    throw appError("E_USAGE", { problem: `--challenges takes a whole number from 1 to ${MAX_CHALLENGES}` });
  const compiled = await compileSubnet(findSubnet(subnet, { root, cwd: process.cwd() }), {
    root,
    buildDir: localPaths(root).build,
  });
  const results = await tryVariants(compiled, challenges);
  const { name, version } = compiled.definition;
  return flags.json === true ? `${JSON.stringify({ name, version, variants: results })}\n` : text(compiled, results);
}

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

function text({ definition, variants }: CompiledSubnet, results: readonly VariantResult[]): string {
  const width = Math.max(7, ...[...variants.keys()].map((name) => name.length));
  const taskWidth = Math.max(4, ...Object.keys(definition.tasks).map((id) => id.length));
  const lines = results.map(({ variant, task, score, problem }) =>
    `${variant.padEnd(width)}  ${task.padEnd(taskWidth)}  ${score === null ? "    -" : score.toFixed(3)}  ${problem}`.trimEnd(),
  );
  const head = `${"VARIANT".padEnd(width)}  ${"TASK".padEnd(taskWidth)}  SCORE`;
  return [`${definition.name}, version ${definition.version}: holds`, "", head, ...lines, ""].join("\n");
}
