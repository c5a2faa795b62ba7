import { mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import type { DevFlags } from "@subnetkit/cli/chain/dev/argv";
import type { ReadyDocument } from "@subnetkit/cli/chain/dev/config-out";
import { type End, runDev } from "@subnetkit/cli/chain/dev/run-dev";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { remarkOf, runChain } from "../support.ts";
import { until } from "../../../../support/processes.ts";

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), "chain-dev-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** A run of `chain dev` in this process, told to stop by `stop`. */
type Run = {
  readonly stdout: string[];
  readonly stderr: string[];
  readonly document: ReadyDocument;
  verb(...argv: string[]): Promise<string>;
  stop(exitCode?: number): Promise<number>;
};

let runs = 0;

async function start(flags: DevFlags, rest: readonly string[] = [], isTty = true): Promise<Run> {
  const stdout: string[] = [];
  const stderr: string[] = [];
  const configOut = path.join(folder, `ready-${runs++}.json`);
  let tell: (end: End) => void = () => undefined;
  const told = new Promise<End>((resolve) => {
    tell = resolve;
  });
  const exit = runDev({ port: "0", blockTime: "manual", ...flags, configOut }, rest, {
    isTty,
    stdout: (line) => stdout.push(line),
    stderr: (line) => stderr.push(line),
    untilTold: () => told,
  });
  await Promise.race([
    exit,
    until(
      "chain dev is ready",
      () => [...stdout, ...stderr].some((line) => /rpc {7}ws|chain\.ready/.test(line)),
      20_000,
    ),
  ]);
  const document = JSON.parse(readFileSync(configOut, "utf8")) as ReadyDocument;
  return {
    stdout,
    stderr,
    document,
    verb: (...argv) => runChain([...argv, "--endpoint", document.urls.http]),
    stop: (exitCode = 0) => {
      tell({ exitCode, reason: "SIGINT" });
      return exit;
    },
  };
}

