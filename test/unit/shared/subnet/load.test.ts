import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { loadSolvers, loadSubnetDefinition, loadVariants } from "@subnetkit/shared/subnet/load";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { addSubnet, codeOf } from "./fixtures.ts";

let folder: string;
let files = 0;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "subnetkit-load-"));
});
afterAll(() => rmSync(folder, { recursive: true }));

/** Writes a module as a compiled one would lie there. */
function moduleFile(source: string): string {
  const file = join(folder, `module-${files++}.mjs`);
  writeFileSync(file, source);
  return file;
}

const schema = "{ safeParse: (data) => ({ success: true, data }) }";
const task = `{ id: "add", request: ${schema}, response: ${schema}, limits: { timeoutMs: 1000, maxResponseBytes: 10 }, challenge: () => ({}), scorer: { kind: "each", score: () => 1 } }`;
const subnet = (fields = ""): string =>
  `{ name: "adder", version: 1, description: "Adds.", tasks: { add: ${task} }, weights: { ema: 0.3, shape: { kind: "linear" } }, roundBlocks: 10, local: { miners: [] } ${fields} }`;

describe("loadSubnetDefinition", () => {
  it("takes the default export, or one called subnet", async () => {
    expect((await loadSubnetDefinition(moduleFile(`export default ${subnet()}`))).name).toBe("adder");
    expect((await loadSubnetDefinition(moduleFile(`export const subnet = ${subnet()}`))).name).toBe("adder");
  });

  it.each([
    ["throws at the top", 'throw new Error("oops")', "E_SUBNET_LOAD"],
    [
      "was refused by its own copy of defineTask",
      'throw Object.assign(new Error("x"), { code: "E_TASK_ID", data: { task: "X" } })',
      "E_TASK_ID",
    ],
    [
      "throws with a code that is not ours",
      'throw Object.assign(new Error("x"), { code: "E_OTHER", data: {} })',
      "E_SUBNET_LOAD",
    ],
    ["does not parse", "export default {", "E_SUBNET_LOAD"],
    ["exports nothing", "", "E_SUBNET_EXPORT"],
    ["exports something else", "export default { tusks: {} }", "E_SUBNET_EXPORT"],
    ["was checked by nobody", `export default ${subnet(', name: "No Name"')}`, "E_SUBNET_NAME"],
    ["has a broken task", `export default ${subnet(', tasks: { add: { id: "add" } }')}`, "E_TASK_SCHEMA"],
    ["lacks the defaults", `export default ${subnet(", weights: undefined")}`, "E_SUBNET_SETTING"],
  ])("refuses a module that %s", async (_, source, code) => {
    expect(await codeOf(() => loadSubnetDefinition(moduleFile(source)))).toBe(code);
  });

  it("names a file that is missing", async () => {
    expect(await codeOf(() => loadSubnetDefinition(join(folder, "missing.mjs")))).toBe("E_SUBNET_LOAD");
  });
});

describe("loadSolvers", () => {
  const solvers = "export const solvers = { add: ({ a, b }) => ({ sum: a + b }) };";
  const variants = (table: string): string => `${solvers}\nexport const variants = ${table};`;
  const withMiner = (variant: string) => ({ ...addSubnet, local: { miners: [{ variant, label: "x" }] } });

  it("gives the exported solvers and models by default, and a variant by name", async () => {
    const file = moduleFile(
      `export const models = ["m/a.onnx"];\n${variants('{ lazy: { label: "lazy", solvers: { add: () => ({ sum: 0 }) } } }')}`,
    );
    const standard = await loadSolvers(file, addSubnet);
    expect(standard).toMatchObject({ label: "adder", models: ["m/a.onnx"] });
    const lazy = await loadSolvers(file, addSubnet, "lazy");
    expect(lazy).toMatchObject({ label: "lazy", models: [] });
    expect(lazy.solvers["add"]?.({ a: 1, b: 2 }, {} as never)).toEqual({ sum: 0 });
    expect([...(await loadVariants(file, addSubnet)).keys()]).toEqual(["default", "lazy"]);
  });

  it.each([
    ["exports no solvers", "export const other = 1;", "E_SUBNET_EXPORT"],
    ["lacks a task", "export const solvers = {};", "E_SOLVER_MISSING"],
    ["has something that is no function", "export const solvers = { add: 1 };", "E_SOLVER_MISSING"],
    ["has a task too many", "export const solvers = { add: () => 1, sub: () => 1 };", "E_SOLVER_MISSING"],
    ["has variants that are no table", variants("[]"), "E_SUBNET_EXPORT"],
    ["has a variant without a label", variants("{ lazy: { solvers } }"), "E_VARIANT"],
    ["has a variant without solvers", variants('{ lazy: { label: "x" } }'), "E_SOLVER_MISSING"],
    ["has a variant with a bad name", variants('{ "a b": { label: "x", solvers } }'), "E_VARIANT"],
    [
      "has a model above its folder",
      variants('{ lazy: { label: "x", solvers, models: ["a/../../b.onnx"] } }'),
      "E_VARIANT",
    ],
    [
      "has a model at an absolute path",
      variants('{ lazy: { label: "x", solvers, models: ["/etc/passwd"] } }'),
      "E_VARIANT",
    ],
    ["has models that are no list", variants('{ lazy: { label: "x", solvers, models: "m.onnx" } }'), "E_VARIANT"],
  ])("refuses a module that %s", async (_, source, code) => {
    expect(await codeOf(() => loadSolvers(moduleFile(source), addSubnet))).toBe(code);
  });

  it("refuses a variant that does not exist, asked for or named by the local network", async () => {
    const file = moduleFile(solvers);
    expect(await codeOf(() => loadSolvers(file, addSubnet, "lazy"))).toBe("E_VARIANT_UNKNOWN");
    expect(await codeOf(() => loadSolvers(file, withMiner("lazy")))).toBe("E_SUBNET_LOCAL_MINERS");
    expect(await codeOf(() => loadSolvers(file, withMiner("default")))).toBe("nothing was thrown");
  });
});
