import { nodeConfig } from "@subnetkit/chain/node/config";
import { devArgv } from "@subnetkit/cli/chain/dev/argv";
import { loadConfig } from "@subnetkit/shared/config/define";
import { isAppError } from "@subnetkit/shared/errors/app-error";
import { describe, expect, it } from "vitest";

const configOf = (flags: Parameters<typeof devArgv>[0], rest: readonly string[] = []): Record<string, unknown> =>
  loadConfig(nodeConfig, { argv: devArgv(flags, rest), env: {} }).config;

describe("options of chain dev", () => {
  it("mean settings of the chain", () => {
    const flags = { preset: "empty", data: "./here", port: "0", history: "100", relaxed: true, mockSignatures: true };
    expect(configOf({ ...flags, logRpc: "state_*" })).toMatchObject({
      preset: "empty",
      stateDir: "./here",
      port: 0,
      history: 100,
      relaxed: true,
      mockSignatures: true,
      logRpc: "state_*",
    });
    expect(configOf({ genesis: "g.json", state: "s.state" })).toMatchObject({ genesis: "g.json", state: "s.state" });
  });

  it("take the time between blocks as people say it, or how blocks come instead", () => {
    expect(configOf({ blockTime: "250ms" })).toMatchObject({ mode: "interval", blockMs: 250 });
    expect(configOf({ blockTime: "12s" })).toMatchObject({ mode: "interval", blockMs: 12_000 });
    expect(configOf({ blockTime: "instant" })).toMatchObject({ mode: "instant" });
    expect(configOf({ blockTime: "manual" })).toMatchObject({ mode: "manual" });
    for (const blockTime of ["fast", "", "-1s", "12 s", "1y"])
      expect(() => configOf({ blockTime })).toThrow(expect.objectContaining({ code: "E_USAGE" }) as Error);
    expect(() => configOf({ blockTime: "2h" })).toThrow(expect.objectContaining({ code: "E_CONFIG_VALUE" }) as Error);
  });

  it("keep every block or the newest state, not both, in the words that were typed", () => {
    expect(() => configOf({ state: "s", data: "d" })).toThrow("--state and --data exclude each other");
  });

  it("leave every other setting to its own flag, and refuse one that is given both ways", () => {
    expect(configOf({}, ["--metrics-port", "0", "--finality-lag=3", "--no-dev-verbs"])).toMatchObject({
      metricsPort: 0,
      finalityLag: 3,
      devVerbs: false,
    });
    const twice = (): unknown => configOf({ port: "1" }, ["--port", "2"]);
    expect(twice).toThrow(expect.objectContaining({ code: "E_USAGE" }) as Error);
    try {
      configOf({}, ["--prot", "2"]);
    } catch (error) {
      expect(isAppError(error, "E_USAGE") && error.remedy).toContain("--port");
    }
  });
});
