import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";

type Locked = {
  readonly optionalDependencies?: Readonly<Record<string, string>>;
  readonly engines?: { readonly node?: string };
  readonly resolved?: string;
};
const lock = JSON.parse(readFileSync(new URL("../../package-lock.json", import.meta.url), "utf8")) as {
  packages: Readonly<Record<string, Locked>>;
};

/** True when a package at `from` finds `name` by Node's rules. */
function resolves(from: string, name: string): boolean {
  for (let folder = from; ; folder = folder.slice(0, Math.max(0, folder.lastIndexOf("/node_modules/")))) {
    if (lock.packages[`${folder === "" ? "" : `${folder}/`}node_modules/${name}`] !== undefined) return true;
    if (folder === "") return false;
    if (!folder.includes("/node_modules/")) folder = "/node_modules/";
  }
}

describe("package-lock.json", () => {
  it("has every optional package of every platform: one that is missing installs here and fails `npm ci` elsewhere", () => {
    const missing = Object.entries(lock.packages).flatMap(([from, { optionalDependencies = {} }]) =>
      Object.keys(optionalDependencies)
        .filter((name) => !resolves(from, name))
        .map((name) => `${from} -> ${name}`),
    );
    expect(missing).toEqual([]);
    expect(resolves("node_modules/@biomejs/biome", "@biomejs/cli-darwin-arm64")).toBe(true);
    expect(resolves("node_modules/@biomejs/biome", "@biomejs/cli-of-no-platform")).toBe(false);
  });

  it("names no address to download from, so that every registry serves it", () => {
    const addressed = Object.entries(lock.packages).filter(([, { resolved }]) => resolved?.startsWith("http"));
    expect(addressed).toEqual([]);
  });
});
