import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { adoptKeptState, openKeptState } from "@subnetkit/cli/local/network/kept-state";
import { type LocalPaths, localPaths } from "@subnetkit/cli/local/paths";
import { afterEach, beforeEach, describe, expect, it } from "vitest";

describe("kept state", () => {
  let folder: string;
  let paths: LocalPaths;
  let block: string;

  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), "kept-"));
    paths = localPaths(folder, path.join(folder, "state-dir"));
    block = path.join(paths.chain, "block");
  });

  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  const leave = (): void => {
    mkdirSync(paths.chain, { recursive: true });
    writeFileSync(block, "1044");
  };

  it("is resumed by the same subnet under the same network id", () => {
    const first = openKeptState(paths, "digits", false);
    leave();
    const second = openKeptState(paths, "digits", false);
    expect(first.resumed).toBe(false);
    expect(second).toEqual({ network: first.network, resumed: true });
    expect(existsSync(block)).toBe(true);
  });

  it("is put aside for another subnet, and found again, by each of them", () => {
    const digits = openKeptState(paths, "digits", false);
    leave();
    const prices = openKeptState(paths, "prices", false);
    expect(prices.resumed).toBe(false);
    expect(existsSync(block)).toBe(false);
    expect(openKeptState(paths, "digits", false)).toEqual({ network: digits.network, resumed: true });
    expect(readFileSync(block, "utf8")).toBe("1044");
    expect(openKeptState(paths, "prices", false)).toEqual({ network: prices.network, resumed: true });
  });

  it("of another subnet outlives a fresh start", () => {
    const digits = openKeptState(paths, "digits", false);
    leave();
    openKeptState(paths, "prices", false);
    expect(openKeptState(paths, "prices", true).resumed).toBe(false);
    expect(openKeptState(paths, "digits", false)).toEqual({ network: digits.network, resumed: true });
    expect(existsSync(block)).toBe(true);
  });

  it("put aside is brought back when the switch was cut off after the first half", () => {
    const digits = openKeptState(paths, "digits", false);
    leave();
    renameSync(paths.state, `${paths.state}-digits`);
    expect(openKeptState(paths, "digits", false)).toEqual({ network: digits.network, resumed: true });
    expect(existsSync(block)).toBe(true);
  });

  it("of another subnet is refused where the chain runs on it already", () => {
    openKeptState(paths, "digits", false);
    expect(() => adoptKeptState(paths, "prices")).toThrow(
      expect.objectContaining({ code: "E_STATE_OTHER", exitCode: 3 }),
    );
  });

  it("of an older layout is refused with the way out, and kept", () => {
    openKeptState(paths, "digits", false);
    leave();
    const record = JSON.parse(readFileSync(paths.networkFile, "utf8")) as { layout: number };
    writeFileSync(paths.networkFile, JSON.stringify({ ...record, layout: record.layout - 1 }));
    expect(() => openKeptState(paths, "digits", false)).toThrow(
      expect.objectContaining({ code: "E_STATE_OTHER", remedy: expect.stringContaining("--fresh") }),
    );
    expect(existsSync(block)).toBe(true);
  });

  it("is dropped with --fresh, and the new network has another id", () => {
    const first = openKeptState(paths, "digits", false);
    leave();
    const second = openKeptState(paths, "digits", true);
    expect(second.resumed).toBe(false);
    expect(second.network.networkId).not.toBe(first.network.networkId);
    expect(existsSync(block)).toBe(false);
  });

  it("without its record is half of something, and dropped", () => {
    leave();
    expect(openKeptState(paths, "digits", false).resumed).toBe(false);
    expect(existsSync(block)).toBe(false);
  });
});
