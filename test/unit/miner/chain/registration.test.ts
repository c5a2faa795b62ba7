import { explain, formatTao } from "@subnetkit/miner/chain/registration";
import { describe, expect, test } from "vitest";

describe("explain", () => {
  test("gives the price and the command for a hotkey that can register", () => {
    const text = explain({
      kind: "open",
      netuid: 2,
      hotkey: "5Hot",
      costRao: 1_500_000_000n,
      balanceRao: undefined,
      affordable: true,
    });
    expect(text.reason).toContain("1.5 TAO");
    expect(text.remedy).toContain("btcli subnets register --netuid 2");
  });

  test("does not offer a command that cannot work", () => {
    for (const reason of ["no such subnet", "registration is off"] as const) {
      expect(explain({ kind: "closed", netuid: 2, hotkey: "5Hot", reason }).remedy).not.toContain("register --");
    }
  });
});

describe("formatTao", () => {
  test("writes rao as TAO without losing a digit", () => {
    expect([0n, 1n, 1_000_000_000n, 1_234_567_890n, 21_000_000_000_000_000n].map(formatTao)).toEqual([
      "0",
      "0.000000001",
      "1",
      "1.23456789",
      "21000000",
    ]);
  });
});
