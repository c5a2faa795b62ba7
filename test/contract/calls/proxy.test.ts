/** Proxy: accounts that act for others (spec/subtensor-interface.md 1.4, 2.5). */
import { blake2AsHex } from "@polkadot/util-crypto";
import { describe, expect, it } from "vitest";
import { covers } from "./coverage.ts";
import { harness, key, type Outcome, type Pair, TAO, type Tx } from "./harness.ts";
import { NETUID, people, subnetWorld } from "./world.ts";

covers("Proxy.proxy", "NotProxy", "Unannounced");
covers("Proxy.add_proxy", "NoSelfProxy", "Duplicate", "TooMany", "Balances.InsufficientBalance");
covers("Proxy.remove_proxy", "NotFound");
covers("Proxy.remove_proxies");
covers("Proxy.create_pure", "Duplicate", "Balances.InsufficientBalance");
covers("Proxy.kill_pure", "NoPermission");
covers("Proxy.announce", "NotProxy", "TooMany");
covers("Proxy.remove_announcement", "NotFound");
covers("Proxy.reject_announcement", "NotFound");
covers("Proxy.proxy_announced", "NotProxy", "Unannounced");
covers("Proxy.poke_deposit");
covers("Proxy.set_real_pays_fee", "NotProxy");

const { staker: real, stranger: delegate, owner, validator, sudo } = people;
const h = harness(subnetWorld);
const BASE = 60_000_000n;
const EACH = 33_000_000n;
const add = (type: string, delay = 0, to = delegate) => h.ok(real, "Proxy.add_proxy", to.address, type, delay);
const pay = (rao: bigint | number = TAO): Tx => h.tx("Balances.transfer_keep_alive", owner.address, rao);
const through = (tx: Tx, type: string | null = null, by: Pair = delegate): Promise<Outcome> =>
  h.submit(by, h.tx("Proxy.proxy", real.address, type, tx));
const result = (outcome: Outcome): unknown => {
  if (outcome.kind !== "ok") throw new Error(JSON.stringify(outcome));
  const executed = outcome.events.at(-1);
  expect(executed?.[0]).toBe("Proxy.ProxyExecuted");
  return executed?.[1];
};
const OK = { ok: null };
const FILTERED = { err: { module: { index: 0, error: "0x05000000" } } };

describe("Proxy.add_proxy", () => {
  it("reserves the deposit and tells", async () => {
    expect(await add("Any", 3)).toEqual([
      ["Balances.Reserved", real.address, Number(BASE + EACH)],
      ["Proxy.ProxyAdded", real.address, delegate.address, "Any", 3],
    ]);
    expect(await add("Staking")).toContainEqual(["Balances.Reserved", real.address, Number(EACH)]);
    expect((await h.account(real)).reserved).toBe(BASE + 2n * EACH);
    const [proxies, deposit] = await h.get<[unknown[], number]>("Proxy.Proxies", real.address);
    expect(proxies).toEqual([
      { delegate: delegate.address, proxyType: "Any", delay: 3 },
      { delegate: delegate.address, proxyType: "Staking", delay: 0 },
    ]);
    expect(deposit).toBe(Number(BASE + 2n * EACH));
  });

  it("refuses oneself, the same twice, more than 20, and a deposit that is not there", async () => {
    await h.fails("NoSelfProxy", real, "Proxy.add_proxy", real.address, "Any", 0);
    await add("Any");
    await h.fails("Duplicate", real, "Proxy.add_proxy", delegate.address, "Any", 0);
    for (let delay = 1; delay < 20; delay++) await add("Any", delay);
    await h.fails("TooMany", real, "Proxy.add_proxy", delegate.address, "Any", 99);
    await h.fails("Duplicate", real, "Proxy.add_proxy", delegate.address, "Any", 7);
    await h.fund(delegate, 50_000_000n);
    await h.fails("Balances.InsufficientBalance", delegate, "Proxy.add_proxy", real.address, "Any", 0);
  });
});

describe("Proxy.remove_proxy and Proxy.remove_proxies", () => {
  it("give the deposit back", async () => {
    await add("Any");
    await add("Staking");
    await h.fails("NotFound", real, "Proxy.remove_proxy", delegate.address, "Any", 1);
    expect(await h.ok(real, "Proxy.remove_proxy", delegate.address, "Any", 0)).toEqual([
      ["Balances.Unreserved", real.address, Number(EACH)],
      ["Proxy.ProxyRemoved", real.address, delegate.address, "Any", 0],
    ]);
    expect(await h.ok(real, "Proxy.remove_proxies")).toEqual([
      ["Balances.Unreserved", real.address, Number(BASE + EACH)],
    ]);
    expect((await h.account(real)).reserved).toBe(0n);
    await h.fails("NotFound", real, "Proxy.remove_proxy", delegate.address, "Staking", 0);
  });
});

