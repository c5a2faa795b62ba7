import { delegateReturns } from "@subnetkit/shared/consensus/economics/delegate-returns";
import { swapFee } from "@subnetkit/shared/consensus/economics/pool-swap";
import { lockState } from "../../../../spec/pallets/subtensor-module-types.ts";
import { u64f64 } from "../../../../spec/pallets/subtensor-module-types.ts";
import { subtensorModule } from "../../../../spec/pallets/subtensor-module.ts";
import {
  type DelegateInfo,
  delegated,
  delegateInfo,
  type StakeInfo,
  stakeAvailability as availabilityType,
  stakeInfo,
} from "../../../../spec/runtime-apis-subtensor.ts";
import { accountId } from "../../../../spec/scale/accounts.ts";
import { u16, u64 } from "../../../../spec/scale/numbers.ts";
import { btreeMap, vec } from "../../../../spec/scale/sequences.ts";
import { tuple } from "../../../../spec/scale/structs.ts";
import { option } from "../../../../spec/scale/variants.ts";
import type { State } from "../../../storage/state.ts";
import { apiMethod, atHead, type Ctx, type RuntimeApi } from "../../pallet.ts";
import { feeRateOf } from "../../swap/pool-state.ts";
import { currentLock, type StakeAvailability, stakeAvailability } from "../locks/availability.ts";
import { hotkeyConviction, mostConvicted } from "../locks/conviction.ts";
import { stored } from "../locks/lock-store.ts";
import { coldkeyOf } from "../state/hotkeys.ts";
import { ROOT_NETUID } from "../state/ids.ts";
import { uidOf } from "../state/neurons.ts";
import { hotkeyStake, stakeOf } from "../state/shares.ts";
import { netuids } from "../state/subnets.ts";

const S = subtensorModule.storage;

/** StakeInfoRuntimeApi (spec/subtensor-interface.md 4.1). Locks are as of the newest block, not as of their last change. */
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
      result: btreeMap(accountId, btreeMap(u16, availabilityType)),
      run: (ctx, args) => {
        const wanted = wantedNetuids(ctx.state, args.netuids);
        return [...new Set(args.coldkey_accounts)]
          .sort()
          .map((coldkey): [string, [number, StakeAvailability][]] => [coldkey, availabilities(ctx, coldkey, wanted)]);
      },
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
      run: (ctx, { coldkey, netuid }) => {
        const lock = currentLock(atHead(ctx), coldkey, netuid);
        return lock === undefined ? undefined : stored(lock);
      },
    }),
    get_hotkey_conviction: apiMethod({
      args: { hotkey: accountId, netuid: u16 },
      result: u64f64,
      run: (ctx, { hotkey, netuid }) => ({ bits: hotkeyConviction(atHead(ctx), netuid, hotkey) }),
    }),
    get_most_convicted_hotkey_on_subnet: apiMethod({
      args: { netuid: u16 },
      result: option(accountId),
      run: (ctx, { netuid }) => mostConvicted(atHead(ctx), netuid),
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
        [...state.iterate(S.Delegates)].flatMap(({ keys: [hotkey] }) =>
          [...state.iterate(S.AlphaV2, hotkey, args.delegatee_account)].map(
            ({ keys: [, coldkey, netuid] }): [DelegateInfo, [number, bigint]] => [
              delegateOf(state, hotkey, false),
              [netuid, stakeOf(state, hotkey, coldkey, netuid)],
            ],
          ),
        ),
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
  return {
    hotkey,
    coldkey,
    netuid,
    stake: stakeOf(state, hotkey, coldkey, netuid),
    locked: 0n,
    emission: stakeEmission(state, hotkey, netuid),
    tao_emission: 0n,
    drain: 0n,
    is_registered: uidOf(state, netuid, hotkey) !== undefined,
  };
}

/** What a hotkey's uid got in the last epoch of a subnet; 0 without a uid. */
function stakeEmission(state: State, hotkey: string, netuid: number): bigint {
  const uid = uidOf(state, netuid, hotkey);
  return uid === undefined ? 0n : (state.get(S.Emission, netuid)[uid] ?? 0n);
}

/** Existing netuids among the asked ones, once each, or all; none for an empty request and for one with more netuids than there are. */
function wantedNetuids(state: State, asked: readonly number[] | undefined): number[] {
  const existing = netuids(state);
  const wanted = new Set(asked ?? existing);
  return wanted.size > existing.length ? [] : existing.filter((netuid) => wanted.has(netuid));
}

/** By subnet, those with neither stake nor lock left out. */
function availabilities(ctx: Ctx, coldkey: string, wanted: readonly number[]): [number, StakeAvailability][] {
  return wanted
    .map((netuid): [number, StakeAvailability] => [netuid, stakeAvailability(atHead(ctx), coldkey, netuid)])
    .filter(([, { total, locked }]) => total > 0n || locked > 0n);
}

function delegateOf(state: State, hotkey: string, withNominators = true): DelegateInfo {
  const registrations = netuids(state).filter((netuid) => uidOf(state, netuid, hotkey) !== undefined);
  const take = state.get(S.Delegates, hotkey);
  const returns = delegateReturns({
    seats: registrations.map((netuid) => ({
      emissionRao: stakeEmission(state, hotkey, netuid),
      tempo: state.get(S.Tempo, netuid),
    })),
    rootStakeRao: hotkeyStake(state, hotkey, ROOT_NETUID),
    take,
  });
  return {
    delegate_ss58: hotkey,
    take,
    nominators: withNominators ? nominatorsOf(state, hotkey) : [],
    owner_ss58: coldkeyOf(state, hotkey),
    registrations,
    validator_permits: registrations.filter(
      (netuid) => state.get(S.ValidatorPermit, netuid)[uidOf(state, netuid, hotkey) ?? -1] === true,
    ),
    return_per_1000: returns.per1000Rao,
    total_daily_return: returns.perDayRao,
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
  return [...byColdkey].sort(([a], [b]) => (a < b ? -1 : 1));
}
