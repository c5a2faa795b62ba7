import { roundSeed } from "@subnetkit/shared/subnet";
import { describe, expect, it } from "vitest";
import { codeOf } from "./fixtures.ts";

const base = {
  blockHash: `0x${"ab".repeat(32)}`,
  validatorHotkey: "5Alice",
  round: 7,
  secret: new Uint8Array(32).fill(1),
};

describe("roundSeed", () => {
  it("is 64 hex digits that change with every part", () => {
    const seeds = [
      roundSeed(base),
      roundSeed({ ...base, blockHash: `0x${"ac".repeat(32)}` }),
      roundSeed({ ...base, validatorHotkey: "5Bob" }),
      roundSeed({ ...base, round: 8 }),
      roundSeed({ ...base, secret: new Uint8Array(32).fill(2) }),
    ];
    expect(new Set(seeds).size).toBe(5);
    for (const seed of seeds) expect(seed).toMatch(/^[0-9a-f]{64}$/);
    expect(roundSeed({ ...base })).toBe(seeds[0]);
  });

  it("does not confuse the end of one part with the start of the next", () => {
    expect(roundSeed({ ...base, validatorHotkey: "5Al", blockHash: "x5" })).not.toBe(
      roundSeed({ ...base, validatorHotkey: "l", blockHash: "x55A" }),
    );
  });

  it("refuses a secret that could be guessed", async () => {
    expect(await codeOf(() => roundSeed({ ...base, secret: new Uint8Array(15) }))).toBe("E_INTERNAL");
  });
});
