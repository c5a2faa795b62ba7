import { checkAnnouncement } from "@subnetkit/miner/chain/check-announcement";
import { isAppError } from "@subnetkit/shared/errors/app-error";
import { createLogger } from "@subnetkit/shared/log/logger";
import { describe, expect, test } from "vitest";

/** The warnings about an address, or the code that it is refused with. */
function verdict(
  announceIp: string | undefined,
  changes: { announcePort?: number; host?: string; port?: number } = {},
) {
  const warnings: { remedy?: string; msg: string }[] = [];
  const write = (line: string): void => void warnings.push(JSON.parse(line) as { msg: string });
  const log = createLogger({ name: "test", level: "warn", destination: { write } });
  try {
    checkAnnouncement({ announceIp, host: "0.0.0.0", port: 8_091, ...changes }, log);
  } catch (error) {
    return isAppError(error) ? [error.code, error.exitCode] : error;
  }
  expect(warnings.every(({ remedy }) => typeof remedy === "string")).toBe(true);
  return warnings.map(({ msg }) => msg);
}

const privately = expect.stringContaining("inside one network only") as string;
const otherVersion = expect.stringContaining("different IP versions") as string;

describe("checkAnnouncement", () => {
  test("lets pass what validators can reach, and a miner that announces nothing", () => {
    expect(verdict("203.0.113.7")).toEqual([]);
    expect(verdict("203.0.113.7", { host: "::", port: 0 })).toEqual([]);
    expect(verdict("2001:4860::7", { host: "::" })).toEqual([]);
    expect(verdict(undefined)).toEqual([]);
  });

  test("lets pass the field's stand-in for this machine", () => {
    expect(verdict("0.0.0.1", { host: "127.0.0.1" })).toEqual([]);
  });

  test.each(["127.0.0.1", "255.255.255.255", "::1"])(
    "refuses %s, as the chain would, before anything is begun",
    (ip) => {
      expect(verdict(ip)).toEqual(["E_AXON_ADDRESS", 2]);
    },
  );

  test("refuses to announce port 0", () => {
    expect(verdict("203.0.113.7", { announcePort: 0 })).toEqual(["E_AXON_ADDRESS", 2]);
  });

  test.each(["10.0.0.5", "192.168.1.2", "100.64.0.1", "0.0.0.0"])("says that %s means nothing to the world", (ip) => {
    expect(verdict(ip)).toEqual([privately]);
  });

  test("says it of IPv6 too", () => {
    expect(verdict("fd00::1", { host: "::" })).toEqual([privately]);
    expect(verdict("::ffff:10.0.0.1")).toEqual([privately]);
  });

  test("says when it listens by one version of IP and announces the other", () => {
    expect(verdict("2001:4860::7")).toEqual([otherVersion]);
    expect(verdict("203.0.113.7", { host: "2001:4860::7" })).toEqual([otherVersion]);
  });
});
