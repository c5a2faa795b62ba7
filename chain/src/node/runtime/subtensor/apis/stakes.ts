import { swapFee } from "@subnetkit/shared/consensus/economics/pool-swap";
import { lockState } from "../../../../spec/pallets/subtensor-module-types.ts";
import { u64f64 } from "../../../../spec/pallets/subtensor-module-types.ts";
import { subtensorModule } from "../../../../spec/pallets/subtensor-module.ts";
import {
  type DelegateInfo,
  delegated,
  delegateInfo,
  type StakeInfo,
  stakeAvailability,
  stakeInfo,
} from "../../../../spec/runtime-apis-subtensor.ts";
import { accountId, btreeMap, option, tuple, u16, u64, vec } from "../../../../spec/scale.ts";
import type { State } from "../../../storage/state.ts";
import { apiMethod, type RuntimeApi } from "../../pallet.ts";
import { feeRateOf } from "../../swap/pool-state.ts";
import { coldkeyOf } from "../state/hotkeys.ts";
import { uidOf } from "../state/neurons.ts";
import { stakeOf } from "../state/shares.ts";
import { netuids } from "../state/subnets.ts";

const S = subtensorModule.storage;

/** StakeInfoRuntimeApi (spec/subtensor-interface.md 4.1). Locks are not built: nothing is locked. */
export const stakeInfoApi: RuntimeApi = {
  version: 1,
  methods: {
    get_stake_info_for_coldkey: apiMethod({
      args: { coldkey_account: accountId },
      result: vec(stakeInfo),
      run: ({ state }, args) => stakesOf(state, args.coldkey_account),
    }),
    get_stake_info_for_coldkeys: apiMethod({
      args: { coldkey_accounts: vec(accountId) },
      result: vec(tuple(accountId, vec(stakeInfo))),
      run: ({ state }, args) =>
        args.coldkey_accounts.map((coldkey): [string, StakeInfo[]] => [coldkey, stakesOf(state, coldkey)]),
    }),
    get_stake_info_for_hotkey_coldkey_netuid: apiMethod({
      args: { hotkey_account: accountId, coldkey_account: accountId, netuid: u16 },
      result: option(stakeInfo),
      run: ({ state }, args) => stakeOn(state, args.hotkey_account, args.coldkey_account, args.netuid),
    }),
    get_stake_availability_for_coldkeys: apiMethod({
      args: { coldkey_accounts: vec(accountId), netuids: option(vec(u16)) },
      result: btreeMap(accountId, btreeMap(u16, stakeAvailability)),
      run: ({ state }, args) =>
        [...args.coldkey_accounts]
          .sort()
          .map((coldkey): [string, [number, { total: bigint; locked: bigint; available: bigint }][]] => [
            coldkey,
            availability(state, coldkey, args.netuids),
          ]),
    }),
    get_stake_fee: apiMethod({
      args: {
        origin: option(tuple(accountId, u16)),
        origin_coldkey_account: accountId,
        destination: option(tuple(accountId, u16)),
        destination_coldkey_account: accountId,
        amount: u64,
      },
      result: u64,
      run: ({ state }, { origin, destination, amount }) => {
        const from = origin?.[1];
        const to = destination?.[1];
        return from === to ? 0n : swapFee(amount, feeRateOf(state, from ?? to ?? 0));
      },
    }),
    get_coldkey_lock: apiMethod({
      args: { coldkey: accountId, netuid: u16 },
      result: option(lockState),
      run: () => undefined,
    }),
    get_hotkey_conviction: apiMethod({
      args: { hotkey: accountId, netuid: u16 },
      result: u64f64,
      run: () => ({ bits: 0n }),
    }),
    get_most_convicted_hotkey_on_subnet: apiMethod({
      args: { netuid: u16 },
      result: option(accountId),
      run: () => undefined,
    }),
  },
};

/** DelegateInfoRuntimeApi (spec/subtensor-interface.md 4.1). */
export const delegateInfoApi: RuntimeApi = {
  version: 1,
  methods: {
    get_delegates: apiMethod({
      args: {},
      result: vec(delegateInfo),
      run: ({ state }) => [...state.iterate(S.Delegates)].map(({ keys }) => delegateOf(state, keys[0])),
    }),
    get_delegate: apiMethod({
      args: { delegate_account: accountId },
      result: option(delegateInfo),
      run: ({ state }, args) =>
        state.has(S.Delegates, args.delegate_account) ? delegateOf(state, args.delegate_account) : undefined,
    }),
    get_delegated: apiMethod({
      args: { delegatee_account: accountId },
      result: vec(delegated),
      run: ({ state }, args) =>
        stakesOf(state, args.delegatee_account)
          .filter(({ hotkey }) => state.has(S.Delegates, hotkey))
          .map(({ hotkey, netuid, stake }): [DelegateInfo, [number, bigint]] => [
            delegateOf(state, hotkey),
            [netuid, stake],
          ]),
    }),
  },
};

/** Stakes of a coldkey that are not zero, over all its hotkeys and subnets. */
function stakesOf(state: State, coldkey: string): StakeInfo[] {
  const all = netuids(state);
  return state
    .get(S.StakingHotkeys, coldkey)
    .flatMap((hotkey) =>
      all.map((netuid) => stakeOn(state, hotkey, coldkey, netuid)).filter(({ stake }) => stake > 0n),
    );
}

function stakeOn(state: State, hotkey: string, coldkey: string, netuid: number): StakeInfo {
  const uid = uidOf(state, netuid, hotkey);
  return {
    hotkey,
    coldkey,
    netuid,
    stake: stakeOf(state, hotkey, coldkey, netuid),
    locked: 0n,
    emission: uid === undefined ? 0n : (state.get(S.Emission, netuid)[uid] ?? 0n),
    tao_emission: 0n,
    drain: 0n,
    is_registered: uid !== undefined,
  };
}

function availability(
  state: State,
  coldkey: string,
  wanted: readonly number[] | undefined,
): [number, { total: bigint; locked: bigint; available: bigint }][] {
  const totals = new Map<number, bigint>();
  for (const { netuid, stake } of stakesOf(state, coldkey)) totals.set(netuid, (totals.get(netuid) ?? 0n) + stake);
  return [...totals]
    .filter(([netuid]) => wanted === undefined || wanted.includes(netuid))
    .sort(([a], [b]) => a - b)
    .map(([netuid, total]) => [netuid, { total, locked: 0n, available: total }]);
}

function delegateOf(state: State, hotkey: string): DelegateInfo {
  const registrations = netuids(state).filter((netuid) => uidOf(state, netuid, hotkey) !== undefined);
  return {
    delegate_ss58: hotkey,
    take: state.get(S.Delegates, hotkey),
    nominators: nominatorsOf(state, hotkey),
    owner_ss58: coldkeyOf(state, hotkey),
    registrations,
    validator_permits: registrations.filter(
      (netuid) => state.get(S.ValidatorPermit, netuid)[uidOf(state, netuid, hotkey) ?? -1] === true,
    ),
    return_per_1000: 0n,
    total_daily_return: 0n,
  };
}

function nominatorsOf(state: State, hotkey: string): [string, [number, bigint][]][] {
  const byColdkey = new Map<string, [number, bigint][]>();
  for (const { keys } of state.iterate(S.AlphaV2, hotkey)) {
    const [, coldkey, netuid] = keys;
    const stakes = byColdkey.get(coldkey) ?? [];
    stakes.push([netuid, stakeOf(state, hotkey, coldkey, netuid)]);
    byColdkey.set(coldkey, stakes);
  }
  return [...byColdkey];
}
