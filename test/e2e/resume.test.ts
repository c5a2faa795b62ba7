import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type CliRun, ensureBuilt, freePortBase, startCli, temporaryFolder } from "../support/cli.ts";

describe("a network that is started again", () => {
  const folder = temporaryFolder();
  const runs: CliRun[] = [];
  let base: number;

  beforeAll(async () => {
    ensureBuilt();
    base = await freePortBase();
  });

  afterAll(() => {
    for (const run of runs) run.signal("SIGKILL");
    folder.remove();
  });

  const start = async (...more: string[]): Promise<CliRun> => {
    const run = startCli([
      "local",
      "start",
      "--state-dir",
      folder.path,
      "--port-base",
      String(base),
      "--miners",
      "2",
      "--epochs",
      "1",
      "--json",
      ...more,
    ]);
    runs.push(run);
    const { code } = await run.ended;
    expect(code, run.stderr()).toBe(0);
    return run;
  };

  const readyBlock = async (run: CliRun): Promise<number> => (await run.event("network.ready")).block;
  const stepDetail = (run: CliRun, name: string): string => {
    const event = run.events().find((entry) => entry.type === "step.finished" && entry.step === name);
    return event?.type === "step.finished" ? `${event.detail} ${event.note}` : "";
  };

  it("goes on from the block and the neurons it had, and with --fresh begins anew", async () => {
    const first = await start();
    const lastBlock = first.events().findLast((event) => event.type === "chain.block");
    const second = await start();
    expect(await readyBlock(second)).toBeGreaterThan(lastBlock?.type === "chain.block" ? lastBlock.block - 20 : 0);
    expect(stepDetail(second, "chain")).toContain("resumed at block");
    expect(stepDetail(second, "subnet")).toContain("kept");

    const third = await start("--fresh");
    expect(await readyBlock(third)).toBeLessThan(await readyBlock(second));
    expect(stepDetail(third, "subnet")).toContain("registered");
  });

  it("adds the miners that are new and keeps the others", async () => {
    const run = await start("--miners", "3");
    expect(stepDetail(run, "subnet")).toContain("1 added");
  });
});