describe("Proxy.proxy", () => {
  it("acts as the real account; its failure is told, not returned", async () => {
    await add("Any");
    expect(await h.ok(delegate, "Proxy.proxy", real.address, null, pay())).toEqual([
      ["Balances.Transfer", real.address, owner.address, 1e9],
      ["Proxy.ProxyExecuted", OK],
    ]);
    expect(result(await through(pay(10n ** 18n)))).toEqual({ err: { token: "FundsUnavailable" } });
  });

  it("is for proxies, of the type that is asked for, without a delay", async () => {
    await h.fails("NotProxy", delegate, "Proxy.proxy", real.address, null, pay());
    await add("Staking", 5);
    await h.fails("NotProxy", delegate, "Proxy.proxy", real.address, "Any", pay());
    await h.fails("Unannounced", delegate, "Proxy.proxy", real.address, "Staking", pay());
  });

  it("meets the guards of the real account", async () => {
    await add("Any");
    await h.proxied(
      "SubtensorModule.HotKeyNotRegisteredInNetwork",
      delegate,
      real,
      "SubtensorModule.serve_axon",
      NETUID,
      1,
      1,
      1,
      4,
      0,
      0,
      0,
    );
  });

  const stake = (): Tx => h.tx("SubtensorModule.add_stake", validator.address, NETUID, TAO);
  const give = (alpha: bigint): Tx =>
    h.tx("SubtensorModule.transfer_stake", owner.address, validator.address, NETUID, NETUID, alpha);
  it.each([
    ["Any", [pay, stake], []],
    ["NonTransfer", [stake], [pay, () => give(TAO)]],
    ["NonCritical", [pay, stake], [() => h.tx("SubtensorModule.root_register", validator.address)]],
    ["NonFungible", [() => h.tx("System.remark", "0x")], [pay, stake]],
    ["Staking", [stake], [pay, () => give(TAO)]],
    ["Transfer", [pay, () => give(TAO)], [stake]],
    ["SmallTransfer", [() => pay(499_999_999), () => give(499_999_999n)], [() => pay(500_000_000), () => give(TAO)]],
    ["Registration", [() => h.tx("SubtensorModule.burned_register", 1, key("//Charlie//r").address)], [pay, stake]],
    ["ChildKeys", [() => h.tx("SubtensorModule.set_children", validator.address, NETUID, [])], [stake]],
    ["RootClaim", [() => h.tx("SubtensorModule.claim_root", [1])], [stake]],
    ["Governance", [], [pay, stake]],
    ["Senate", [], [pay]],
    ["Triumvirate", [], [pay]],
    ["RootWeights", [], [pay]],
    ["Owner", [], [pay, stake]],
  ] as [string, (() => Tx)[], (() => Tx)[]][])("of type %s", async (type, allowed, denied) => {
    await add(type);
    for (const tx of allowed) expect(result(await through(tx()))).toEqual(OK);
    for (const tx of denied) {
      expect(result(await through(tx()))).toEqual(FILTERED);
      const batched = result(await through(h.tx("Utility.batch_all", [tx()])));
      expect(batched).toHaveProperty("err");
    }
  });

  it("gives no more than it has: proxies for others only of types it covers", async () => {
    await add("NonTransfer");
    const grant = (type: string): Tx => h.tx("Proxy.add_proxy", sudo.address, type, 0);
    expect(result(await through(grant("Any")))).toEqual(FILTERED);
    expect(result(await through(grant("Transfer")))).toEqual(FILTERED);
    expect(result(await through(grant("Staking")))).toEqual(OK);
    expect(result(await through(h.tx("Proxy.remove_proxies")))).toEqual(FILTERED);
  });
});

describe("announcements", () => {
  const hashOf = (tx: Tx): string => blake2AsHex(tx.method.toU8a());
  const announced = () => h.get<[{ height: number }[], number]>("Proxy.Announcements", delegate.address);

  it("open a delayed proxy when the delay is over", async () => {
    await add("Any", 4);
    const tx = pay();
    expect(await h.ok(delegate, "Proxy.announce", real.address, hashOf(tx))).toEqual([
      ["Balances.Reserved", delegate.address, 104_000_000],
      ["Proxy.Announced", real.address, delegate.address, hashOf(tx)],
    ]);
    const height = await h.height();
    const run = ["Proxy.proxy_announced", delegate.address, real.address, null, tx] as const;
    await h.nextIs(height + 3);
    await h.fails("Unannounced", owner, ...run);
    expect(await h.ok(owner, ...run)).toEqual([
      ["Balances.Unreserved", delegate.address, 104_000_000],
      ["Balances.Transfer", real.address, owner.address, 1e9],
      ["Proxy.ProxyExecuted", OK],
    ]);
    await h.fails("Unannounced", owner, ...run);
    await h.fails("NotProxy", owner, "Proxy.proxy_announced", owner.address, real.address, null, tx);
  });

  it("are taken back by the proxy and rejected by the real account", async () => {
    await add("Any", 4);
    const hash = hashOf(pay());
    await h.fails("NotProxy", owner, "Proxy.announce", real.address, hash);
    await h.ok(delegate, "Proxy.announce", real.address, hash);
    await h.ok(delegate, "Proxy.announce", real.address, hashOf(pay(7)));
    expect(await h.ok(delegate, "Proxy.remove_announcement", real.address, hash)).toEqual([
      ["Balances.Unreserved", delegate.address, 68_000_000],
    ]);
    await h.fails("NotFound", delegate, "Proxy.remove_announcement", real.address, hash);
    expect(await h.ok(real, "Proxy.reject_announcement", delegate.address, hashOf(pay(7)))).toEqual([
      ["Balances.Unreserved", delegate.address, 104_000_000],
    ]);
    await h.fails("NotFound", real, "Proxy.reject_announcement", delegate.address, hash);
    expect(await announced()).toEqual([[], 0]);
  });

  it("are 75 at most", async () => {
    await add("Any", 4);
    const many = Array.from({ length: 75 }, () => [real.address, hashOf(pay()), 1]);
    const entries = many.map(([account, call_hash, height]) => ({ real: account, call_hash, height }));
    await h.set({ Proxy: { Announcements: [[[delegate.address], [entries, "5136000000"]]] } });
    await h.fails("TooMany", delegate, "Proxy.announce", real.address, hashOf(pay()));
  });
});

