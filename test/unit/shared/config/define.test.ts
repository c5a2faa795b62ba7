import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { defineConfig, loadConfig, redactedConfig } from "@subnetkit/shared/config/define";
import { configHelp, configTable } from "@subnetkit/shared/config/help";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { z } from "zod";

const definition = defineConfig({
  name: "miner",
  describe: "answers requests",
  schema: z.object({
    chainUrl: z.url().default("ws://127.0.0.1:9944").describe("the chain's WebSocket"),
    netuid: z.int().min(0).max(65_535).describe("the subnet"),
    metricsPort: z.int().min(0).max(65_535).default(9_200),
    allowPrivate: z.boolean().default(false),
    minStakeRao: z.bigint().optional(),
    peers: z.array(z.string()).default([]),
    weights: z.array(z.number()).optional(),
    limits: z.object({ perSecond: z.number() }).default({ perSecond: 10 }),
    mode: z.enum(["fast", "slow"]).default("fast"),
    walletUri: z.string().meta({ secret: true, description: "the hotkey" }).optional(),
  }),
});

let folder = "";
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "subnetkit-config-"));
});
afterAll(() => rmSync(folder, { recursive: true }));

function file(content: unknown): string {
  const path = join(folder, `${Math.random()}.json`);
  writeFileSync(path, typeof content === "string" ? content : JSON.stringify(content));
  return path;
}

function load(argv: string[], env: Record<string, string> = {}) {
  return loadConfig(definition, { argv, env });
}

function failure(argv: string[], env: Record<string, string> = {}): unknown {
  try {
    return load(argv, env);
  } catch (error) {
    return error;
  }
}

describe("loadConfig", () => {
  it("lets a flag win over a variable, that over the file, that over the default, and says which", () => {
    const path = file({ netuid: 1, metricsPort: 1, mode: "slow" });
    const { config, sources } = load(["--config", path, "--netuid", "3"], {
      SUBNETKIT_MINER_NETUID: "2",
      SUBNETKIT_MINER_METRICS_PORT: "2",
    });
    expect(config).toMatchObject({ netuid: 3, metricsPort: 2, mode: "slow", allowPrivate: false });
    expect(sources).toMatchObject({ netuid: "flag", metricsPort: "env", mode: "file", allowPrivate: "default" });
  });

  it("reads every kind of value from text", () => {
    const flags = [
      "--netuid=2",
      "--allow-private",
      "--min-stake-rao",
      "18446744073709551615",
      "--peers",
      "a, b",
      "--weights=1,2.5",
      "--limits",
      '{"perSecond":3}',
    ];
    expect(load(flags).config).toMatchObject({
      allowPrivate: true,
      minStakeRao: 18_446_744_073_709_551_615n,
      peers: ["a", "b"],
      weights: [1, 2.5],
      limits: { perSecond: 3 },
    });
    expect(
      load(["--netuid=2", "--no-allow-private"], { SUBNETKIT_MINER_ALLOW_PRIVATE: "yes" }).config.allowPrivate,
    ).toBe(false);
    expect(
      load(["--netuid=2"], { SUBNETKIT_MINER_ALLOW_PRIVATE: "on", SUBNETKIT_MINER_PEERS: "" }).config,
    ).toMatchObject({ allowPrivate: true, peers: [] });
  });

  it("names an unknown flag and what was probably meant", () => {
    expect(failure(["--metric-port", "1"])).toMatchObject({
      code: "E_USAGE",
      exitCode: 2,
      message: "Unknown flag --metric-port.",
      remedy: expect.stringContaining("Did you mean --metrics-port?"),
    });
  });

  it.each([
    [["--netuid"], "needs a value"],
    [["--netuid", "--mode", "fast"], "needs a value"],
    [["--netuid", "1", "--netuid", "2"], "given twice"],
    [["--config", "a", "--config", "b"], "given twice"],
    [["--no-allow-private=1"], "takes no value"],
    [["netuid"], "nexpected word"],
  ])("refuses the command line %j", (argv, message) => {
    expect(failure(argv)).toMatchObject({ code: "E_USAGE", message: expect.stringContaining(message) });
  });

  it.each([
    [["--netuid", "two"], {}, "netuid", "flag"],
    [["--netuid", "70000"], {}, "netuid", "flag"],
    [["--netuid", ""], {}, "netuid", "flag"],
    [["--netuid", "0x10"], {}, "netuid", "flag"],
    [["--netuid", "1"], { SUBNETKIT_MINER_MODE: "medium" }, "mode", "env"],
    [["--netuid", "1"], { SUBNETKIT_MINER_ALLOW_PRIVATE: "perhaps" }, "allowPrivate", "env"],
    [["--netuid", "1", "--limits", "{"], {}, "limits", "flag"],
    [["--netuid", "1", "--limits", '{"perSecond":"x"}'], {}, "limits.perSecond", "flag"],
  ])("names the key and the source of a bad value: %j %j", (argv, env, key, source) => {
    expect(failure(argv, env)).toMatchObject({ code: "E_CONFIG_VALUE", exitCode: 3, data: { key, source } });
  });

  it("says how to give a required value that is missing", () => {
    expect(failure([])).toMatchObject({
      code: "E_CONFIG_VALUE",
      message: expect.stringContaining("netuid"),
      remedy: expect.stringContaining("--netuid or SUBNETKIT_MINER_NETUID"),
    });
  });

  it("refuses a file that is missing, not JSON or not an object, without quoting it", () => {
    for (const path of [join(folder, "none.json"), file("{secret-material"), file([1]), file("null")]) {
      const error = failure(["--config", path]);
      expect(error).toMatchObject({ code: "E_CONFIG_FILE" });
      expect(JSON.stringify(error)).not.toContain("secret-material");
    }
  });

  it("refuses a key in the file that nobody reads, with a guess", () => {
    expect(failure(["--config", file({ netuid: 1, metricPort: 3 })])).toMatchObject({
      code: "E_CONFIG_UNKNOWN_KEY",
      data: { key: "metricPort", didYouMean: "metricsPort" },
    });
  });

  it("does not take what every object inherits for a key of the file", () => {
    expect(failure(["--config", file('{"netuid": 1, "__proto__": {"mode": "slow"}}')])).toMatchObject({
      code: "E_CONFIG_UNKNOWN_KEY",
    });
  });

  it("ignores variables it does not know: a container platform sets many", () => {
    expect(load(["--netuid", "1"], { SUBNETKIT_MINER_SERVICE_HOST: "10.0.0.1" }).config.netuid).toBe(1);
  });
});

