import { existsSync, readFileSync } from "node:fs";
import { renderErrorsReference } from "@subnetkit/shared/errors/reference";
import { errorCodes } from "@subnetkit/shared/errors/registry";
import { describe, expect, it } from "vitest";

const file = new URL("../../docs/reference/errors.md", import.meta.url);
const regenerate = "docs/reference/errors.md is out of date: run `npm run docs` and commit the result";

function documentedCodes(): string[] {
  expect(existsSync(file), regenerate).toBe(true);
  return [...readFileSync(file, "utf8").matchAll(/^## (E_[A-Z0-9_]+)$/gm)].map(([, code]) => code!);
}

describe("docs/reference/errors.md", () => {
  it("has a section for every code of the registry", () => {
    const documented = new Set(documentedCodes());
    expect(
      errorCodes().filter((code) => !documented.has(code)),
      regenerate,
    ).toEqual([]);
  });

  it("has no section for a code that does not exist", () => {
    const known = new Set<string>(errorCodes());
    expect(
      documentedCodes().filter((code) => !known.has(code)),
      regenerate,
    ).toEqual([]);
  });

  it("is exactly what the registry renders", () => {
    expect(existsSync(file) && readFileSync(file, "utf8") === renderErrorsReference(), regenerate).toBe(true);
  });
});
