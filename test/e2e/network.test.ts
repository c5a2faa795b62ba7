import type { RunSummary } from "@subnetkit/cli/local/events";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  type CliRun,
  checkShapes,
  type Exit,
  ensureBuilt,
  freePortBase,
  startCli,
  temporaryFolder,
} from "../support/cli.ts";

const TEMPO = 20;

describe("a network that runs three epochs", () => {
  const folder = temporaryFolder();
  let run: CliRun;
  let exit: Exit;
  let summary: RunSummary;

  beforeAll(async () => {
    ensureBuilt();
    run = startCli([
      "local",
      "start",
      "--state-dir",
      folder.path,
      "--port-base",
      String(await freePortBase()),
      "--epochs",
      "3",
      "--json",
    ]);
    exit = await run.ended;
    const last = run.events().at(-1);
    if (last?.type !== "run.stopped" || last.summary === null)
      throw new Error(`no summary:\n${run.stderr()}\n${run.stdout().slice(-4000)}`);
    summary = last.summary;
  });

  afterAll(() => {
    run.signal("SIGKILL");
    folder.remove();
  });

  const miner = (label: string) => {
    const found = summary.neurons.find(({ role, model }) => role === "miner" && model?.includes(label));
    if (found === undefined) throw new Error(`no miner ${label} in ${JSON.stringify(summary.neurons)}`);
    return found;
  };

  it("ends by itself with 0 because the epochs have passed", () => {
    expect(run.events().at(-1)).toMatchObject({ type: "run.stopped", exitCode: 0, reason: "epochs" });
    expect(exit).toMatchObject({ code: 0, signal: null });
    expect(summary.epochs).toBeGreaterThanOrEqual(3);
    expect(summary.blocks).toBeGreaterThanOrEqual(2 * TEMPO);
  });

  it("writes nothing but events to stdout, numbered without a gap, each of its published shape", () => {
    const events = run.events();
    expect(events.map(({ seq }) => seq)).toEqual(events.map((_, i) => i + 1));
    checkShapes(events);
  });

  it("starts eight neurons and the chain and Redis as processes of their own, all but the offline miner", () => {
    const started = run.events().flatMap((event) => (event.type === "process.started" ? [event.process] : []));
    expect([...started].sort()).toEqual([
      "chain",
      "miner-0",
      "miner-1",
      "miner-2",
      "miner-3",
      "miner-4",
      "redis",
      "validator-0",
      "validator-1",
    ]);
    expect(summary.neurons).toHaveLength(8);
  });

  it("pays the better model more: large, then medium, then small, then the guesser", () => {
    const incentives = ["mlp-large", "mlp-medium", "mlp-small", "guesser"].map((label) => miner(label).incentive ?? 0);
    expect(incentives).toEqual([...incentives].sort((a, b) => b - a));
    expect(new Set(incentives).size).toBe(4);
    expect(incentives[0]).toBeGreaterThan(0);
  });

  it("pays the offline miner nothing", () => {
    expect(miner("offline")).toMatchObject({ incentive: 0, emissionRao: "0" });
  });

  it("pays the miner that is late half of the time less than the same model on time", () => {
    expect(miner("late").incentive ?? 0).toBeLessThan(miner("mlp-large").incentive ?? 0);
  });

  it("gives both validators a permit and dividends", () => {
    const validators = summary.neurons.filter(({ role }) => role === "validator");
    expect(validators.map(({ permit }) => permit)).toEqual([true, true]);
    for (const { dividends } of validators) expect(dividends).toBeGreaterThan(0);
  });

  it("has both validators set weights", () => {
    const setters = run.events().flatMap((event) => (event.type === "weights.submitted" ? [event.process] : []));
    expect(new Set(setters)).toEqual(new Set(["validator-0", "validator-1"]));
  });

  it("leaves no process behind", async () => {
    await run.allGone();
  });
});
