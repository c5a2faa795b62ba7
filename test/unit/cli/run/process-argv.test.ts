import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { minerCommand } from "@subnetkit/cli/commands/processes";
import type { CompiledSubnet } from "@subnetkit/cli/local/network/subnet-file";
import { inOptions, processArgv, type RunFlags } from "@subnetkit/cli/run/process-argv";
import { errorText } from "@subnetkit/cli/system/report-error";
import { minerConfig } from "@subnetkit/miner/config";
import { loadConfig } from "@subnetkit/shared/config/define";
import { writeKeyfile } from "@subnetkit/shared/crypto/keyfile";
import { isAppError } from "@subnetkit/shared/errors/app-error";
import { validatorConfig } from "@subnetkit/validator/config";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

let home: string;
let key: string;

beforeAll(async () => {
  home = mkdtempSync(path.join(tmpdir(), "subnetkit-home-"));
  key = path.join(home, ".bittensor", "wallets", "w", "hotkeys", "h");
  await writeKeyfile(key, "//Miner//0//hot");
});
afterAll(() => rmSync(home, { recursive: true, force: true }));

const compiled = {
  definitionFile: "/build/definition.mjs",
  solversFile: "/build/solvers.mjs",
  folder: "/subnet",
  variants: new Map([
    ["default", {}],
    ["large", {}],
  ]),
} as unknown as CompiledSubnet;

const argvOf = (kind: "miner" | "validator", flags: RunFlags, rest: readonly string[] = []): Promise<string[]> =>
  processArgv(kind, flags, rest, {
    home,
    localEndpoint: () => Promise.resolve("ws://127.0.0.1:9944"),
    compile: () => Promise.resolve(compiled),
  });

const all = { subnet: "digits", netuid: "2", wallet: "w", hotkey: "h", network: "ws://node:9944" };

async function codeOf(run: Promise<unknown>): Promise<string> {
  try {
    await run;
  } catch (error) {
    return isAppError(error) ? error.code : String(error);
  }
  return "nothing";
}

describe("options of miner run", () => {
  it("mean settings of the miner", async () => {
    const argv = await argvOf("miner", { ...all, variant: "large" }, ["--port", "0"]);
    expect(loadConfig(minerConfig, { argv, env: {} }).config).toMatchObject({
      chainEndpoints: ["ws://node:9944"],
      netuid: 2,
      hotkeyFile: key,
      subnetDefinition: "/build/definition.mjs",
      solvers: "/build/solvers.mjs",
      modelFolder: "/subnet",
      variant: "large",
      port: 0,
    });
  });

  it("say with --network local what a miner on this machine needs, unless it is told otherwise", async () => {
    const local = { ...all, network: "local" };
    const config = (argv: string[]) => loadConfig(minerConfig, { argv, env: {} }).config;
    expect(config(await argvOf("miner", local))).toMatchObject({
      chainEndpoints: ["ws://127.0.0.1:9944"],
      announceIp: "0.0.0.1",
      host: "127.0.0.1",
    });
    const told = await argvOf("miner", local, ["--announce-ip", "203.0.113.7", "--host=0.0.0.0"]);
    expect(config(told)).toMatchObject({ announceIp: "203.0.113.7", host: "0.0.0.0" });
  });

  it("know the public networks by name, and guess a name that is misspelt", async () => {
    expect(await argvOf("miner", { network: "finney" })).toEqual([
      "--chain-endpoints=wss://entrypoint-finney.opentensor.ai:443",
    ]);
    await expect(argvOf("miner", { network: "finey" })).rejects.toThrow("did you mean finney?");
    await expect(argvOf("miner", { network: "http://x" })).rejects.toThrow("ws:// URL");
  });

  it("refuse an unknown variant with the ones there are, and an unknown wallet", async () => {
    await expect(argvOf("miner", { subnet: "digits", variant: "huge" })).rejects.toMatchObject({
      code: "E_VARIANT_UNKNOWN",
      data: { known: ["default", "large"] },
    });
    expect(await codeOf(argvOf("miner", { wallet: "x" }))).toBe("E_WALLET_UNKNOWN");
    // The wallet that btcli would take.
    await expect(argvOf("miner", { hotkey: "h" })).rejects.toMatchObject({ data: { wallet: "default" } });
    expect(await argvOf("miner", { wallet: "w", hotkey: "h", walletPath: "~/.bittensor/wallets" })).toEqual([
      `--hotkey-file=${key}`,
    ]);
  });

  it("leave everything else to the process: a setting given both ways is given twice", async () => {
    expect(await argvOf("miner", {}, ["--config", "miner.json"])).toEqual(["--config", "miner.json"]);
    const argv = await argvOf("miner", { netuid: "2" }, ["--netuid=3"]);
    expect(() => loadConfig(minerConfig, { argv, env: {} })).toThrow("--netuid is given twice");
  });
});

describe("the command line of miner run", () => {
  it("is parted into options and settings of the process, in any order", () => {
    const run = minerCommand().commands[0];
    const words = [
      "--port",
      "0",
      "--subnet",
      "./x.ts",
      "--no-require-permit",
      "--wallet=w",
      "--config=f.json",
      "--netuid",
      "2",
    ];
    const { operands, unknown } = run?.parseOptions(words) ?? { operands: [], unknown: [] };
    expect(run?.opts()).toEqual({ subnet: "./x.ts", wallet: "w", netuid: "2" });
    expect([...operands, ...unknown]).toEqual(["--port", "0", "--no-require-permit", "--config=f.json"]);
  });
});

describe("options of validator run", () => {
  it("mean settings of the validator, which has no solvers", async () => {
    const argv = await argvOf("validator", { ...all, network: "local" });
    expect(loadConfig(validatorConfig, { argv, env: {} }).config).toMatchObject({
      chainEndpoints: ["ws://127.0.0.1:9944"],
      allowPrivate: true,
      netuid: 2,
      hotkeyFile: key,
      subnetDefinition: "/build/definition.mjs",
    });
    expect(argv.join(" ")).not.toContain("solvers");
    expect(await argvOf("validator", { network: "local" }, ["--no-allow-private"])).not.toContain("--allow-private");
  });
});

describe("a setting that is missing", () => {
  it.each([
    [{ ...all, network: undefined }, "--network local"],
    [{ ...all, netuid: undefined }, "--netuid N"],
    [{ ...all, wallet: undefined, hotkey: undefined }, "--wallet NAME --hotkey NAME"],
    [{ ...all, subnet: undefined }, "--subnet NAME or PATH"],
  ])("is asked for by its option", async (flags, option) => {
    const given = Object.fromEntries(Object.entries(flags).filter(([, value]) => value !== undefined)) as RunFlags;
    const argv = await argvOf("miner", given);
    let text = "";
    try {
      loadConfig(minerConfig, { argv, env: {} });
    } catch (error) {
      text = errorText(inOptions(error));
    }
    expect(text).toContain("E_USAGE");
    expect(text).toContain(option);
  });

  it("names all that is missing at once, and none of it twice", () => {
    let text = "";
    try {
      loadConfig(minerConfig, { argv: ["--netuid=2"], env: {} });
    } catch (error) {
      text = errorText(inOptions(error));
    }
    expect(text).toContain("Not given: the chain, the key, the subnet.");
    for (const option of ["--network", "--wallet", "--subnet"]) expect(text.split(option)).toHaveLength(2);
    expect(text).not.toContain("which netuid");
  });
});
