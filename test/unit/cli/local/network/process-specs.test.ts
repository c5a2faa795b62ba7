import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { planNetwork } from "@subnetkit/cli/local/network/plan";
import { validatorSpec } from "@subnetkit/cli/local/network/process-specs";
import type { CompiledSubnet } from "@subnetkit/cli/local/network/subnet-file";
import { localPaths } from "@subnetkit/cli/local/paths";
import { loadConfig } from "@subnetkit/shared/config/define";
import { validatorConfig } from "@subnetkit/validator/config";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), "specs-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe("a validator of the local network", () => {
  it("is given a configuration that it takes, and keeps evidence with the state, apart from other validators", () => {
    const paths = localPaths("/clone", folder);
    const plan = planNetwork({ cast: [{ variant: "default", label: "a" }], portBase: 9_900, validators: 2 });
    const subnet = { definitionFile: "/build/definition.mjs" } as CompiledSubnet;
    const folders = plan.validators.map((validator) => {
      const spec = validatorSpec({ paths, ports: plan.ports, env: {} }, validator, subnet, {
        netuid: 2,
        redisUrl: "redis://127.0.0.1:9990",
        networkId: "sk-1",
      });
      const file = spec.command.args.at(-1) ?? "";
      expect(JSON.parse(readFileSync(file, "utf8"))).toMatchObject({ name: validator.name });
      const { config } = loadConfig(validatorConfig, { argv: ["--config", file], env: {} });
      return config.evidenceDir ?? "";
    });
    expect(new Set(folders).size).toBe(2);
    // Dropped with everything else that a fresh start drops.
    for (const each of folders) expect(path.relative(paths.state, each)).toMatch(/^evidence\//);
  });
});
