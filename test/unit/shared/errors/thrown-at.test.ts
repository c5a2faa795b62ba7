import { thrownAt } from "@subnetkit/shared/errors/thrown-at";
import { describe, expect, it } from "vitest";

describe("thrownAt", () => {
  it("is the place in our own code, also where Node threw", () => {
    const here = /^\/.*thrown-at\.test\.ts:\d+:\d+$/;
    expect(thrownAt(new Error("no"))).toMatch(here);
    expect(thrownAt(new Error(""))).toMatch(here);
    try {
      JSON.parse("{");
    } catch (error) {
      expect(thrownAt(error)).toMatch(here);
    }
  });

  it("takes nothing from the message", () => {
    expect(thrownAt(new Error("no\n    at evil (/evil.ts:1:1)"))).toMatch(/thrown-at\.test\.ts/);
    const changed = new Error("no\n    at evil (/evil.ts:1:1)");
    expect(changed.stack).toContain("evil");
    changed.message = "other words";
    expect(thrownAt(changed)).toBeUndefined();
    changed.message = "";
    expect(thrownAt(changed)).toBeUndefined();
  });

  it("is undefined for what has no stack", () => {
    expect([thrownAt("text"), thrownAt(undefined), thrownAt(Object.assign(new Error("x"), { stack: 1 }))]).toEqual([
      undefined,
      undefined,
      undefined,
    ]);
  });
});
