import { mkdtempSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { registerCommand, walletOf } from "@subnetkit/miner/chain/register-command";
import { explain, formatTao } from "@subnetkit/miner/chain/registration";
import { afterAll, describe, expect, test } from "vitest";

describe("explain", () => {
  test("gives the price and the command for a hotkey that can register", () => {
    const text = explain(
      {
        kind: "open",
        netuid: 2,
        hotkey: "5Hot",
        costRao: 1_500_000_000n,
        balanceRao: undefined,
        affordable: true,
      },
      { command: "btcli subnets register --netuid 2" },
    );
    expect(text.reason).toBe("registering costs 1.5 TAO at the moment");
    expect(text.remedy).toContain("btcli subnets register --netuid 2");
  });

  test("says what the coldkey has, and to send it more where that is too little", () => {
    const plan = { kind: "open", netuid: 2, hotkey: "5Hot", costRao: 1_500_000_000n } as const;
    const words = { coldkey: "5Cold", command: "register" };
    const poor = explain({ ...plan, balanceRao: 250_000_000n, affordable: false }, words);
    expect(poor.reason).toBe("registering costs 1.5 TAO at the moment, and its coldkey 5Cold has 0.25 TAO");
    expect(poor.remedy).toMatch(/^Send its coldkey more.*: register$/);
    expect(explain({ ...plan, balanceRao: 2_000_000_000n, affordable: true }, words).remedy).not.toContain("Send");
  });

  test("does not offer a command that cannot work", () => {
    for (const reason of ["no such subnet", "registration is off"] as const) {
      expect(
        explain({ kind: "closed", netuid: 2, hotkey: "5Hot", reason }, { command: "register --" }).remedy,
      ).not.toContain("register --");
    }
  });
});

describe("registerCommand", () => {
  const names = { folder: "/home/m/.bittensor/wallets", wallet: "mine", hotkey: "hot-1" };
  const command = (changes: Partial<typeof names>) =>
    registerCommand(7, { names: { ...names, ...changes }, coldkey: undefined }, "wss://node:443");

  test("names wallet, hotkey and chain, or btcli would register its own defaults", () => {
    expect(command({})).toBe(
      "btcli subnets register --netuid 7 --wallet-name mine --hotkey hot-1 --network wss://node:443",
    );
  });

  test("names the folder where it is another, and quotes what a shell would take apart", () => {
    expect(command({ folder: "/srv/wallets" })).toContain(" --wallet-path /srv/wallets ");
    expect(command({ wallet: "it's mine; rm" })).toContain(`--wallet-name 'it'\\''s mine; rm' `);
  });

  test("says only what is known of a key file elsewhere", () => {
    const wallet = { names: undefined, coldkey: undefined };
    expect(registerCommand(7, wallet, "ws://x:1")).toBe("btcli subnets register --netuid 7 --network ws://x:1");
  });
});

describe("walletOf", () => {
  const folder = mkdtempSync(path.join(tmpdir(), "wallets-"));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  const file = path.join(folder, "mine", "hotkeys", "hot");
  const pub = path.join(folder, "mine", "coldkeypub.txt");
  const coldkey = "5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY";

  test("reads names from the path, and the coldkey where its public half lies beside", async () => {
    const names = { folder, wallet: "mine", hotkey: "hot" };
    expect(await walletOf(file)).toEqual({ names, coldkey: undefined });
    mkdirSync(path.dirname(pub), { recursive: true });
    for (const [text, found] of [
      [JSON.stringify({ ss58Address: coldkey }), coldkey],
      ['{"ss58Address":"; rm"}', undefined],
      ["not JSON", undefined],
    ] as const) {
      writeFileSync(pub, text);
      expect(await walletOf(file)).toEqual({ names, coldkey: found });
    }
  });

  test("knows nothing of a file that is in no wallet", async () => {
    expect(await walletOf("keys/miner-0/hotkey.json")).toEqual({ names: undefined, coldkey: undefined });
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
