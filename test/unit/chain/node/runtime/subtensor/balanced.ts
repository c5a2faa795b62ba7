import { expect } from "vitest";
import { subnetAccount } from "@subnetkit/chain/node/runtime/subtensor/state/ids";
import { hotkeyStake, stakeOf } from "@subnetkit/chain/node/runtime/subtensor/state/shares";
import { netuids } from "@subnetkit/chain/node/runtime/subtensor/state/subnets";
import type { State } from "@subnetkit/chain/node/storage/state";
import { balances } from "@subnetkit/chain/spec/pallets/balances";
import { subtensorModule } from "@subnetkit/chain/spec/pallets/subtensor-module";
import { system } from "@subnetkit/chain/spec/pallets/system";

const S = subtensorModule.storage;

/** Every account, pool, stake and lock against the totals and the index the chain keeps. */
export function expectBalanced(state: State): void {
  expectLocksIndexed(state);
  let held = 0n;
  for (const { value } of state.iterate(system.storage.Account)) held += value.data.free + value.data.reserved;
  expect(state.get(balances.storage.TotalIssuance)).toBe(held);
  let pools = 0n;
  for (const id of netuids(state)) {
    const stakes = [...state.iterate(S.TotalHotkeyAlpha)].filter(({ keys }) => keys[1] === id);
    const staked = stakes.reduce((sum, { value }) => sum + value, 0n);
    expect(staked, `stake on ${id}`).toBeLessThanOrEqual(state.get(S.SubnetAlphaOut, id));
    for (const { keys } of stakes) {
      const parts = [...state.iterate(S.AlphaV2, keys[0])]
        .filter((entry) => entry.keys[2] === id)
        .map((entry) => stakeOf(state, keys[0], entry.keys[1], id));
      const sum = parts.reduce((total, part) => total + part, 0n);
      const whole = hotkeyStake(state, keys[0], id);
      expect(sum).toBeLessThanOrEqual(whole);
      expect(whole - sum).toBeLessThanOrEqual(BigInt(parts.length) + 2n);
    }
    const tao = state.get(S.SubnetTAO, id);
    pools += tao;
    expect(tao, `reserve of ${id}`).toBeLessThanOrEqual(
      state.get(system.storage.Account, subnetAccount(id)).data.free + 500n,
    );
  }
  // Fees of buys are counted in and go to the author: the counter is never below the pools.
  expect(state.get(S.TotalStake)).toBeGreaterThanOrEqual(pools);
}

/** At most one lock of a coldkey on a subnet, each in the index and nothing else there. */
function expectLocksIndexed(state: State): void {
  const locks = [...state.iterate(S.Lock)].map(({ keys }) => keys);
  const index = [...state.iterate(S.LockingColdkeys)].map(({ keys: [netuid, hotkey, coldkey] }) => [
    coldkey,
    netuid,
    hotkey,
  ]);
  expect(index.map(String).sort()).toEqual(locks.map(String).sort());
  expect(new Set(locks.map(([coldkey, netuid]) => `${coldkey} ${netuid}`)).size).toBe(locks.length);
}
