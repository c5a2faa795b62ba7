import { judgeServe } from "@subnetkit/chain/client/serve";
import { describe, expect, test } from "vitest";

const axon = { ip: "8.8.8.8", port: 8091, version: 1, protocol: 4 };
const announced = { ...axon, ipType: 4, block: 100 } as const;

describe("judgeServe", () => {
  test("announces the first address at once, whatever the rate limit", () => {
    expect(judgeServe({ announced: undefined, axon, rateLimitBlocks: 50, nextBlock: 1 }).kind).toBe("due");
  });

  test("leaves a standing announcement alone", () => {
    expect(judgeServe({ announced, axon, rateLimitBlocks: 0, nextBlock: 500 }).kind).toBe("unchanged");
  });

  test("waits exactly as long as the chain demands before a change", () => {
    const changed = { ...axon, port: 8092 };
    expect(judgeServe({ announced, axon: changed, rateLimitBlocks: 50, nextBlock: 149 })).toMatchObject({
      kind: "tooSoon",
      blocksLeft: 1,
    });
    expect(judgeServe({ announced, axon: changed, rateLimitBlocks: 50, nextBlock: 150 }).kind).toBe("due");
    expect(judgeServe({ announced, axon: changed, rateLimitBlocks: 0, nextBlock: 101 }).kind).toBe("due");
  });

  test("sees a change in every announced part", () => {
    for (const change of [{ ip: "8.8.4.4" }, { port: 1 }, { version: 2 }, { protocol: 0 }]) {
      expect(judgeServe({ announced, axon: { ...axon, ...change }, rateLimitBlocks: 0, nextBlock: 101 }).kind).toBe(
        "due",
      );
    }
  });

  test("a fingerprint is a part like the others: new, changed or no longer wanted, it is due; the same one is left alone", () => {
    const [one, other] = [new Uint8Array(32).fill(1), new Uint8Array(32).fill(2)];
    const plan = (published: Uint8Array | undefined, wanted: Uint8Array | undefined) =>
      judgeServe({
        announced,
        fingerprint: published,
        axon: { ...axon, fingerprint: wanted },
        rateLimitBlocks: 0,
        nextBlock: 101,
      });
    expect(plan(undefined, one)).toMatchObject({ kind: "due", published: false });
    expect(plan(one, other)).toMatchObject({ kind: "due", published: true });
    expect(plan(one, undefined)).toMatchObject({ kind: "due", published: true });
    expect(plan(one, Uint8Array.from(one)).kind).toBe("unchanged");
    expect(plan(undefined, undefined).kind).toBe("unchanged");
  });
});
