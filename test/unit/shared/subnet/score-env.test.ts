import { createScoreEnv, splitEnv } from "@subnetkit/shared/subnet";
import { expect, it } from "vitest";

it("gives each label numbers of its own that do not depend on what else was drawn", () => {
  const env = createScoreEnv({ block: 5, seed: "s" });
  const first = splitEnv(env, "a").random();
  env.random();
  expect(splitEnv(env, "a").random()).toBe(first);
  expect(splitEnv(env, "b").random()).not.toBe(first);
  expect(splitEnv(env, "a")).toMatchObject({ block: 5, seed: "s" });
});
