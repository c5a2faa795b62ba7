import { loadConfig } from "@subnetkit/shared/config/define";
import { describe, expect, it } from "vitest";
import { validatorConfig } from "../../../validator/src/config.ts";

const needed = [
  "--chain-endpoints",
  "ws://127.0.0.1:1",
  "--netuid",
  "2",
  "--hotkey-file",
  "h",
  "--subnet-definition",
  "s.mjs",
];
const load = (...more: string[]) => loadConfig(validatorConfig, { argv: [...needed, ...more], env: {} }).config;

describe("the configuration of a validator", () => {
  it("needs four values and has a default for the rest", () => {
    expect(load()).toMatchObject({
      chainEndpoints: ["ws://127.0.0.1:1"],
      netuid: 2,
      submitFrom: 0.5,
      allowPrivate: false,
      metricsPort: 0,
    });
    expect(() => loadConfig(validatorConfig, { argv: [], env: {} })).toThrow(
      expect.objectContaining({ code: "E_CONFIG_VALUE" }),
    );
  });

  it.each(["plain", "{a", "{a}b", "{a b}", "{}"])(
    "refuses %s as the prefix of the keys: it must be one hash tag",
    (prefix) => {
      expect(() => load("--redis-prefix", prefix)).toThrow(expect.objectContaining({ code: "E_CONFIG_VALUE" }));
      expect(load("--redis-prefix", "{net:0}").redisPrefix).toBe("{net:0}");
    },
  );

  it("never takes a Redis password from the command line", () => {
    expect(() => load("--redis-url", "redis://:secret@h")).toThrow(expect.objectContaining({ code: "E_SECRET_FLAG" }));
    const env = { SUBNETKIT_VALIDATOR_REDIS_URL: "redis://:secret@h" };
    expect(loadConfig(validatorConfig, { argv: needed, env }).config.redisUrl).toBe("redis://:secret@h");
  });
});