describe("subnetkit chain dev", () => {
  it("says where it is and what is in it on stderr, and nothing on stdout", async () => {
    const run = await start({ preset: "two-validators", relaxed: true });
    const banner = run.stderr.join("\n");
    expect(run.stdout).toEqual([]);
    expect(run.stderr.length).toBeLessThanOrEqual(12);
    expect(banner).toMatch(/ subnetkit chain \d+\.\d+\.\d+ {3}subtensor spec 424 {3}ready in \d+\.\d s/);
    expect(banner).toContain(` rpc       ${run.document.urls.ws}   ${run.document.urls.http}`);
    expect(banner).toContain(`rpc=${encodeURIComponent(run.document.urls.ws)}`);
    expect(banner).toContain("on request: subnetkit chain mine   history 2,048 blocks   state in memory");
    expect(banner).toContain(`try       subnetkit chain epoch --endpoint ${run.document.urls.ws} `);
    expect(banner).toContain("subnets   0 root");
    expect(banner).toContain("2 (tempo 20)");
    expect(banner).toContain("//Alice 5Grw..utQY 1,000,000 TAO");
    expect(banner).toContain("anyone can spend them");
    expect(banner).toContain("--relaxed");
    expect(await run.stop()).toBe(0);
    expect(run.stderr.at(-1)).toMatch(/stopped at block 1; state was in memory/);
  });

  it("says of a folder with a chain in it that the preset was not used", async () => {
    const data = path.join(folder, "kept");
    const first = await start({ data, preset: "empty" });
    expect(first.stderr.join("\n")).not.toContain("resumed");
    await first.stop();
    const second = await start({ data, preset: "full-256" });
    expect(second.document.genesisHash).toBe(first.document.genesisHash);
    expect(second.stderr.join("\n")).toMatch(/resumed at block 1 \(--preset is for new ones\)/);
    await second.stop();
  });

  it("prints a line for each block with transactions, none for an empty one, and every block with -v", async () => {
    const [quiet, loud] = await Promise.all([start({}), start({ verbose: true })]);
    for (const run of [quiet, loud]) {
      await run.verb("as", "//Alice");
      const blocks = (): string[] => run.stderr.filter((line) => line.includes("  #"));
      const before = blocks().length;
      await run.verb("mine", "3");
      expect(blocks()).toHaveLength(run === loud ? before + 3 : before);
      await run.verb("mine", "--tx", remarkOf("//Alice"));
      expect(blocks().at(-1)).toMatch(/^ \d\d:\d\d:\d\d {2}#\d+ {2}remark ok {3}\d+\.\d ms$/);
    }
    await Promise.all([quiet.stop(), loud.stop()]);
  });

  it("tells that it lives every hundred blocks where nobody watches", async () => {
    const [watched, alone] = await Promise.all([start({}, [], true), start({}, [], false)]);
    for (const run of [watched, alone]) await run.verb("mine", "--to", "201");
    expect(watched.stderr.filter((line) => line.includes("#"))).toEqual([]);
    expect(alone.stderr.filter((line) => line.includes("#")).map((line) => /#\d+/.exec(line)?.[0])).toEqual([
      "#100",
      "#200",
    ]);
    await Promise.all([watched.stop(), alone.stop()]);
  });

  it("writes where it is for scripts, readable by its user only", async () => {
    const run = await start({ preset: "two-validators" });
    const { document } = run;
    expect(document).toMatchObject({ v: 1, pid: process.pid, netuids: [0, 1, 2], blocks: { mode: "manual" } });
    expect(document.accounts[0]).toMatchObject({ uri: "//Alice", freeRao: "1000000000000000" });
    expect(document.urls.metrics).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/metrics$/);
    expect((await fetch(String(document.urls.metrics))).status).toBe(200);
    expect(statSync(path.join(folder, `ready-${runs - 1}.json`)).mode & 0o777).toBe(0o600);
    await run.stop();
  });

  it("is a stream of JSON events on stdout with --json, from ready to stopped", async () => {
    const run = await start({ json: true, verbose: true });
    await run.verb("mine", "2");
    expect(await run.stop()).toBe(0);
    const events = run.stdout.map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(events.map(({ type }) => type)).toEqual(["chain.ready", "chain.block", "chain.block", "chain.stopped"]);
    expect(events.map(({ seq, v }) => [v, seq])).toEqual([0, 1, 2, 3].map((seq) => [1, seq]));
    expect(events[0]).toMatchObject({ genesisHash: run.document.genesisHash });
    expect(events[1]).toMatchObject({ number: 2, extrinsics: [], retracted: [] });
    expect(events[3]).toMatchObject({ exitCode: 0, reason: "SIGINT", block: 3 });
  });

  it("keeps the state in a folder or a file when told to, and says so", async () => {
    const state = path.join(folder, "kept.state");
    const first = await start({ state });
    await first.verb("mine", "--to", "9");
    await first.stop();
    expect(first.stderr.at(-1)).toContain(`state saved to ${state}`);
    const second = await start({ state });
    expect(JSON.parse(await second.verb("info", "--json"))).toMatchObject({ block: 9 });
    await second.stop();
  });

  it("logs requests for people", async () => {
    const run = await start({ logRpc: "chain_*" });
    await run.verb("mine");
    await run.verb("mine");
    await until(
      "requests are logged",
      () => run.stderr.some((line) => / rpc {2}block \d+ {2}calls chain_getHeader/.test(line)),
      5_000,
    );
    await run.stop();
  });

  it("names who holds its port, and refuses wrong settings, before anything runs", async () => {
    const holder = createServer();
    await new Promise<void>((resolve) => holder.listen(0, "127.0.0.1", resolve));
    const address = holder.address();
    const port = typeof address === "object" && address !== null ? String(address.port) : "";
    const causeText = expect.stringContaining(`pid ${process.pid}`) as string;
    await expect(runDev({ port }, [])).rejects.toMatchObject({ code: "E_PORT_BUSY", exitCode: 3, data: { causeText } });
    await new Promise((resolve) => holder.close(resolve));
    await expect(runDev({ preset: "huge" }, [])).rejects.toMatchObject({ code: "E_CONFIG_VALUE" });
    await expect(runDev({}, ["--histroy", "3"])).rejects.toMatchObject({ code: "E_USAGE" });
  });
});
