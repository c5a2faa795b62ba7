import { defineSubnet, defineTask, type SubnetInput, taskShares } from "@subnetkit/shared/subnet";
import { describe, expect, it } from "vitest";
import { addTask, codeOf } from "./fixtures.ts";

/** The task with fields replaced: as a module that was never type-checked might have them. */
const taskWith = (fields: Record<string, unknown>): typeof addTask => ({ ...addTask, ...fields }) as typeof addTask;

const subnetWith = (fields: Record<string, unknown>): SubnetInput =>
  ({ name: "adder", version: 1, description: "Adds.", tasks: { add: addTask }, ...fields }) as SubnetInput;

describe("defineTask", () => {
  it("keeps what it was given", () => {
    expect(defineTask(taskWith({ share: 0.5 })).share).toBe(0.5);
  });

  it.each([
    ["an id with a slash", { id: "a/b" }, "E_TASK_ID"],
    ["an id that starts with a capital", { id: "Add" }, "E_TASK_ID"],
    ["an empty id", { id: "" }, "E_TASK_ID"],
    ["an id of 33 characters", { id: "a".repeat(33) }, "E_TASK_ID"],
    ["no id", { id: undefined }, "E_TASK_ID"],
    ["a request that is no schema", { request: { a: "number" } }, "E_TASK_SCHEMA"],
    ["no response schema", { response: undefined }, "E_TASK_SCHEMA"],
    ["no limits", { limits: undefined }, "E_TASK_LIMITS"],
    ["a timeout of 49 ms", { limits: { timeoutMs: 49, maxResponseBytes: 1 } }, "E_TASK_LIMITS"],
    ["a timeout over ten minutes", { limits: { timeoutMs: 600_001, maxResponseBytes: 1 } }, "E_TASK_LIMITS"],
    ["a timeout that is not finite", { limits: { timeoutMs: Number.NaN, maxResponseBytes: 1 } }, "E_TASK_LIMITS"],
    ["a response limit of 0", { limits: { timeoutMs: 50, maxResponseBytes: 0 } }, "E_TASK_LIMITS"],
    ["a response limit over 16 MiB", { limits: { timeoutMs: 50, maxResponseBytes: 2 ** 24 + 1 } }, "E_TASK_LIMITS"],
    ["a share of 0", { share: 0 }, "E_TASK_SHARE"],
    ["a share above 1", { share: 1.01 }, "E_TASK_SHARE"],
    ["a share that is no number", { share: Number.NaN }, "E_TASK_SHARE"],
    ["no challenge", { challenge: undefined }, "E_TASK_FUNCTION"],
    ["no scorer", { scorer: undefined }, "E_TASK_FUNCTION"],
    ["a scorer of an unknown kind", { scorer: { kind: "some", score: () => 1 } }, "E_TASK_FUNCTION"],
    ["a scorer without a function", { scorer: { kind: "each" } }, "E_TASK_FUNCTION"],
  ])("refuses %s", async (_, fields, code) => {
    expect(await codeOf(() => defineTask(taskWith(fields)))).toBe(code);
  });
});

describe("defineSubnet", () => {
  it("fills in the defaults", () => {
    const subnet = defineSubnet(subnetWith({}));
    expect(subnet.weights).toEqual({ ema: 0.3, shape: { kind: "linear" } });
    expect(subnet.roundBlocks).toBe(10);
    expect(subnet.local.miners.map((miner) => miner.variant)).toEqual(["default", "default", "default"]);
    expect(defineSubnet(subnetWith({ weights: { ema: 1 } })).weights).toEqual({ ema: 1, shape: { kind: "linear" } });
  });

  it.each([
    ["a name with a space", { name: "my subnet" }, "E_SUBNET_NAME"],
    ["a name with dots", { name: "../up" }, "E_SUBNET_NAME"],
    ["a version of 0", { version: 0 }, "E_SUBNET_SETTING"],
    ["a version that is no whole number", { version: 1.5 }, "E_SUBNET_SETTING"],
    ["an empty description", { description: " " }, "E_SUBNET_SETTING"],
    ["a round of 0 blocks", { roundBlocks: 0 }, "E_SUBNET_SETTING"],
    ["a round that is not finite", { roundBlocks: Number.POSITIVE_INFINITY }, "E_SUBNET_SETTING"],
    ["an average that never moves", { weights: { ema: 0 } }, "E_SUBNET_SETTING"],
    ["an average that is no number", { weights: { ema: Number.NaN } }, "E_SUBNET_SETTING"],
    ["an unknown shape", { weights: { shape: { kind: "cubic" } } }, "E_SHAPE"],
    [
      "a shape with a parameter that is not finite",
      { weights: { shape: { kind: "power", exponent: Number.NaN } } },
      "E_SHAPE",
    ],
    ["no tasks", { tasks: {} }, "E_SUBNET_NO_TASKS"],
    [
      "33 tasks",
      { tasks: Object.fromEntries(Array.from({ length: 33 }, (_, i) => [`t${i}`, taskWith({ id: `t${i}` })])) },
      "E_SUBNET_NO_TASKS",
    ],
    ["a task under another key than its id", { tasks: { sum: addTask } }, "E_TASK_ID"],
    ["the same task under two keys", { tasks: { add: addTask, again: addTask } }, "E_TASK_ID"],
    ["a broken task", { tasks: { add: { id: "add" } } }, "E_TASK_SCHEMA"],
    [
      "shares that do not sum to 1",
      { tasks: { add: taskWith({ share: 0.5 }), sub: taskWith({ id: "sub", share: 0.4 }) } },
      "E_TASK_SHARE",
    ],
    [
      "a share for one task only",
      { tasks: { add: taskWith({ share: 1 }), sub: taskWith({ id: "sub" }) } },
      "E_TASK_SHARE",
    ],
    ["local miners that are no list", { local: { miners: {} } }, "E_SUBNET_LOCAL_MINERS"],
    ["a local miner without a variant", { local: { miners: [{ label: "x" }] } }, "E_SUBNET_LOCAL_MINERS"],
    ["a local miner without a label", { local: { miners: [{ variant: "x" }] } }, "E_SUBNET_LOCAL_MINERS"],
    [
      "two local miners with one label",
      {
        local: {
          miners: [
            { variant: "x", label: "a" },
            { variant: "y", label: "a" },
          ],
        },
      },
      "E_SUBNET_LOCAL_MINERS",
    ],
    [
      "65 local miners",
      { local: { miners: Array.from({ length: 65 }, (_, i) => ({ variant: "x", label: `${i}` })) } },
      "E_SUBNET_LOCAL_MINERS",
    ],
  ])("refuses %s", async (_, fields, code) => {
    expect(await codeOf(() => defineSubnet(subnetWith(fields)))).toBe(code);
  });
});

describe("taskShares", () => {
  it("are equal without shares, and as given with them", () => {
    const two = defineSubnet(subnetWith({ tasks: { add: addTask, sub: taskWith({ id: "sub" }) } }));
    expect(taskShares(two)).toEqual({ add: 0.5, sub: 0.5 });
    const given = defineSubnet(
      subnetWith({ tasks: { add: taskWith({ share: 0.9 }), sub: taskWith({ id: "sub", share: 0.1 }) } }),
    );
    expect(taskShares(given)).toEqual({ add: 0.9, sub: 0.1 });
  });
});
