import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type CliRun, ensureBuilt, runCli, startCli, temporaryFolder } from "../support/cli.ts";
import { until } from "../support/processes.ts";

const folder = temporaryFolder();
beforeAll(() => ensureBuilt());
afterAll(() => folder.remove());

/** Starts `chain dev` on a free port; resolves when it has said where it is. */
async function startDev(name: string, ...flags: string[]): Promise<CliRun & { url: string }> {
  const file = path.join(folder.path, `${name}.json`);
  const run = startCli(["chain", "dev", "--port", "0", "--block-time", "100ms", "--config-out", file, ...flags]);
  await until("chain dev is ready", () => existsSync(file), 20_000);
  const { urls } = JSON.parse(readFileSync(file, "utf8")) as { urls: { ws: string } };
  return { ...run, url: urls.ws };
}

describe("subnetkit chain dev", () => {
  it("ends with 0 at the first Ctrl-C, and stdout stays empty", async () => {
    const run = await startDev("interrupt");
    const info = await runCli(["chain", "info", "--endpoint", run.url, "--json"]);
    expect(JSON.parse(info.stdout)).toMatchObject({ mode: "interval", blockMs: 100 });
    run.signal("SIGINT");
    expect(await run.ended).toMatchObject({ code: 0, signal: null });
    expect(run.stdout()).toBe("");
    expect(run.stderr()).toMatch(/stopping \(Ctrl-C again to kill\)\n stopped at block \d+; state was in memory\n$/);
  });

  it("keeps every block in its folder, even when it is killed", async () => {
    const data = path.join(folder.path, "data");
    const first = await startDev("killed", "--data", data);
    const mined = await runCli(["chain", "mine", "20", "--endpoint", first.url, "--json"]);
    first.signal("SIGKILL");
    await first.ended;
    const second = await startDev("resumed", "--data", data);
    const { block } = JSON.parse(mined.stdout) as { block: number };
    const info = await runCli(["chain", "info", "--endpoint", second.url, "--json"]);
    expect((JSON.parse(info.stdout) as { block: number }).block).toBeGreaterThanOrEqual(block);
    expect(second.stderr()).toContain("resumed at block");
    second.signal("SIGTERM");
    expect((await second.ended).code).toBe(0);
  });

  it("has exit codes for scripts: 2 usage, 4 refused, 5 unreachable; with --json the error is a document", async () => {
    const run = await startDev("codes");
    const at = ["--endpoint", run.url, "--json"];
    const code = async (...argv: string[]): Promise<number | null> => (await runCli(["chain", ...argv])).code;
    expect(await code("mine", "none", ...at)).toBe(2);
    expect(await code("revert", "nowhere", ...at)).toBe(4);
    expect(
      await code("dry-run", "SubtensorModule.burned_register", "netuid=99", "hotkey=//A", "--from", "//Bob", ...at),
    ).toBe(4);
    expect(await code()).toBe(2);
    run.signal("SIGINT");
    await run.ended;
    const gone = await runCli(["chain", "info", ...at]);
    expect(gone.code).toBe(5);
    expect(JSON.parse(gone.stdout)).toMatchObject({ error: { code: "E_CHAIN_UNREACHABLE" } });
  });
});