describe("secrets of a configuration", () => {
  it("are refused on the command line, where every user can read them", () => {
    const error = failure(["--wallet-uri", "//Alice//hunter2"]);
    expect(error).toMatchObject({
      code: "E_SECRET_FLAG",
      remedy: expect.stringContaining("SUBNETKIT_MINER_WALLET_URI"),
    });
    expect(JSON.stringify(error)).not.toContain("hunter2");
  });

  it("come from the environment and the file, and are never printed", () => {
    const { config } = load(["--netuid", "1"], { SUBNETKIT_MINER_WALLET_URI: "//hunter2" });
    expect(config.walletUri).toBe("//hunter2");
    expect(redactedConfig(definition, config)).toMatchObject({ walletUri: "[redacted]", netuid: 1 });
    expect(redactedConfig(definition, load(["--netuid", "1"]).config)["walletUri"]).toBeUndefined();
  });
});

describe("configHelp and configTable", () => {
  it("show flags with types and defaults, and secrets by their variable only", () => {
    const help = configHelp(definition);
    expect(help).toContain("--chain-url      the chain's WebSocket (text, default ws://127.0.0.1:9944)");
    expect(help).toContain("--netuid         the subnet (number, required)");
    expect(help).toMatch(/--mode +mode \(one of fast, slow, default fast\)/);
    expect(help).toContain("SUBNETKIT_MINER_WALLET_URI  the hotkey");
    expect(help).not.toContain("--wallet-uri");
  });

  it("make one row per key", () => {
    const rows = configTable(definition).trim().split("\n").slice(2);
    expect(rows).toHaveLength(definition.fields.length);
    expect(rows[0]).toBe(
      "| `chainUrl` | `--chain-url` | `SUBNETKIT_MINER_CHAIN_URL` | text | ws://127.0.0.1:9944 | the chain's WebSocket |",
    );
  });
});
