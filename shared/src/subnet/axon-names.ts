import type { AnyTask } from "./define-task.ts";

const namePattern = /^[A-Za-z_][A-Za-z0-9_]{0,63}$/;

/** SDK 10's own ping, which every axon answers. */
export const pingSynapse = "Synapse";

/** The class name by which SDK 10 asks for a task. */
export function synapseName({ id, axon }: Pick<AnyTask, "id" | "axon">): string {
  return (
    axon?.synapse ??
    id
      .split(/[^A-Za-z0-9]+/)
      .map((word) => word.charAt(0).toUpperCase() + word.slice(1))
      .join("")
  );
}

/** What is wrong with the names of a task, undefined when nothing is. Takes anything: a compiled module may not have been type-checked. */
export function axonNamesProblem(axon: unknown): string | undefined {
  if (axon === undefined) return undefined;
  if (typeof axon !== "object" || axon === null) return "axon must be an object";
  const { synapse, hashFields, stream } = axon as Record<string, unknown>;
  const isName = (value: unknown): boolean => typeof value === "string" && namePattern.test(value);
  if (synapse !== undefined && (!isName(synapse) || synapse === pingSynapse))
    return `axon.synapse must be a Python class name other than ${pingSynapse}`;
  if (stream !== undefined && typeof stream !== "boolean") return "axon.stream must be true or false";
  if (hashFields === undefined) return undefined;
  const fine = Array.isArray(hashFields) && hashFields.length <= 64 && hashFields.every(isName);
  return fine ? undefined : "axon.hashFields must be a list of at most 64 field names";
}
