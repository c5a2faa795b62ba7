/** Stake and permits set from nothing, with every total following. */
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { subnetAccount } from "../../../chain/src/node/runtime/subtensor/state/ids.ts";
import { hotkeyStake, stakeOf } from "../../../chain/src/node/runtime/subtensor/state/shares.ts";
import { netuids } from "../../../chain/src/node/runtime/subtensor/state/subnets.ts";
import { balances } from "../../../chain/src/spec/pallets/balances.ts";
import { subtensorModule } from "../../../chain/src/spec/pallets/subtensor-module.ts";
import { system } from "../../../chain/src/spec/pallets/system.ts";
import { startTestChain, type TestChain } from "../../unit/chain/node/test-chain.ts";
import { accountOf } from "./extrinsics.ts";
import { connectRaw, type RawSocket } from "./raw-socket.ts";

const S = subtensorModule.storage;
const TAO = 1_000_000_000n;
const alice = accountOf("//Alice");
const bob = accountOf("//Bob");
const HOTKEY = accountOf("//Hot");

let chain: TestChain;
let socket: RawSocket;
let netuid: number;

beforeEach(async () => {
  chain = await startTestChain({ mode: "manual", relaxed: true });
  socket = await connectRaw(chain.port);
  await as(alice, "register_network", { hotkey: accountOf("//Owner") });
  netuid = Math.max(...netuids(state()));
  await as(alice, "start_call", { netuid });
  await as(alice, "burned_register", { netuid, hotkey: HOTKEY });
  await socket.result("dev_setStorage", { SubtensorModule: { Tempo: [[[netuid], 100]] } });
});
afterEach(async () => {
  socket.close();
  await chain.close();
  expect(chain.faults).toEqual([]);
});

const state = (): ReturnType<TestChain["node"]["chain"]["headState"]> => chain.node.chain.headState();
async function as(who: string, name: string, args: unknown): Promise<void> {
  const params = { origin: { Signed: who }, call: { pallet: "SubtensorModule", call: name, args } };
  expect(await socket.result("dev_call", params)).toMatchObject({ ok: true });
}
const setStake = (change: Record<string, unknown>): Promise<unknown> =>
  socket.result("dev_setStake", { hotkey: HOTKEY, coldkey: bob, netuid, ...change });

/** Accounts, pools and stakes against the totals. */
function expectBalanced(): void {
  let held = 0n;
  for (const { value } of state().iterate(system.storage.Account)) held += value.data.free + value.data.reserved;
  expect(state().get(balances.storage.TotalIssuance)).toBe(held);
  let pools = 0n;
  for (const id of netuids(state())) {
    let staked = 0n;
    for (const { keys, value } of state().iterate(S.TotalHotkeyAlpha)) {
      if (keys[1] !== id) continue;
      staked += value;
      const parts = [...state().iterate(S.AlphaV2, keys[0])].filter((entry) => entry.keys[2] === id);
      const sum = parts.reduce((all, entry) => all + stakeOf(state(), keys[0], entry.keys[1], id), 0n);
      const whole = hotkeyStake(state(), keys[0], id);
      expect(sum).toBeLessThanOrEqual(whole);
      expect(whole - sum).toBeLessThanOrEqual(BigInt(parts.length) + 2n);
    }
    expect(staked, `stake on ${id}`).toBeLessThanOrEqual(state().get(S.SubnetAlphaOut, id));
    const tao = state().get(S.SubnetTAO, id);
    pools += tao;
    const account = state().get(system.storage.Account, subnetAccount(id)).data.free;
    expect(tao, `reserve of ${id}`).toBeLessThanOrEqual(account + 500n);
  }
  expect(state().get(S.TotalStake)).toBeGreaterThanOrEqual(pools);
}

