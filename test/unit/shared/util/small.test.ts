import { assertNever } from "@subnetkit/shared/util/assertNever";
import { createBoundedMap } from "@subnetkit/shared/util/boundedMap";
import { didYouMean } from "@subnetkit/shared/util/didYouMean";
import { describe, expect, it } from "vitest";

describe("assertNever", () => {
  it("throws E_INTERNAL naming the kind that should not exist", () => {
    expect(() => assertNever({ kind: "surprise" } as never, "a verdict")).toThrowError(
      expect.objectContaining({
        code: "E_INTERNAL",
        message: expect.stringContaining("a verdict that cannot exist was reached (kind surprise)"),
      }),
    );
  });
});

describe("didYouMean", () => {
  const words = ["--port", "--port-base", "--metrics-port", "--log-level"];

  it("finds the nearest word", () => {
    expect(didYouMean("--prot", words)).toBe("--port");
    expect(didYouMean("--log-levle", words)).toBe("--log-level");
    expect(didYouMean("--Port", words)).toBe("--port");
  });

  it("says nothing when nothing is near, and survives a very long word", () => {
    expect(didYouMean("--zzzzzzzz", words)).toBeUndefined();
    expect(didYouMean("x".repeat(100_000), ["y".repeat(64)])).toBeUndefined();
  });
});

describe("createBoundedMap", () => {
  it("forgets the oldest entry when full, and only then", () => {
    const map = createBoundedMap<string, number>(2);
    map.set("a", 1);
    map.set("b", 2);
    map.set("a", 3);
    expect([map.get("a"), map.get("b"), map.size]).toEqual([3, 2, 2]);
    map.set("c", 4);
    expect([map.get("a"), map.get("b"), map.get("c"), map.size]).toEqual([undefined, 2, 4, 2]);
  });
});
