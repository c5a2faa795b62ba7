import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { compileSubnet, findSubnet } from "@subnetkit/cli/local/network/subnet-file";
import { tryChallenges } from "@subnetkit/cli/subnet/try-challenges";
import { cloneRoot } from "@subnetkit/cli/system/clone-root";
import type { AppError } from "@subnetkit/shared/errors/app-error";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

const root = cloneRoot();

/** A whole subnet in one file, as an author outside of the clone would write it. */
const oneFile = (models = "[]"): string => `
import { defineSolvers, defineSubnet, defineTask, defineVariants } from "@subnetkit/shared/subnet";
import { z } from "zod";
import { twice } from "./helper.ts";

const double = defineTask({
  id: "double",
  request: z.object({ n: z.int() }),
  response: z.object({ n: z.int() }),
  limits: { timeoutMs: 1000, maxResponseBytes: 1024 },
  challenge: ({ random }) => { const n = Math.floor(random() * 100); return { request: { n }, key: twice(n) }; },
  scorer: { kind: "each", score: ({ key }, { body }) => (body.n === key ? 1 : 0) },
});
const subnet = defineSubnet({ name: "doubling", version: 1, description: "Doubles a number.", tasks: { double },
  local: { miners: [{ variant: "default", label: "right" }, { variant: "wrong", label: "wrong" }] } });
export default subnet;
export const solvers = defineSolvers<typeof subnet>({ double: async ({ n }) => ({ n: twice(n) }) });
export const variants = defineVariants<typeof subnet>({ wrong: { label: "wrong", models: ${models}, solvers: { double: async ({ n }) => ({ n }) } } });
`;

describe("a subnet's source", () => {
  let folder: string;
  let file: string;
  let buildDir: string;

  beforeEach(() => {
    mkdirSync(path.join(root, ".subnetkit", "tmp"), { recursive: true });
    folder = mkdtempSync(path.join(root, ".subnetkit", "tmp", "subnet-"));
    file = path.join(folder, "doubling.ts");
    buildDir = path.join(folder, "build");
    writeFileSync(path.join(folder, "helper.ts"), "export const twice = (n: number): number => 2 * n;\n");
    writeFileSync(file, oneFile());
  });

  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  const compile = () => compileSubnet(findSubnet("doubling.ts", { root, cwd: folder }), { root, buildDir });

  it("may be one file anywhere, without a build step of its own", async () => {
    const { definition, variants } = await compile();
    expect(definition).toMatchObject({ name: "doubling", roundBlocks: 10 });
    expect([...variants.keys()]).toEqual(["default", "wrong"]);
  });

  it("compiles to the same place while nothing changes, and to another one when it does", async () => {
    const first = await compile();
    expect((await compile()).definitionFile).toBe(first.definitionFile);
    writeFileSync(path.join(folder, "helper.ts"), "export const twice = (n: number): number => n + n;\n");
    expect((await compile()).definitionFile).not.toBe(first.definitionFile);
  });

  it("is refused with the place of the mistake when it does not parse", async () => {
    writeFileSync(file, "export default {;\n");
    await expect(compile()).rejects.toMatchObject({
      code: "E_SUBNET_BUILD",
      exitCode: 3,
      data: { causeText: expect.stringContaining("doubling.ts:1") },
    });
  });

  it("is refused under its own name and with the place of the mistake when its code throws, or exports nothing", async () => {
    const named = path.relative(root, file);
    writeFileSync(file, `${oneFile()}\nthrow new TypeError("no words");\n`);
    await expect(compile()).rejects.toMatchObject({
      code: "E_SUBNET_LOAD",
      data: { file: named, causeText: expect.stringMatching(/^TypeError: no words \(.*doubling\.ts:20:7\)$/) },
    });
    writeFileSync(file, oneFile().replace("export default subnet;", ""));
    await expect(compile()).rejects.toMatchObject({ code: "E_SUBNET_EXPORT", data: { file: named } });
  });

  it("is refused in words about itself when it imports what is not there", async () => {
    const refusal = (): Promise<unknown> => compile().catch((error: unknown) => (error as AppError).data["causeText"]);
    writeFileSync(file, oneFile().replace('"zod"', '"zodd"'));
    expect(await refusal()).toContain("npm install zodd");
    writeFileSync(file, oneFile().replace("shared/subnet", "shared/subnets"));
    expect(await refusal()).toContain('There is no module "@subnetkit/shared/subnets"');
  });

  it("is tried before anything is started: a challenge that cannot be drawn is refused", async () => {
    await tryChallenges((await compile()).definition);
    writeFileSync(file, oneFile().replace("request: { n }, key", "request: { n: -0.5 }, key"));
    await expect(tryChallenges((await compile()).definition)).rejects.toMatchObject({ code: "E_CHALLENGE_INVALID" });
  });

  it("is refused when a model that the cast needs is missing, before anything is started", async () => {
    writeFileSync(file, oneFile('["model/none.onnx"]'));
    await expect(compile()).rejects.toMatchObject({ code: "E_SUBNET_MODEL", exitCode: 3 });
  });

  it("is found by the name of a built-in one", () => {
    expect(findSubnet("digits", { root, cwd: folder }).folder).toBe(path.join(root, "subnets", "src", "digits"));
  });

  it("is not found under any other name, and the built-in ones and the examples are named", () => {
    expect(() => findSubnet("digitz", { root, cwd: folder })).toThrow(
      expect.objectContaining({
        code: "E_SUBNET_NOT_FOUND",
        exitCode: 2,
        data: {
          subnet: "digitz",
          known: expect.stringContaining("digits"),
          examples: expect.stringContaining(path.join(root, "subnets/examples/word-sort.ts")),
        },
      }),
    );
    expect(() => findSubnet("word-sort", { root, cwd: root })).toThrow(
      expect.objectContaining({ remedy: expect.stringContaining(" ./subnets/examples/word-sort.ts,") }),
    );
  });
});