describe("pure accounts", () => {
  it("are made for a signer, used through it and ended", async () => {
    const events = await h.ok(real, "Proxy.create_pure", "Any", 0, 3);
    const height = await h.height();
    const pure = events.at(-1)?.[1] as string;
    expect(events).toEqual([
      ["Balances.Reserved", real.address, Number(BASE + EACH)],
      ["Proxy.PureCreated", pure, real.address, "Any", 3],
    ]);
    await h.fund(pure, TAO);
    const { block } = await h.rpc<{ block: { extrinsics: string[] } }>("chain_getBlock");
    expect(block.extrinsics).toHaveLength(1);
    const at =
      (await h.rpc<{ block: { extrinsics: string[] } }>("chain_getBlock", await h.rpc("chain_getBlockHash", height)))
        .block.extrinsics.length - 1;
    await h.fails("NoPermission", real, "Proxy.kill_pure", real.address, "Any", 3, height, at);
    const kill = (index: number): Tx => h.tx("Proxy.kill_pure", real.address, "Any", index, height, at);
    const wrong = await h.submit(real, h.tx("Proxy.proxy", pure, null, kill(4)));
    expect(result(wrong)).toEqual({ err: { module: { index: 16, error: "0x05000000" } } });
    const killed = await h.submit(real, h.tx("Proxy.proxy", pure, null, kill(3)));
    expect((killed as { events: unknown }).events).toEqual([
      ["Balances.Unreserved", real.address, Number(BASE + EACH)],
      ["Proxy.PureKilled", pure, real.address, "Any", 3],
      ["Proxy.ProxyExecuted", OK],
    ]);
    h.saw("Proxy.kill_pure");
    expect(await h.get("Proxy.Proxies", pure)).toEqual([[], 0]);
  });

  it("cannot be made twice in one extrinsic, nor without the deposit", async () => {
    await h.nestedFails("Duplicate", real, "Proxy.create_pure", ["Any", 0, 3], ["Any", 0, 3]);
    await h.fund(delegate, 50_000_000n);
    await h.fails("Balances.InsufficientBalance", delegate, "Proxy.create_pure", "Any", 0, 0);
  });
});

describe("Proxy.poke_deposit", () => {
  it("brings deposits to what they cost now", async () => {
    await add("Any");
    expect(await h.ok(real, "Proxy.poke_deposit")).toEqual([]);
    const [proxies] = await h.get<[unknown[], number]>("Proxy.Proxies", real.address);
    await h.set({ Proxy: { Proxies: [[[real.address], [proxies, "93000005"]]] } });
    expect(await h.ok(real, "Proxy.poke_deposit")).toEqual([
      ["Balances.Unreserved", real.address, 5],
      ["Proxy.DepositPoked", real.address, "Proxies", 93_000_005, 93_000_000],
    ]);
  });
});

describe("Proxy.set_real_pays_fee", () => {
  it("makes the real account pay for a proxy", async () => {
    await h.fails("NotProxy", real, "Proxy.set_real_pays_fee", delegate.address, true);
    await add("Any");
    expect(await h.ok(real, "Proxy.set_real_pays_fee", delegate.address, true)).toEqual([
      ["Proxy.RealPaysFeeSet", real.address, delegate.address, true],
    ]);
    const before = [(await h.account(real)).free, (await h.account(delegate)).free];
    const outcome = await through(h.tx("System.remark", "0x"));
    const { feeRao, all } = outcome as { feeRao: bigint; all: readonly (readonly unknown[])[] };
    expect(all[0]).toEqual(["Balances.Withdraw", real.address, Number(feeRao)]);
    expect([(await h.account(real)).free, (await h.account(delegate)).free]).toEqual([
      (before[0] ?? 0n) - feeRao,
      before[1],
    ]);
    await h.ok(real, "Proxy.set_real_pays_fee", delegate.address, false);
    expect(((await through(h.tx("System.remark", "0x"))) as { all: readonly (readonly unknown[])[] }).all[0]?.[1]).toBe(
      delegate.address,
    );
  });
});
