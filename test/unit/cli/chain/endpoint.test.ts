import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { chainEndpoint, DEFAULT_ENDPOINT } from "@subnetkit/cli/chain/endpoint";
import { claimRunFile } from "@subnetkit/cli/local/supervisor/run-file";
import { afterEach, describe, expect, it } from "vitest";
import { runChain, startChainCli } from "./support.ts";

const folder = mkdtempSync(path.join(tmpdir(), "chain-endpoint-"));
const runFile = path.join(folder, "network.json");
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe("the chain that a verb talks to", () => {
  it("is the one given, else that of the running network, else the default", async () => {
    expect(await chainEndpoint(undefined, runFile)).toBe(DEFAULT_ENDPOINT);
    const run = claimRunFile(runFile, 20_000);
    expect(await chainEndpoint(undefined, runFile)).toBe("ws://127.0.0.1:20044");
    run.update({ urls: { chain: "ws://127.0.0.1:30044" } });
    expect(await chainEndpoint(undefined, runFile)).toBe("ws://127.0.0.1:30044");
    expect(await chainEndpoint("ws://127.0.0.1:1", runFile)).toBe("ws://127.0.0.1:1");
    run.remove();
  });

  it("comes from the environment where no flag names it", async () => {
    const { chain, close } = await startChainCli();
    process.env["SUBNETKIT_CHAIN_ENDPOINT"] = chain.httpUrl;
    const info = JSON.parse(await runChain(["info", "--json"])) as { genesisHash: string };
    delete process.env["SUBNETKIT_CHAIN_ENDPOINT"];
    await close();
    expect(info.genesisHash).toBe(chain.genesisHash);
  });
});
