import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { claimRunFile, readRunFile, runningNetwork } from "@subnetkit/cli/local/supervisor/run-file";
import { processIdentity } from "@subnetkit/cli/system/process-facts";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { isGone, until } from "../../../../support/processes.ts";

describe("the run file", () => {
  let folder: string;
  let file: string;

  beforeEach(() => {
    folder = mkdtempSync(path.join(tmpdir(), "run-file-"));
    file = path.join(folder, "run", "network.json");
  });

  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  it("refuses a second run while the first one lives, naming its pid", () => {
    claimRunFile(file, 9900);
    expect(() => claimRunFile(file, 9900)).toThrow(
      expect.objectContaining({
        code: "E_ALREADY_RUNNING",
        exitCode: 3,
        data: expect.objectContaining({ pid: process.pid }),
      }),
    );
  });

  it("is free again once it is removed", () => {
    claimRunFile(file, 9900).remove();
    expect(existsSync(file)).toBe(false);
    expect(claimRunFile(file, 9900).leftovers).toEqual([]);
  });

  it("takes over from a dead run and kills what that one left behind", async () => {
    const orphan = spawn(process.execPath, ["-e", "setInterval(() => {}, 1000)"], { detached: true, stdio: "ignore" });
    const pid = orphan.pid ?? 0;
    claimRunFile(file, 9900).update({ processes: [{ ...processIdentity(pid), name: "miner-0" }] });
    // The record of a run whose process is gone: same file, a pid that nobody has.
    writeFileSync(file, JSON.stringify({ ...readRunFile(file), pid: 2 ** 22 + 1 }));
    expect(runningNetwork(file)).toBeUndefined();
    expect(claimRunFile(file, 9900).leftovers).toEqual([{ name: "miner-0", pid }]);
    await until("the orphan is gone", () => isGone(pid));
  });

  it("leaves a process alone that has the pid of a leftover but another start time", () => {
    const stranger = { pid: process.pid, startedTicks: "1", name: "miner-0" };
    claimRunFile(file, 9900).update({ processes: [stranger] });
    writeFileSync(file, JSON.stringify({ ...readRunFile(file), startedTicks: "1" }));
    expect(claimRunFile(file, 9900).leftovers).toEqual([]);
  });

  it("survives a file that is not a record", () => {
    claimRunFile(file, 9900).remove();
    writeFileSync(file, "{ half");
    expect(claimRunFile(file, 9901).leftovers).toEqual([]);
    expect(JSON.parse(readFileSync(file, "utf8"))).toMatchObject({ portBase: 9901, pid: process.pid });
  });
});
