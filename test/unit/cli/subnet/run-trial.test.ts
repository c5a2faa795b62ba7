import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { bundleSubnet } from "@subnetkit/cli/local/network/subnet-file";
import { runTrial } from "@subnetkit/cli/subnet/run-trial";
import type { TrialResult } from "@subnetkit/cli/subnet/trial-messages";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { bundleForNode } from "../../../support/bundle.ts";

const root = path.join(import.meta.dirname, "../../../..");

const subnet = (parts: { top?: string; challenge?: string; score?: string; solve?: string }): string => `
import { defineSolvers, defineSubnet, defineTask } from "@subnetkit/shared/subnet";
import { z } from "zod";
${parts.top ?? ""}
const double = defineTask({
  id: "double",
  request: z.object({ n: z.int() }),
  response: z.object({ n: z.int() }),
  limits: { timeoutMs: 1000, maxResponseBytes: 1024 },
  challenge({ random }) { ${parts.challenge ?? ""}; const n = Math.floor(random() * 1e6); return { request: { n }, key: 2 * n }; },
  scorer: { kind: "each", score({ key }, { body }) { ${parts.score ?? ""}; return body.n === key ? 1 : 0; } },
});
const subnet = defineSubnet({ name: "doubling", version: 3, description: "Doubles a number.", tasks: { double } });
export default subnet;
export const solvers = defineSolvers<typeof subnet>({ double: async ({ n }) => { ${parts.solve ?? ""}; return { n: 2 * n }; } });
`;

describe("the trial of a subnet", () => {
  let folder: string;
  let workerUrl: URL;
  let files = 0;

  beforeAll(async () => {
    mkdirSync(path.join(root, ".subnetkit", "tmp"), { recursive: true });
    folder = mkdtempSync(path.join(root, ".subnetkit", "tmp", "trial-"));
    workerUrl = pathToFileURL(await bundleForNode(path.join(root, "cli/src/subnet/trial-worker.ts")));
  });

  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  async function tried(
    source: string,
    { challenges, silentMs }: { challenges?: number; silentMs?: number } = {},
  ): Promise<TrialResult> {
    const file = path.join(folder, `doubling-${files++}.ts`);
    writeFileSync(file, source);
    const found = { definition: file, solvers: file, folder };
    const bundled = await bundleSubnet(found, { root, buildDir: path.join(folder, "build") });
    return await runTrial(
      { source: found, files: bundled, root, challenges },
      { workerUrl, ...(silentMs === undefined ? {} : { silentMs }) },
    );
  }

  it("gives its name and what each variant scores", async () => {
    expect(await tried(subnet({ top: 'console.log("not among the answers");' }), { challenges: 3 })).toEqual({
      name: "doubling",
      version: 3,
      variants: [{ variant: "default", task: "double", score: 1, problem: "" }],
    });
    expect(await tried(subnet({}))).toMatchObject({ variants: [] });
  });

  it("ends a call that never comes back, and names it", async () => {
    const loop = "for (;;);";
    const ends = (parts: Parameters<typeof subnet>[0], call: string, challenges?: number): Promise<void> =>
      expect(
        tried(subnet(parts), { ...(challenges === undefined ? {} : { challenges }), silentMs: 500 }),
      ).rejects.toMatchObject({ code: "E_SUBNET_STUCK", exitCode: 3, message: expect.stringContaining(call) });
    await ends({ challenge: loop }, "the challenge of task double did not come back within 0.5 s");
    await ends({ solve: loop }, "the solver of task double (variant default)", 3);
  });

  it("says what the subnet's code threw, where, and with the code of the error", async () => {
    await expect(tried(subnet({ challenge: 'throw new TypeError("no words")' }))).rejects.toMatchObject({
      code: "E_CHALLENGE_FAILED",
      data: { causeText: expect.stringMatching(/^TypeError: no words \(.*doubling-\d+\.ts:10:/) },
    });
    await expect(tried(subnet({ top: 'throw new Error("no file");' }))).rejects.toMatchObject({
      code: "E_SUBNET_LOAD",
    });
    await expect(tried(subnet({ top: "process.exit(0);" }))).rejects.toMatchObject({
      code: "E_SUBNET_STUCK",
      message: expect.stringContaining("loading it ended its thread"),
    });
  });
});
