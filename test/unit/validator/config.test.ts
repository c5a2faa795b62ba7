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

  describe("roles", () => {
    const alone = (...flags: string[]) =>
      loadConfig(validatorConfig, { argv: ["--netuid=2", "--subnet-definition=s.mjs", ...flags], env: {} }).config;
    const missing = (key: string) =>
      expect.objectContaining({ code: "E_CONFIG_VALUE", data: expect.objectContaining({ key }) });

    it("are all of them by default, and a list of some otherwise", () => {
      expect(load().roles).toEqual(["plan", "query", "score", "weights"]);
      expect(load("--roles", "query,score").roles).toEqual(["query", "score"]);
      expect(() => load("--roles", "query,sing")).toThrow(missing("roles.1"));
    });

    it("need only what they use: the chain for plan and weights, the key for who signs", () => {
      const [address, key, chain] = ["--hotkey-address=5F", "--hotkey-file=h", "--chain-endpoints=ws://127.0.0.1:1"];
      expect(alone("--roles=score", address)).toMatchObject({ hotkeyAddress: "5F", chainEndpoints: [] });
      expect(() => alone("--roles=score")).toThrow(missing("hotkeyFile"));
      expect(() => alone("--roles=score", "--evidence-dir=e", address)).toThrow(missing("hotkeyFile"));
      expect(() => alone("--roles=query", address)).toThrow(missing("hotkeyFile"));
      expect(alone("--roles=query", key).roles).toEqual(["query"]);
      expect(() => alone("--roles=plan", address)).toThrow(missing("chainEndpoints"));
      expect(alone("--roles=plan", address, chain).roles).toEqual(["plan"]);
      expect(() => alone("--roles=weights", address, chain)).toThrow(missing("hotkeyFile"));
    });
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
