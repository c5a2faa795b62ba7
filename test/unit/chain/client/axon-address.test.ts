import {
  axonInfoOf,
  axonTarget,
  checkAxonAddress,
  ipNumber,
  ipText,
  isPrivateAddress,
  loopbackStandIn,
} from "@subnetkit/chain/client/axon-address";
import { isAppError } from "@subnetkit/shared/errors/app-error";
import fc from "fast-check";
import { describe, expect, test } from "vitest";

const axon = (ip: string) =>
  ({ ip, port: 8091, ipType: ip.includes(":") ? 6 : 4, protocol: 4, version: 1, block: 9 }) as const;

describe("ipNumber and ipText", () => {
  test("agree with known values", () => {
    expect(ipNumber("1.2.3.4")).toEqual({ value: 0x01020304n, ipType: 4 });
    expect(ipNumber("2001:db8::1")).toEqual({ value: 0x20010db8000000000000000000000001n, ipType: 6 });
    expect(ipText(0x20010db8000000000000000000000001n, 6)).toBe("2001:db8::1");
    expect(ipText(0n, 6)).toBe("::");
  });

  test("are inverse for every address of both families", () => {
    fc.assert(
      fc.property(fc.bigInt(0n, (1n << 32n) - 1n), (value) => {
        expect(ipNumber(ipText(value, 4))).toEqual({ value, ipType: 4 });
      }),
      { numRuns: 200 },
    );
    fc.assert(
      fc.property(fc.bigInt(0n, (1n << 128n) - 1n), (value) => {
        expect(ipNumber(ipText(value, 6))).toEqual({ value, ipType: 6 });
      }),
      { numRuns: 200 },
    );
  });

  test("refuse text that is no address", () => {
    for (const text of ["", "localhost", "1.2.3", "1.2.3.4:80", "::g"]) {
      expect(() => ipNumber(text)).toThrowError(expect.objectContaining({ code: "E_AXON_ADDRESS" }));
    }
  });
});

describe("checkAxonAddress", () => {
  test("accepts what the chain accepts, private ranges and zero included", () => {
    for (const ip of ["8.8.8.8", "10.0.0.1", "0.0.0.0", loopbackStandIn, "2001:db8::1"]) {
      expect(checkAxonAddress(ip, 1).value).toBe(ipNumber(ip).value);
    }
  });

  test("refuses loopback, all ones and impossible ports before anything is sent", () => {
    const refused = (ip: string, port: number) => {
      try {
        checkAxonAddress(ip, port);
        return false;
      } catch (error) {
        return isAppError(error, "E_AXON_ADDRESS");
      }
    };
    expect(refused("127.0.0.1", 80)).toBe(true);
    expect(refused("255.255.255.255", 80)).toBe(true);
    expect(refused("::1", 80)).toBe(true);
    expect(refused("ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", 80)).toBe(true);
    for (const port of [0, -1, 65_536, 1.5]) expect(refused("8.8.8.8", port)).toBe(true);
  });
});

describe("axonInfoOf", () => {
  test("reads all zeros as never announced", () => {
    const zero = { block: 0, version: 0, ip: 0n, port: 0, ipType: 0, protocol: 0 };
    expect(axonInfoOf(zero)).toBeUndefined();
    expect(axonInfoOf({ ...zero, ip: 1n, port: 80, ipType: 4, protocol: 4, block: 7 })).toEqual({
      ip: "0.0.0.1",
      port: 80,
      ipType: 4,
      protocol: 4,
      version: 0,
      block: 7,
    });
  });
});

describe("axonTarget", () => {
  test("maps the stand-in to loopback only where private addresses are allowed", () => {
    expect(axonTarget(axon(loopbackStandIn), { allowPrivate: true })).toEqual({
      kind: "reachable",
      host: "127.0.0.1",
      port: 8091,
    });
    expect(axonTarget(axon(loopbackStandIn), { allowPrivate: false }).kind).toBe("unusable");
  });

  test("never lets a neuron point its callers at their own network", () => {
    const inside = [
      "10.1.2.3",
      "172.16.0.1",
      "172.31.255.255",
      "192.168.1.1",
      "169.254.169.254",
      "100.64.0.1",
      "0.0.0.0",
      "224.0.0.1",
    ];
    const inside6 = [
      "::",
      "fe80::1",
      "fc00::1",
      "::ffff:10.0.0.1",
      "::ffff:169.254.169.254",
      "64:ff9b::a00:1",
      "2002:c0a8:101::1",
      "2002:7f00:1::",
      "::7f00:1",
    ];
    for (const ip of [...inside, ...inside6]) {
      expect(axonTarget(axon(ip), { allowPrivate: false })).toEqual({ kind: "unusable", reason: "private address" });
    }
    for (const ip of ["8.8.8.8", "172.32.0.1", "100.128.0.1", "2a00:1450:4001:81c::200e", "2002:808:808::1"]) {
      expect(isPrivateAddress({ ip })).toBe(false);
    }
    expect(axonTarget(axon("2a00:1450::1"), { allowPrivate: false })).toEqual({
      kind: "reachable",
      host: "[2a00:1450::1]",
      port: 8091,
    });
  });

  test("says when nothing was announced", () => {
    expect(axonTarget(undefined, { allowPrivate: true })).toEqual({ kind: "unusable", reason: "not announced" });
  });
});
