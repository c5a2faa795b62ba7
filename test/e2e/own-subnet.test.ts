import { readdirSync } from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type CliRun, ensureBuilt, freePortBase, root, startCli, temporaryFolder } from "../support/cli.ts";

describe("somebody's own subnet, given as a file", () => {
  const folder = temporaryFolder();
  const runs: CliRun[] = [];

  beforeAll(() => ensureBuilt());

  afterAll(() => {
    for (const run of runs) run.signal("SIGKILL");
    folder.remove();
  });

  const examples = readdirSync(path.join(root, "subnets", "examples")).filter((file) => file.endsWith(".ts"));

  it.each(examples)("%s runs an epoch without a build step, and scores its miners", async (file) => {
    const run = startCli([
      ...["local", "start", "--subnet", path.join("subnets", "examples", file)],
      ...[
        "--state-dir",
        folder.path,
        "--port-base",
        String(await freePortBase()),
        "--fresh",
        "--epochs",
        "3",
        "--json",
      ],
    ]);
    runs.push(run);
    const { code } = await run.ended;
    expect(code, run.stderr()).toBe(0);
    const last = run.events().at(-1);
    const neurons = last?.type === "run.stopped" ? (last.summary?.neurons ?? []) : [];
    expect(neurons.some(({ role, incentive }) => role === "miner" && (incentive ?? 0) > 0)).toBe(true);
    await run.allGone();
  });
});
