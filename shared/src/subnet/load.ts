import { pathToFileURL } from "node:url";
import { type AppError, appError, errorMessage } from "../errors/app-error.ts";
import { isErrorCode } from "../errors/registry.ts";
import { checkDefinition, definitionBounds } from "./check-definition.ts";
import type { AnySolvers, SolverVariant } from "./define-solvers.ts";
import type { SubnetDefinition } from "./define-subnet.ts";
import { isTaskId } from "./identifiers.ts";
import { isRecord } from "./is-record.ts";
import { type ModelEntry, modelsProblem } from "./model-entry.ts";

/**
 * Loads a compiled subnet module (an .mjs file, or whatever this process can import) and checks it again: it may have been made by another version of this code.
 * The subnet is the default export, or one called `subnet`.
 *
 * Throws E_SUBNET_LOAD, E_SUBNET_EXPORT, or one of the codes of defineSubnet.
 */
export async function loadSubnetDefinition(file: string): Promise<SubnetDefinition> {
  const module = await importModule(file);
  const definition = module["default"] ?? module["subnet"];
  if (!isRecord(definition) || !("tasks" in definition)) {
    throw appError("E_SUBNET_EXPORT", { file, expected: "a subnet", example: "export default defineSubnet({ ... })" });
  }
  checkDefinition(definition);
  return definition as SubnetDefinition;
}

/**
 * Loads a compiled solver module and gives the variant of that name ("default": the exported `solvers`, with the exported list `models` if there is one). All variants are checked, and every variant the
 * subnet's local network names must exist, so that a mistake shows at start and not when the miner that needs it comes up.
 *
 * Throws E_SUBNET_LOAD, E_SUBNET_EXPORT, E_SOLVER_MISSING, E_VARIANT, E_VARIANT_UNKNOWN or E_SUBNET_LOCAL_MINERS.
 */
export async function loadSolvers(file: string, subnet: SubnetDefinition, variant = "default"): Promise<SolverVariant> {
  const variants = await loadVariants(file, subnet);
  const found = variants.get(variant);
  if (found === undefined) throw appError("E_VARIANT_UNKNOWN", { variant, known: [...variants.keys()] });
  return found;
}

/** All variants of a compiled solver module by name, checked as {@link loadSolvers} says. */
export async function loadVariants(
  file: string,
  subnet: SubnetDefinition,
): Promise<ReadonlyMap<string, SolverVariant>> {
  const module = await importModule(file);
  const solvers = module["solvers"];
  if (!isRecord(solvers)) {
    throw appError("E_SUBNET_EXPORT", {
      file,
      expected: "solvers",
      example: "export const solvers = defineSolvers<typeof subnet>({ ... })",
    });
  }
  const variants = new Map<string, SolverVariant>();
  variants.set("default", checkVariant("default", { label: subnet.name, solvers, models: module["models"] }, subnet));
  const table = module["variants"] ?? {};
  if (!isRecord(table))
    throw appError("E_SUBNET_EXPORT", {
      file,
      expected: "a table of variants",
      example: "export const variants = defineVariants<typeof subnet>({ ... })",
    });
  for (const [name, value] of Object.entries(table)) variants.set(name, checkVariant(name, value, subnet));
  for (const miner of subnet.local.miners) {
    if (!variants.has(miner.variant)) {
      const problem = `names the variant ${JSON.stringify(miner.variant)}, which the solver module does not have (${[...variants.keys()].join(", ")})`;
      throw appError("E_SUBNET_LOCAL_MINERS", { subnet: subnet.name, problem });
    }
  }
  return variants;
}

async function importModule(file: string): Promise<Record<string, unknown>> {
  try {
    return (await import(pathToFileURL(file).href)) as Record<string, unknown>;
  } catch (error) {
    throw (
      codedError(error) ??
      appError("E_SUBNET_LOAD", { file, problem: errorMessage(error).split("\n")[0] }, { cause: error })
    );
  }
}

/** The coded error that a module's own defineTask or defineSubnet threw, made anew: a compiled module carries its own copy of the class. */
function codedError(error: unknown): AppError | undefined {
  if (!(error instanceof Error) || !("code" in error) || !("data" in error)) return undefined;
  const { code, data } = error;
  if (typeof code !== "string" || !isErrorCode(code) || !isRecord(data)) return undefined;
  return appError(code, data, { cause: error });
}

function checkVariant(name: string, value: unknown, subnet: SubnetDefinition): SolverVariant {
  const fail = (problem: string): never => {
    throw appError("E_VARIANT", { variant: name, problem });
  };
  if (!isTaskId(name)) fail("is not a short identifier");
  if (!isRecord(value)) return fail("is not an object");
  const { label, solvers, models = [] } = value;
  if (typeof label !== "string" || label.trim() === "" || label.length > definitionBounds.labelLength) {
    return fail(`needs a label of 1 to ${definitionBounds.labelLength} characters`);
  }
  const problem = modelsProblem(models);
  if (problem !== undefined) fail(problem);
  checkSolvers(name, solvers, subnet);
  return { label, solvers: solvers as AnySolvers, models: models as readonly ModelEntry[] };
}

function checkSolvers(variant: string, solvers: unknown, subnet: SubnetDefinition): void {
  const table = isRecord(solvers) ? solvers : {};
  for (const task of Object.keys(subnet.tasks)) {
    if (typeof table[task] !== "function")
      throw appError("E_SOLVER_MISSING", { variant, problem: `there is no function for task ${task}` });
  }
  for (const task of Object.keys(table)) {
    if (!Object.hasOwn(subnet.tasks, task))
      throw appError("E_SOLVER_MISSING", { variant, problem: `there is no task ${task} in the subnet` });
  }
}
