/** Limits lifted and holding again. */
import { afterEach, describe, expect, it } from "vitest";
import { LIMITS } from "../../../chain/src/node/runtime/rules.ts";
import { subtensorModule } from "../../../chain/src/spec/pallets/subtensor-module.ts";
import { startTestChain, type TestChain } from "../../unit/chain/node/test-chain.ts";
import { accountOf } from "./extrinsics.ts";
import { connectRaw, type RawSocket } from "./raw-socket.ts";

const S = subtensorModule.storage;
const MINER = accountOf("//Miner");
const alice = accountOf("//Alice");

let chain: TestChain;
let socket: RawSocket;

async function start(options: Parameters<typeof startTestChain>[0] = {}): Promise<void> {
  chain = await startTestChain({ mode: "manual", ...options });
  socket = await connectRaw(chain.port);
}
afterEach(async () => {
  socket.close();
  await chain.close();
  expect(chain.faults).toEqual([]);
});

type Outcome = { ok: boolean; error: { name?: string } | null };
async function call(origin: unknown, pallet: string, name: string, args: unknown): Promise<string> {
  const params = { origin, call: { pallet, call: name, args } };
  const { ok, error } = (await socket.result("dev_call", params)) as Outcome;
  return ok ? "ok" : (error?.name ?? JSON.stringify(error));
}
const as = (who: string, name: string, args: unknown): Promise<string> =>
  call({ Signed: who }, "SubtensorModule", name, args);
const admin = (name: string, args: unknown): Promise<string> => call("Root", "AdminUtils", name, args);
const set = (limits: Record<string, unknown>): Promise<unknown> => socket.result("dev_setLimits", limits);

/** A subnet of Alice's with a miner, commit-reveal off, started. */
async function subnet(): Promise<number> {
  await set({ relaxed: true });
  expect(await as(alice, "register_network", { hotkey: accountOf("//Owner") })).toBe("ok");
  const networks = chain.node.chain.headState();
  const netuid = Math.max(...[...networks.iterate(S.NetworksAdded)].map(({ keys }) => keys[0]));
  expect(await as(alice, "start_call", { netuid })).toBe("ok");
  expect(await as(alice, "burned_register", { netuid, hotkey: MINER })).toBe("ok");
  expect(await admin("sudo_set_commit_reveal_weights_enabled", { netuid, enabled: false })).toBe("ok");
  expect(await admin("sudo_set_stake_threshold", { min_stake: 0 })).toBe("ok");
  expect(await admin("sudo_set_tempo", { netuid, tempo: 300 })).toBe("ok");
  expect(await admin("sudo_set_network_rate_limit", { rate_limit: 1_000 })).toBe("ok");
  expect(await call("Root", "Commitments", "set_max_space", { new_limit: 150 })).toBe("ok");
  await set({ relaxed: false });
  return netuid;
}

describe("dev_setLimits", () => {
  it("lifts each limit by itself and lets it hold again", async () => {
    await start();
    const netuid = await subnet();
    const weights = { netuid, dests: [1], weights: [1], version_key: 0 };
    const axon = {
      netuid,
      version: 1,
      ip: "16843009",
      port: 9,
      ip_type: 4,
      protocol: 0,
      placeholder1: 0,
      placeholder2: 0,
    };
    const children = { hotkey: MINER, netuid, children: [] };
    const space = { netuid, info: { fields: [{ Raw100: `0x${"07".repeat(100)}` }] } };
    let take = 9_000;
    let swaps = 0;
    const cases: Record<string, [string, () => Promise<string>]> = {
      weights: ["SettingWeightsTooFast", () => as(MINER, "set_weights", weights)],
      serving: ["ServingRateLimitExceeded", () => as(MINER, "serve_axon", axon)],
      network: ["NetworkTxRateLimitExceeded", () => as(alice, "register_network", { hotkey: accountOf("//Again") })],
      commitments: ["SpaceLimitExceeded", () => call({ Signed: MINER }, "Commitments", "set_commitment", space)],
      take: ["DelegateTxRateLimitExceeded", () => as(alice, "increase_take", { hotkey: MINER, take: ++take })],
      children: ["TxRateLimitExceeded", () => as(alice, "set_children", children)],
      tx: [
        "HotKeySetTxRateLimitExceeded",
        async () => {
          const [hotkey, new_hotkey] = [`//Swap${swaps}`, `//Swap${swaps + 1}`].map(accountOf);
          await as(alice, "try_associate_hotkey", { hotkey });
          const fate = await as(alice, "swap_hotkey", { hotkey, new_hotkey, netuid: null });
          if (fate === "ok") swaps += 1;
          return fate;
        },
      ],
      owner: [
        "TxRateLimitExceeded",
        async () => {
          await set({ adminWindow: false });
          const fate = await call({ Signed: alice }, "AdminUtils", "sudo_set_rho", { netuid, rho: 9 });
          await set({ adminWindow: true });
          return fate;
        },
      ],
    };
    for (const [limit, [error, attempt]] of Object.entries(cases)) {
      await attempt();
      expect(await attempt(), limit).toBe(error);
      expect(await set({ [limit]: false })).toEqual({ lifted: [limit] });
      expect(await attempt(), limit).toBe("ok");
      expect(await attempt(), limit).toBe("ok");
      expect(await set({ [limit]: true })).toEqual({ lifted: [] });
      expect(await attempt(), limit).toBe(error);
    }
  });

  it("lifts the limits of root registrations and of the admin window", async () => {
    await start();
    const registrations = async (prefix: string): Promise<string[]> => {
      const fates: string[] = [];
      for (let i = 0; i < 5; i++)
        fates.push(await as(alice, "root_register", { hotkey: accountOf(`//${prefix}${i}`) }));
      return fates;
    };
    expect(new Set(await registrations("a"))).toContain("TooManyRegistrationsThisInterval");
    await set({ registration: false });
    expect(new Set(await registrations("b"))).toEqual(new Set(["ok"]));
    chain.node.producer.produceEdited(({ state }) => state.put(S.AdminFreezeWindow, [], 65_535));
    const rho = (): Promise<string> => admin("sudo_set_rho", { netuid: 1, rho: 4 });
    expect(await rho()).toBe("AdminActionProhibitedDuringWeightsWindow");
    await set({ adminWindow: false });
    expect(await rho()).toBe("ok");
  });

  it("is told by dev_info, and is what --relaxed begins with", async () => {
    await start({ relaxed: true });
    expect(await socket.result("dev_info")).toMatchObject({ lifted: [...LIMITS] });
    expect(await set({ weights: true, relaxed: true })).toEqual({ lifted: [...LIMITS] });
    expect(await set({ relaxed: true, weights: true })).toEqual({ lifted: LIMITS.filter((one) => one !== "weights") });
    expect(await set({ relaxed: false })).toEqual({ lifted: [] });
  });

  it.each([[{}], [{ nothing: true }], [{ weights: 1 }], [[]], ["relaxed"]])("refuses %j", async (params) => {
    await start();
    const { error } = await socket.call("dev_setLimits", params);
    expect(error).toMatchObject({ code: -32_602 });
    if (!Array.isArray(params) && typeof params === "object") expect(error?.data).toMatch(/relaxed: true \| false/);
  });
});
