import { expect, it } from "vitest";
import { mistakes, wellTyped } from "./type-cases.ts";

it("leaves the cases of type-cases.ts to the compiler: npm run typecheck fails when one of the mistakes compiles", () => {
  expect(Object.keys(mistakes).length).toBeGreaterThanOrEqual(14);
  expect(wellTyped.asynchronous().id).toBe("async");
});