describe("dev_setStake", () => {
  it("sets alpha up and down to the rao, totals following, the price standing still", async () => {
    const price = (): Promise<unknown> =>
      socket.result("state_call", "SwapRuntimeApi_current_alpha_price", `0x${netuid.toString(16).padStart(2, "0")}00`);
    const before = {
      block: chain.node.chain.head.number,
      out: state().get(S.SubnetAlphaOut, netuid),
      price: await price(),
    };
    const amounts = [123_456_789_123n, 7n * TAO, 5_000_000n * TAO, 1n, 0n];
    for (const alphaRao of amounts) {
      await setStake({ coldkey: alice, alphaRao: String(3n * TAO) });
      expect(await setStake({ alphaRao: String(alphaRao) })).toMatchObject({ alphaRao: String(alphaRao) });
      expect(stakeOf(state(), HOTKEY, bob, netuid)).toBe(alphaRao);
      expectBalanced();
    }
    await setStake({ coldkey: alice, alphaRao: 0 });
    // One alpha a block is issued to the subnet besides.
    const issued = BigInt(chain.node.chain.head.number - before.block) * TAO;
    expect(state().get(S.SubnetAlphaOut, netuid) - before.out - issued).toBeLessThan(20n);
    expect(await price()).toBe(before.price);
    expect(state().get(S.StakingHotkeys, bob)).toContain(HOTKEY);
    expect(state().has(S.Delegates, HOTKEY)).toBe(true);
  });

  it("takes a worth in TAO, and moves TAO where stake is TAO", async () => {
    await setStake({ taoRao: String(50n * TAO) });
    const quote = state();
    const price = Number(quote.get(S.SubnetTAO, netuid)) / Number(quote.get(S.SubnetAlphaIn, netuid));
    const worth = Number(stakeOf(state(), HOTKEY, bob, netuid)) * price;
    expect(Math.abs(worth - Number(50n * TAO))).toBeLessThan(Number(TAO));
    const issued = state().get(balances.storage.TotalIssuance);
    const chainIssued = state().get(S.TotalIssuance);
    await setStake({ netuid: 0, taoRao: String(900n * TAO) });
    expect(state().get(balances.storage.TotalIssuance) - issued).toBeGreaterThanOrEqual(900n * TAO);
    expect(state().get(S.TotalIssuance) - chainIssued).toBeGreaterThanOrEqual(900n * TAO);
    expect(stakeOf(state(), HOTKEY, bob, 0)).toBe(900n * TAO);
    expectBalanced();
    await setStake({ netuid: 0, alphaRao: String(10n * TAO) });
    expect(stakeOf(state(), HOTKEY, bob, 0)).toBe(10n * TAO);
    expectBalanced();
    await socket.result("dev_nextEpoch", { netuid });
    await socket.result("dev_newBlock", { count: 20 });
    expectBalanced();
    await as(bob, "unstake_all_alpha", { hotkey: HOTKEY });
    expectBalanced();
  });

  it("makes a hotkey that nobody owned the coldkey's", async () => {
    const hotkey = accountOf("//Fresh");
    await setStake({ hotkey, alphaRao: 5_000 });
    expect(state().get(S.Owner, hotkey)).toBe(bob);
    expect(state().get(S.OwnedHotkeys, bob)).toContain(hotkey);
  });

  it.each([
    [{}, /one of alphaRao or taoRao/],
    [{ alphaRao: 1, taoRao: 1 }, /one of alphaRao or taoRao/],
    [{ alphaRao: -1 }, /alphaRao or taoRao/],
    [{ alphaRao: 1.5 }, /alphaRao or taoRao/],
    [{ alphaRao: "99999999999999999999" }, /at most/],
    [{ alphaRao: 1, netuid: "x" }, /netuid must be a whole number/],
    [{ alphaRao: 1, hotkey: 5 }, /hotkey must be an address/],
    [{ alphaRao: 1, coldkey: "5" }, /coldkey must be an address/],
  ])("refuses %j", async (change, why) => {
    const { number } = chain.node.chain.head;
    const { error } = await socket.call("dev_setStake", { hotkey: HOTKEY, coldkey: bob, netuid, ...change });
    expect(error).toMatchObject({ code: -32_602 });
    expect(error?.data).toMatch(why);
    expect(chain.node.chain.head.number).toBe(number);
  });

  it("refuses subnets and hotkeys that cannot be", async () => {
    const call = (change: Record<string, unknown>): ReturnType<RawSocket["call"]> =>
      socket.call("dev_setStake", { hotkey: HOTKEY, coldkey: bob, netuid, alphaRao: 1, ...change });
    expect((await call({ netuid: 999 })).error).toMatchObject({ code: -32_000, message: "No subnet 999" });
    expect((await call({ hotkey: subnetAccount(1) })).error).toMatchObject({ code: -32_000 });
  });
});

describe("dev_setBalance", () => {
  it("moves both counters of what is issued", async () => {
    const counters = (): bigint[] => [state().get(balances.storage.TotalIssuance), state().get(S.TotalIssuance)];
    const [before, chainBefore] = counters() as [bigint, bigint];
    await socket.result("dev_setBalance", accountOf("//Nobody"), String(70n * TAO));
    const [after, chainAfter] = counters() as [bigint, bigint];
    expect(after - before).toBe(chainAfter - chainBefore);
    expect(after - before).toBeGreaterThanOrEqual(70n * TAO);
    expectBalanced();
  });
});

describe("dev_setPermit", () => {
  it("gives and takes a permit by uid or hotkey, with the bonds", async () => {
    const uid = state().get(S.Uids, netuid, HOTKEY) ?? -1;
    const permits = (): boolean[] => state().get(S.ValidatorPermit, netuid);
    expect(await socket.result("dev_setPermit", { netuid, uid, permit: true })).toMatchObject({ uid, permit: true });
    expect(permits()[uid]).toBe(true);
    chain.node.producer.produceEdited((ctx) => ctx.state.put(S.Bonds, [netuid, uid], [[0, 5]]));
    await socket.result("dev_setPermit", { netuid, hotkey: HOTKEY, permit: false });
    expect(permits()[uid]).toBe(false);
    expect(state().has(S.Bonds, netuid, uid)).toBe(false);
    expect(permits()).toHaveLength(state().get(S.SubnetworkN, netuid));
  });

  it.each([
    [{ permit: true }, -32_602],
    [{ uid: 0 }, -32_602],
    [{ uid: 0, permit: 1 }, -32_602],
    [{ uid: 0, hotkey: HOTKEY, permit: true }, -32_602],
    [{ uid: -1, permit: true }, -32_602],
    [{ uid: 99, permit: true }, -32_000],
    [{ hotkey: bob, permit: true }, -32_000],
    [{ uid: 0, permit: true, netuid: 77 }, -32_000],
  ])("refuses %j", async (change, code) => {
    expect((await socket.call("dev_setPermit", { netuid, ...change })).error).toMatchObject({ code });
  });
});
