import { minerConfig } from "@subnetkit/miner/config";
import { loadConfig } from "@subnetkit/shared/config/define";
import { configHelp } from "@subnetkit/shared/config/help";
import { keypairFromUri } from "@subnetkit/shared/crypto/keypair";
import { describe, expect, test } from "vitest";

const required = [
  "--chain-endpoints=ws://127.0.0.1:9944",
  "--netuid=2",
  "--hotkey-file=hot.json",
  "--subnet-definition=definition.mjs",
  "--solvers=solvers.mjs",
];
const load = (...argv: string[]) => loadConfig(minerConfig, { argv: [...required, ...argv], env: {} }).config;

describe("minerConfig", () => {
  test("has safe defaults: a permit is required, status pages stay on loopback, nothing is announced", () => {
    expect(load()).toMatchObject({
      chainEndpoints: ["ws://127.0.0.1:9944"],
      netuid: 2,
      variant: "default",
      requirePermit: true,
      minStakeRao: 0n,
      metricsHost: "127.0.0.1",
      waitForRegistration: false,
    });
    expect(load().announceIp).toBeUndefined();
  });

  test("takes amounts beyond 53 bits exactly", () => {
    expect(load("--min-stake-rao=18446744073709551615").minStakeRao).toBe(18_446_744_073_709_551_615n);
  });

  test("refuses what cannot be meant", () => {
    for (const flag of [
      "--netuid=0",
      "--port=70000",
      "--announce-ip=localhost",
      "--chain-endpoints=http://x",
      "--max-queued=-1",
    ]) {
      const argv = required.filter((entry) => entry.split("=")[0] !== flag.split("=")[0]);
      expect(() => loadConfig(minerConfig, { argv: [...argv, flag], env: {} })).toThrow();
    }
  });

  test("takes hotkeys as addresses that can be meant: one with a letter wrong would never be found", () => {
    const [alice, bob] = ["//Alice", "//Bob"].map((uri) => keypairFromUri(uri, "ed25519").address);
    expect(load().ed25519Callers).toEqual([]);
    expect(load(`--ed25519-callers=${alice},${bob}`).ed25519Callers).toEqual([alice, bob]);
    for (const wrong of [alice?.slice(0, -1), alice?.replace(/.$/, (end) => (end === "a" ? "b" : "a")), "//Alice"])
      expect(() => load(`--ed25519-callers=${bob},${wrong}`)).toThrow("not a hotkey");
  });

  test("describes every key in its help", () => {
    const help = configHelp(minerConfig);
    for (const field of minerConfig.fields) {
      expect(field.description).not.toBe("");
      // A secret has no flag: a command line is readable by every user of the machine.
      expect(help).toContain(field.secret ? field.env : field.flag);
    }
  });
});
