import { describe, expect, it } from "vitest";
import { callHash } from "../../../../../../chain/src/node/runtime/call-hash.ts";
import { proxyAllows } from "../../../../../../chain/src/node/runtime/proxy/allowed.ts";
import { pureAccount } from "../../../../../../chain/src/node/runtime/proxy/pallet.ts";
import type { RuntimeCall } from "../../../../../../chain/src/spec/call.ts";
import { type ProxyType, proxy as table } from "../../../../../../chain/src/spec/pallets/proxy.ts";
import { system } from "../../../../../../chain/src/spec/pallets/system.ts";
import { account, fund, type Step, subtensor, sudo, TAO, World } from "../subtensor/world.ts";

const REAL = "//Bob";
const DELEGATE = "//Dave";
const STRANGER = "//Eve";
const id = (uri: string) => ({ type: "Id" as const, value: account(uri) });
const proxyStep = (who: string, name: string, args: Record<string, unknown>): Step => ({
  who,
  call: { pallet: "Proxy", name, args },
});
const add = (type: ProxyType["type"], delay = 0, delegate = DELEGATE): Step =>
  proxyStep(REAL, "add_proxy", { delegate: id(delegate), proxy_type: { type }, delay });
const remove = (type: ProxyType["type"], delay = 0): Step =>
  proxyStep(REAL, "remove_proxy", { delegate: id(DELEGATE), proxy_type: { type }, delay });
const act = (call: RuntimeCall, who = DELEGATE, type?: ProxyType): Step =>
  proxyStep(who, "proxy", { real: id(REAL), force_proxy_type: type, call });
const transfer = (rao: bigint): RuntimeCall => ({
  pallet: "Balances",
  name: "transfer_keep_alive",
  args: { dest: id("//Ferdie"), value: rao },
});
const balance = (world: World, uri: string) => world.state.get(system.storage.Account, account(uri)).data;
const executed = (world: World): unknown[] =>
  world.events("ProxyExecuted").map(({ fields }) => (fields as { result: { type: string; value?: unknown } }).result);
const FILTERED = { type: "Err", value: { type: "Module", value: { index: 0, error: Uint8Array.of(5, 0, 0, 0) } } };

describe("add_proxy and remove_proxy", () => {
  it("reserve base and factor and give them back", () => {
    const world = new World();
    world.must(add("Staking"), add("Any"));
    expect(balance(world, REAL).reserved).toBe(126_000_000n);
    expect(world.state.get(system.storage.Account, account(REAL)).consumers).toBe(1);
    const [proxies, deposit] = world.state.get(table.storage.Proxies, account(REAL));
    expect(proxies.map((one) => one.proxy_type.type)).toEqual(["Any", "Staking"]);
    expect(deposit).toBe(126_000_000n);
    world.must(remove("Any"));
    expect(balance(world, REAL).reserved).toBe(93_000_000n);
    expect(world.events("ProxyRemoved")).toHaveLength(1);
    world.must(proxyStep(REAL, "remove_proxies", {}));
    expect(balance(world, REAL).reserved).toBe(0n);
    expect(world.state.get(system.storage.Account, account(REAL)).consumers).toBe(0);
    expect(world.state.has(table.storage.Proxies, account(REAL))).toBe(false);
  });

  it("refuse oneself, twice the same, what is not there and the twenty-first", () => {
    const world = new World();
    expect(
      world.block(add("Any", 0, REAL), add("Any"), add("Any"), remove("Any", 5), remove("Any"), remove("Any")),
    ).toEqual(["NoSelfProxy", "ok", "Duplicate", "NotFound", "ok", "NotFound"]);
    const many = Array.from({ length: 21 }, (_, delay) => add("Any", delay));
    expect(world.block(...many).slice(-2)).toEqual(["ok", "TooMany"]);
  });

  it("lose the deposit's hold when root frees it", () => {
    const world = new World();
    world.must(add("Any"));
    const args = { who: id(REAL), amount: 1_000_000_000_000n };
    const free: Step = { who: REAL, call: { pallet: "Balances", name: "force_unreserve", args } };
    expect(world.block(free)).toEqual(["BadOrigin"]);
    world.must(sudo(free.call));
    expect(balance(world, REAL).reserved).toBe(0n);
  });

  it("fail without the deposit", () => {
    const world = new World();
    world.must(fund("//Poor", 50_000_000n));
    const step = proxyStep("//Poor", "add_proxy", { delegate: id(DELEGATE), proxy_type: { type: "Any" }, delay: 0 });
    expect(world.block(step)).toEqual(["InsufficientBalance"]);
  });
});

