/** TAO between accounts: existential deposit, reaping, what keeps an account alive (spec/subtensor-interface.md 1.1, 2.5). */
import { describe, expect, it } from "vitest";
import { covers } from "./coverage.ts";
import { harness, key, TAO } from "./harness.ts";
import { lift, people } from "./world.ts";

covers("Balances.transfer_allow_death", "Token.FundsUnavailable", "Token.BelowMinimum", "Token.Frozen", "CannotLookup");
covers("Balances.transfer_keep_alive", "Token.FundsUnavailable", "Token.BelowMinimum", "Token.NotExpendable");
covers("Balances.transfer_all", "Token.BelowMinimum");
covers("Balances.force_transfer", "BadOrigin", "Token.FundsUnavailable", "Token.BelowMinimum");
covers("Balances.force_unreserve", "BadOrigin");
covers("Balances.force_set_balance", "BadOrigin");
covers("Balances.force_adjust_total_issuance", "BadOrigin", "DeltaZero");
covers("Balances.burn", "Token.FundsUnavailable", "Token.NotExpendable");
covers("Balances.upgrade_accounts");

const { stranger, owner } = people;
const fresh = key("//Fresh");
const h = harness(lift);
const ED = 500n;
const issuance = () => h.int("Balances.TotalIssuance");
const allow = "Balances.transfer_allow_death";
const keep = "Balances.transfer_keep_alive";
const feeOf = async (call: string, ...args: unknown[]): Promise<bigint> => {
  const outcome = await h.submit(stranger, h.tx(call, ...args));
  await h.restore();
  return (outcome as { feeRao: bigint }).feeRao;
};

describe("Balances.transfer_allow_death", () => {
  it("moves rao and creates an account from the existential deposit on", async () => {
    expect(await h.ok(stranger, allow, fresh.address, ED)).toEqual([
      ["System.NewAccount", fresh.address],
      ["Balances.Endowed", fresh.address, 500],
      ["Balances.Transfer", stranger.address, fresh.address, 500],
    ]);
    expect(await h.get("System.Account", fresh.address)).toMatchObject({ nonce: 0, providers: 1, consumers: 0 });
    expect(await h.ok(stranger, allow, fresh.address, 1)).toEqual([
      ["Balances.Transfer", stranger.address, fresh.address, 1],
    ]);
    await h.fails("Token.BelowMinimum", stranger, allow, key("//Other").address, ED - 1n);
  });

  it("ends an account that falls below it; the rest is lost", async () => {
    const fee = await feeOf(allow, owner.address, TAO);
    await h.fund(stranger, TAO + fee + ED - 1n);
    const issued = await issuance();
    expect(await h.ok(stranger, allow, owner.address, TAO)).toEqual([
      ["System.KilledAccount", stranger.address],
      ["Balances.DustLost", stranger.address, 499],
      ["Balances.Transfer", stranger.address, owner.address, 1e9],
    ]);
    expect(await h.get("System.Account", stranger.address)).toMatchObject({ nonce: 0, providers: 0 });
    expect(issued - (await issuance())).toBeLessThan(TAO);
  });

  it("moves the very last rao, and not one more", async () => {
    const fee = await feeOf(allow, owner.address, TAO);
    await h.fund(stranger, TAO + fee);
    expect(await h.ok(stranger, allow, owner.address, TAO)).toEqual([
      ["System.KilledAccount", stranger.address],
      ["Balances.Transfer", stranger.address, owner.address, 1e9],
    ]);
    await h.fund(stranger, TAO + fee - 1n);
    await h.fails("Token.FundsUnavailable", stranger, allow, owner.address, TAO);
  });

  it("keeps an account that others depend on: reserves hold it", async () => {
    const fee = await feeOf(allow, owner.address, TAO);
    await h.ok(stranger, "Proxy.add_proxy", owner.address, "Any", 0);
    await h.fund(stranger, TAO + fee);
    await h.fails("Token.Frozen", stranger, allow, owner.address, TAO);
  });

  it("to oneself is a transfer that changes nothing; nothing can be moved to other forms of address", async () => {
    const { free } = await h.account(stranger);
    const outcome = await h.submit(stranger, h.tx(allow, stranger.address, TAO));
    expect(outcome).toMatchObject({ events: [["Balances.Transfer", stranger.address, stranger.address, 1e9]] });
    expect((await h.account(stranger)).free).toBe(free - (outcome as { feeRao: bigint }).feeRao);
    await h.fails("CannotLookup", stranger, allow, { Raw: "0x01" }, 1);
    await h.fails("CannotLookup", stranger, allow, { Address20: `0x${"00".repeat(20)}` }, 1);
  });
});

