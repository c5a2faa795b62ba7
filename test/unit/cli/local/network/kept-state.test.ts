import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { openKeptState } from "@subnetkit/cli/local/network/kept-state";
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

  it("is refused for another subnet, and kept", () => {
    openKeptState(paths, "digits", false);
    leave();
    expect(() => openKeptState(paths, "prices", false)).toThrow(
      expect.objectContaining({ code: "E_STATE_OTHER", exitCode: 3 }),
    );
    expect(existsSync(block)).toBe(true);
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
    const second = openKeptState(paths, "prices", true);
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