describe("proxy", () => {
  it("runs the call as the real account while the proxy pays the fee", () => {
    const world = new World();
    world.must(add("Transfer"));
    const before = balance(world, REAL).free;
    const paid = balance(world, DELEGATE).free;
    world.must(act(transfer(TAO)));
    expect(executed(world)).toEqual([{ type: "Ok", value: undefined }]);
    expect(balance(world, REAL).free).toBe(before - TAO);
    expect(balance(world, DELEGATE).free).toBeLessThan(paid);
  });

  it("lets the real account pay once it said so, and not after the proxy is gone", () => {
    const world = new World();
    const pays = proxyStep(REAL, "set_real_pays_fee", { delegate: id(DELEGATE), pays_fee: true });
    expect(world.block(pays, add("Any"), pays)).toEqual(["NotProxy", "ok", "ok"]);
    const paid = balance(world, DELEGATE).free;
    const before = balance(world, REAL).free;
    world.must(act(transfer(TAO)));
    expect(balance(world, DELEGATE).free).toBe(paid);
    expect(balance(world, REAL).free).toBeLessThan(before - TAO);
    world.must(remove("Any"));
    expect(world.state.has(table.storage.RealPaysFee, account(REAL), account(DELEGATE))).toBe(false);
  });

  it("refuses strangers, other types and delayed proxies", () => {
    const world = new World();
    world.must(add("Transfer", 3));
    expect(
      world.block(
        act(transfer(1n), STRANGER),
        act(transfer(1n), DELEGATE, { type: "Any" }),
        act(transfer(1n), DELEGATE, { type: "Transfer" }),
      ),
    ).toEqual(["NotProxy", "NotProxy", "Unannounced"]);
  });

  it("filters what the type forbids, inside a batch too, and tells it in the event", () => {
    const world = new World();
    world.must(add("NonTransfer"));
    const batch = { pallet: "Utility", name: "batch_all", args: { calls: [transfer(TAO)] } };
    const before = balance(world, REAL).free;
    expect(world.block(act(transfer(TAO)), act(batch))).toEqual(["ok", "ok"]);
    expect(executed(world)).toEqual([FILTERED, FILTERED]);
    expect(balance(world, REAL).free).toBe(before);
    const last = world.state.get(table.storage.LastCallResult, account(REAL));
    expect(last).toEqual(FILTERED);
  });

  it("gives no more than it has", () => {
    const world = new World();
    world.must(add("NonTransfer"));
    const inner = (name: string, args: Record<string, unknown> = {}) => act({ pallet: "Proxy", name, args });
    const give = (type: string) => ({ delegate: id(STRANGER), proxy_type: { type }, delay: 0 });
    world.must(
      inner("add_proxy", give("Any")),
      inner("add_proxy", give("Transfer")),
      inner("add_proxy", give("Staking")),
      inner("remove_proxies"),
    );
    expect(executed(world)).toEqual([FILTERED, FILTERED, { type: "Ok", value: undefined }, FILTERED]);
  });
});

describe("announcements", () => {
  const call = transfer(TAO);
  const announce = proxyStep(DELEGATE, "announce", { real: id(REAL), call_hash: callHash(call) });
  const announced = proxyStep(STRANGER, "proxy_announced", {
    delegate: id(DELEGATE),
    real: id(REAL),
    force_proxy_type: undefined,
    call,
  });

  it("let a delayed proxy act after its delay, once", () => {
    const world = new World();
    expect(world.block(announce, add("Transfer", 3), announce)).toEqual(["NotProxy", "ok", "ok"]);
    expect(balance(world, DELEGATE).reserved).toBe(104_000_000n);
    expect(world.block(announced)).toEqual(["Unannounced"]);
    world.run(1);
    expect(world.block(announced, announced)).toEqual(["ok", "Unannounced"]);
    expect(executed(world)).toEqual([{ type: "Ok", value: undefined }]);
    expect(balance(world, DELEGATE).reserved).toBe(0n);
  });

  it("can be taken back and rejected", () => {
    const world = new World();
    const takeBack = proxyStep(DELEGATE, "remove_announcement", { real: id(REAL), call_hash: callHash(call) });
    const reject = proxyStep(REAL, "reject_announcement", { delegate: id(DELEGATE), call_hash: callHash(call) });
    world.must(add("Transfer", 3));
    expect(world.block(takeBack, announce, takeBack, announce)).toEqual(["NotFound", "ok", "ok", "ok"]);
    expect(world.block(reject, reject)).toEqual(["ok", "NotFound"]);
    expect(balance(world, DELEGATE).reserved).toBe(0n);
  });
});

describe("pure accounts", () => {
  it("are made with a proxy and end by themselves only", () => {
    const world = new World();
    const create = proxyStep(REAL, "create_pure", { proxy_type: { type: "Any" }, delay: 0, index: 0 });
    world.must(create);
    const fields = world.events("PureCreated")[0]?.fields as { pure: string };
    const height = world.number;
    const extrinsic = [0, 1, 2, 3].find(
      (index) => pureAccount(account(REAL), height, index, { type: "Any" }, 0) === fields.pure,
    );
    expect(extrinsic).toBeDefined();
    const kill = {
      pallet: "Proxy",
      name: "kill_pure",
      args: { spawner: id(REAL), proxy_type: { type: "Any" }, index: 0, height, ext_index: extrinsic },
    };
    expect(world.block({ who: REAL, call: kill })).toEqual(["NoPermission"]);
    const asPure = proxyStep(REAL, "proxy", {
      real: { type: "Id", value: fields.pure },
      force_proxy_type: undefined,
      call: kill,
    });
    world.must(asPure);
    expect(world.events("PureKilled")).toHaveLength(1);
    expect(balance(world, REAL).reserved).toBe(0n);
  });
});

describe("types", () => {
  const cases: readonly [ProxyType["type"], RuntimeCall, boolean][] = [
    ["SmallTransfer", transfer(499_999_999n), true],
    ["SmallTransfer", transfer(500_000_000n), false],
    ["Staking", subtensor(REAL, "add_stake", {}).call, true],
    ["Staking", subtensor(REAL, "transfer_stake", {}).call, false],
    ["Registration", subtensor(REAL, "register_limit", {}).call, true],
    ["Owner", { pallet: "AdminUtils", name: "sudo_set_rho", args: {} }, true],
    ["Owner", { pallet: "AdminUtils", name: "sudo_set_sn_owner_hotkey", args: {} }, false],
    ["NonCritical", { pallet: "Sudo", name: "sudo", args: {} }, false],
    ["NonFungible", subtensor(REAL, "swap_hotkey_v2", {}).call, false],
    ["Senate", { pallet: "System", name: "remark", args: {} }, false],
  ];
  it.each(cases)("%s, case %#", (type, call, allowed) => {
    expect(proxyAllows({ type } as ProxyType, call)).toBe(allowed);
  });
});