describe("Balances.transfer_keep_alive", () => {
  it("leaves the sender its existential deposit", async () => {
    const fee = await feeOf(keep, owner.address, TAO);
    await h.fund(stranger, TAO + fee + ED - 1n);
    await h.fails("Token.NotExpendable", stranger, keep, owner.address, TAO);
    await h.fund(stranger, TAO + fee + ED);
    await h.ok(stranger, keep, owner.address, TAO);
    expect((await h.account(stranger)).free).toBe(ED);
    await h.fund(stranger, TAO);
    await h.fails("Token.FundsUnavailable", stranger, keep, owner.address, TAO);
    await h.fails("Token.BelowMinimum", stranger, keep, fresh.address, 1);
  });
});

describe("Balances.transfer_all", () => {
  it("empties the account, or leaves the existential deposit", async () => {
    const fee = await feeOf("Balances.transfer_all", owner.address, false);
    await h.ok(stranger, "Balances.transfer_all", owner.address, true);
    expect((await h.account(stranger)).free).toBe(ED);
    await h.fund(stranger, TAO);
    const events = await h.ok(stranger, "Balances.transfer_all", owner.address, false);
    expect(events[0]).toEqual(["System.KilledAccount", stranger.address]);
    expect(await h.account(stranger)).toEqual({ nonce: 0, free: 0n, reserved: 0n });
    await h.fund(stranger, fee + ED + 5n);
    await h.fails("Token.BelowMinimum", stranger, "Balances.transfer_all", fresh.address, true);
  });
});

describe("what only root may", () => {
  it("Balances.force_transfer moves what is not its own", async () => {
    const call = "Balances.force_transfer";
    expect(await h.root(call, stranger.address, owner.address, TAO)).toEqual([
      ["Balances.Transfer", stranger.address, owner.address, 1e9],
    ]);
    await h.fails("BadOrigin", stranger, call, owner.address, stranger.address, TAO);
    await h.rootFails("Token.FundsUnavailable", call, stranger.address, owner.address, 10n ** 18n);
    await h.rootFails("Token.BelowMinimum", call, stranger.address, fresh.address, 1);
  });

  it("Balances.force_unreserve frees at most what is reserved", async () => {
    await h.ok(stranger, "Proxy.add_proxy", owner.address, "Any", 0);
    const call = "Balances.force_unreserve";
    expect(await h.root(call, stranger.address, TAO)).toEqual([["Balances.Unreserved", stranger.address, 93_000_000]]);
    expect(await h.root(call, stranger.address, TAO)).toEqual([]);
    await h.fails("BadOrigin", stranger, call, stranger.address, 1);
  });

  it("Balances.force_set_balance sets a balance and the issuance with it; below the existential deposit it is 0", async () => {
    const call = "Balances.force_set_balance";
    const issued = await issuance();
    expect(await h.root(call, fresh.address, 5n * TAO)).toEqual([
      ["System.NewAccount", fresh.address],
      ["Balances.Endowed", fresh.address, 5e9],
      ["Balances.BalanceSet", fresh.address, 5e9],
    ]);
    expect((await issuance()) - issued).toBeGreaterThanOrEqual(5n * TAO);
    expect((await h.root(call, fresh.address, 499)).at(-1)).toEqual(["Balances.BalanceSet", fresh.address, 0]);
    expect((await h.account(fresh)).free).toBe(0n);
    await h.fails("BadOrigin", stranger, call, fresh.address, 1);
  });

  it("Balances.force_adjust_total_issuance moves the issuance", async () => {
    const call = "Balances.force_adjust_total_issuance";
    const [event] = await h.root(call, "Increase", 7);
    expect(event?.[0]).toBe("Balances.TotalIssuanceForced");
    expect(BigInt(event?.[2] as string) - BigInt(event?.[1] as string)).toBe(7n);
    const [less] = await h.root(call, "Decrease", 7);
    expect(BigInt(less?.[2] as string) - BigInt(less?.[1] as string)).toBe(-7n);
    await h.rootFails("DeltaZero", call, "Increase", 0);
    await h.fails("BadOrigin", stranger, call, "Increase", 1);
  });
});

describe("Balances.burn", () => {
  it("destroys rao of the signer", async () => {
    const issued = await issuance();
    expect(await h.ok(stranger, "Balances.burn", 100n * TAO, true)).toEqual([
      ["Balances.Burned", stranger.address, 100e9],
    ]);
    expect(issued - (await issuance())).toBeGreaterThan(90n * TAO);
    await h.fails("Token.FundsUnavailable", stranger, "Balances.burn", 10n ** 18n, true);
    const fee = await feeOf("Balances.burn", TAO, true);
    await h.fund(stranger, TAO + fee + 1n);
    await h.fails("Token.NotExpendable", stranger, "Balances.burn", TAO, true);
    await h.fund(stranger, TAO + fee);
    expect((await h.ok(stranger, "Balances.burn", TAO, false))[0]).toEqual(["System.KilledAccount", stranger.address]);
  });
});

describe("Balances.upgrade_accounts", () => {
  it("finds nothing to upgrade", async () => {
    expect(await h.ok(stranger, "Balances.upgrade_accounts", [stranger.address, owner.address])).toEqual([]);
  });
});
