import { appError } from "@subnetkit/shared/errors/app-error";
import { renderErrorsReference } from "@subnetkit/shared/errors/reference";
import { errorAreas, errorCodes, errorSpec, isErrorCode } from "@subnetkit/shared/errors/registry";
import { describe, expect, it } from "vitest";

/** Data in which every field is there. */
const everyField = new Proxy<Record<string, unknown>>({}, { get: () => "something" });

describe("the registry of errors", () => {
  it("has every code in exactly one area", () => {
    const all = Object.values(errorAreas).flatMap((table) => Object.keys(table));
    expect(all.filter((code, i) => all.indexOf(code) !== i)).toEqual([]);
    expect([...errorCodes()].sort()).toEqual([...all].sort());
  });

  it.each(errorCodes())("%s can be made without any data, and reads well with it", (code) => {
    expect(() => appError(code)).not.toThrow();
    const error = appError(code, everyField);
    expect(code).toMatch(/^E_[A-Z][A-Z0-9_]*$/);
    expect(error.message.length).toBeGreaterThan(5);
    expect(error.remedy.length).toBeGreaterThan(5);
    expect([1, 2, 3, 4, 5, 70]).toContain(error.exitCode);
    expect(`${error.message} ${error.remedy}`).not.toMatch(/undefined|\[object|NaN/);
    expect(errorSpec(code).consequence).toBe(error.consequence);
  });

  it("knows its own codes only", () => {
    expect(isErrorCode("E_TIMEOUT")).toBe(true);
    expect(isErrorCode("E_NO_SUCH_THING")).toBe(false);
    expect(isErrorCode("toString")).toBe(false);
  });
});

describe("renderErrorsReference", () => {
  const page = renderErrorsReference();

  it("has one section per code", () => {
    expect([...page.matchAll(/^## (\S+)$/gm)].map(([, code]) => code)).toEqual(errorCodes());
  });

  it("shows meaning, message with named data, consequence, exit code and remedy", () => {
    const section = page.slice(page.indexOf("## E_TIMEOUT"), page.indexOf("## ", page.indexOf("## E_TIMEOUT") + 3));
    expect(section).toContain("did not finish within its deadline");
    expect(section).toContain("&lt;name&gt; took longer than &lt;timeoutMs&gt; ms.");
    expect(section).toContain("- Consequence: retry");
    expect(section).toContain("- Exit code of a command: 5 (unreachable or timed out)");
    expect(section).toContain("- Remedy: ");
  });
});
