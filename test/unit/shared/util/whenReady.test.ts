import { whenReady } from "@subnetkit/shared/util/whenReady";
import { describe, expect, test } from "vitest";

describe("whenReady", () => {
  test("goes on in the same turn with a value that is there", () => {
    expect(whenReady(1, (value) => value + 1)).toBe(2);
  });

  test("goes on with a promised value when it is there, and passes a rejection on", async () => {
    const order: string[] = [];
    const result = whenReady(Promise.resolve(1), (value) => {
      order.push("next");
      return value + 1;
    });
    order.push("after");
    expect(await result).toBe(2);
    expect(order).toEqual(["after", "next"]);
    await expect(whenReady(Promise.reject(new Error("no")), () => 1)).rejects.toThrow("no");
  });
});
