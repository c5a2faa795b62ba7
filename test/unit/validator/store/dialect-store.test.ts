import type { Redis } from "ioredis";
import { describe, expect, it } from "vitest";
import type { Spoken } from "../../../../validator/src/round/dialects/spoken.ts";
import { createDialectStore } from "../../../../validator/src/store/dialect-store.ts";
import { createScoreStore } from "../../../../validator/src/store/score-store.ts";
import { freshKeys, useTestRedis } from "../support/state.ts";

let redis: Redis;
useTestRedis((given) => {
  redis = given;
});

const axon: Spoken = { dialect: "axon", place: "1.2.3.4 8091 10005000", learntAtMs: 5 };
const btauth: Spoken = { ...axon, dialect: "btauth" };

describe("the dialects of miners", () => {
  it("are kept by hotkey, and the last one learnt stays", async () => {
    const store = createDialectStore(redis, freshKeys());
    await store.keep(new Map([["a", axon]]));
    await store.keep(new Map([["a", btauth]]));
    await store.keep(new Map([["b", axon]]));
    await store.keep(new Map());
    expect(await store.of(["a", "b", "c"])).toEqual(
      new Map([
        ["a", btauth],
        ["b", axon],
      ]),
    );
    expect(await store.of([])).toEqual(new Map());
  });

  it("are forgotten with the scores of a hotkey that left", async () => {
    const keys = freshKeys();
    const store = createDialectStore(redis, keys);
    await store.keep(
      new Map([
        ["gone", axon],
        ["here", axon],
      ]),
    );
    await createScoreStore(redis, keys).forget(["gone"]);
    expect([...(await store.of(["gone", "here"])).keys()]).toEqual(["here"]);
  });
});
