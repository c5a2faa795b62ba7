import { appError } from "../errors/app-error.ts";
import { checkShape, type Shape } from "../scoring/shape.ts";
import { synapseName } from "./axon-names.ts";
import { checkTask } from "./check-task.ts";
import type { AnyTask } from "./define-task.ts";
import { isSubnetName, isTaskId } from "./identifiers.ts";
import { isRecord } from "./is-record.ts";

/** Most tasks a subnet may have, and most miners its local network may list. */
export const definitionBounds = {
  tasks: 32,
  localMiners: 64,
  roundBlocks: 7200,
  descriptionLength: 200,
  labelLength: 40,
} as const;

/**
 * Checks a whole subnet with its defaults filled in. Types cannot say these things, and a module compiled elsewhere may not have been type-checked at all.
 * Throws E_SUBNET_NAME, E_SUBNET_SETTING, E_SUBNET_NO_TASKS, E_SUBNET_LOCAL_MINERS, E_SHAPE or one of the E_TASK codes.
 */
export function checkDefinition(value: unknown): void {
  const definition = isRecord(value) ? value : {};
  const name = definition["name"];
  if (!isSubnetName(name)) throw appError("E_SUBNET_NAME", { name });
  const setting = (key: string, ok: boolean, problem: string): void => {
    if (!ok) throw appError("E_SUBNET_SETTING", { subnet: name, setting: key, problem });
  };

  const { version, description, weights, roundBlocks } = definition;
  setting("version", isIntegerIn(version, 1, 0xffff_ffff), "must be a whole number from 1");
  setting(
    "description",
    isText(description, definitionBounds.descriptionLength),
    `must be 1 to ${definitionBounds.descriptionLength} characters`,
  );
  setting(
    "roundBlocks",
    isIntegerIn(roundBlocks, 1, definitionBounds.roundBlocks),
    `must be a whole number from 1 to ${definitionBounds.roundBlocks}`,
  );
  if (!isRecord(weights))
    throw appError("E_SUBNET_SETTING", { subnet: name, setting: "weights", problem: "must be an object" });
  const { ema } = weights;
  setting("weights.ema", typeof ema === "number" && ema > 0 && ema <= 1, "must be above 0 and at most 1");
  setting("weights.shape", isRecord(weights["shape"]), "must be an object with a kind");
  checkShape(weights["shape"] as Shape);

  checkTasks(name, definition["tasks"]);
  checkLocalMiners(name, definition["local"]);
}

function checkTasks(subnet: string, tasks: unknown): void {
  const entries = isRecord(tasks) ? Object.entries(tasks) : [];
  if (entries.length === 0 || entries.length > definitionBounds.tasks) {
    throw appError("E_SUBNET_NO_TASKS", { subnet, count: entries.length, max: definitionBounds.tasks });
  }
  const shares: number[] = [];
  const synapses = new Set<string>();
  for (const [key, task] of entries) {
    checkTask(task);
    const { id, share } = task as { id: string; share?: number };
    if (id !== key) throw appError("E_TASK_ID", { task: id, problem: `its key in tasks is ${JSON.stringify(key)}` });
    if (share !== undefined) shares.push(share);
    const synapse = synapseName(task as AnyTask);
    if (synapses.has(synapse))
      throw appError("E_TASK_AXON", { task: id, problem: `another task has the synapse name ${synapse} as well` });
    synapses.add(synapse);
  }
  if (shares.length === 0) return;
  if (shares.length !== entries.length)
    throw appError("E_TASK_SHARE", { subnet, problem: "some tasks have a share and some have none" });
  const sum = shares.reduce((total, share) => total + share, 0);
  if (Math.abs(sum - 1) > 1e-9) throw appError("E_TASK_SHARE", { subnet, problem: `the shares sum to ${sum}` });
}

function checkLocalMiners(subnet: string, local: unknown): void {
  const check: (ok: boolean, problem: string) => asserts ok = (ok, problem) => {
    if (!ok) throw appError("E_SUBNET_LOCAL_MINERS", { subnet, problem });
  };
  const { localMiners, labelLength } = definitionBounds;
  const miners = isRecord(local) ? local["miners"] : undefined;
  check(Array.isArray(miners), "must be a list");
  check(miners.length <= localMiners, `has more than ${localMiners} entries`);
  const labels = new Set<unknown>();
  for (const [i, miner] of miners.entries()) {
    check(isRecord(miner), `entry ${i} is not an object`);
    const { variant, label, offline } = miner;
    check(isTaskId(variant), `entry ${i} has no variant`);
    check(isText(label, labelLength), `entry ${i} needs a label of 1 to ${labelLength} characters`);
    check(
      offline === undefined || typeof offline === "boolean",
      `entry ${i} has an offline flag that is not a boolean`,
    );
    check(!labels.has(label), `has two entries with the label ${JSON.stringify(label)}`);
    labels.add(label);
  }
}

function isIntegerIn(value: unknown, min: number, max: number): boolean {
  return typeof value === "number" && Number.isInteger(value) && value >= min && value <= max;
}

function isText(value: unknown, maxLength: number): boolean {
  return typeof value === "string" && value.trim().length > 0 && value.length <= maxLength;
}
