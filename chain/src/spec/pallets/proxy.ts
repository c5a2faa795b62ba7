/** Proxy (16): accounts that act for others, within limits. Source: spec/subtensor-interface.md 2.5, 3.7 and the metadata of spec 424. */
import { runtimeCall } from "../call-type.ts";
import { constant, definePallet, map } from "../define.ts";
import { accountId, h256, multiAddress } from "../scale/accounts.ts";
import { bool, compact, u16, u32, u64 } from "../scale/numbers.ts";
import type { ValueOf } from "../scale/scale-type.ts";
import { boundedVec } from "../scale/sequences.ts";
import { struct, tuple, unit } from "../scale/structs.ts";
import { option, variant } from "../scale/variants.ts";
import { dispatchResult } from "../types.ts";

const call = runtimeCall();

/** What a proxy may do for the account. */
export const proxyType = variant("subtensor_runtime_common::ProxyType", {
  Any: undefined,
  Owner: undefined,
  NonCritical: undefined,
  NonTransfer: undefined,
  Senate: undefined,
  NonFungible: undefined,
  Triumvirate: undefined,
  Governance: undefined,
  Staking: undefined,
  Registration: undefined,
  Transfer: undefined,
  SmallTransfer: undefined,
  RootWeights: undefined,
  ChildKeys: undefined,
  SudoUncheckedSetCode: undefined,
  SwapHotkey: undefined,
  SubnetLeaseBeneficiary: undefined,
  RootClaim: undefined,
});
/** Value of a {@link proxyType}. */
export type ProxyType = ValueOf<typeof proxyType>;

/** One proxy of an account; `delay` is how many blocks before a call it must be announced. */
export const proxyDefinition = struct("pallet_subtensor_proxy::ProxyDefinition", {
  delegate: accountId,
  proxy_type: proxyType,
  delay: u32,
});
/** A call that a proxy said it will make. */
export const announcement = struct("pallet_subtensor_proxy::Announcement", {
  real: accountId,
  call_hash: h256,
  height: u32,
});
const depositKind = variant("pallet_subtensor_proxy::DepositKind", { Proxies: undefined, Announcements: undefined });

export const proxy = definePallet({
  name: "Proxy",
  index: 16,
  crate: "pallet_subtensor_proxy",
  storage: {
    Proxies: map({
      keys: [["Twox64Concat", accountId]],
      value: tuple(boundedVec(proxyDefinition, 20), u64),
      default: [[], 0n],
    }),
    Announcements: map({
      keys: [["Twox64Concat", accountId]],
      value: tuple(boundedVec(announcement, 75), u64),
      default: [[], 0n],
    }),
    LastCallResult: map({ keys: [["Twox64Concat", accountId]], value: dispatchResult, optional: true }),
    RealPaysFee: map({
      keys: [
        ["Twox64Concat", accountId],
        ["Twox64Concat", accountId],
      ],
      value: unit,
      optional: true,
    }),
  },
  calls: {
    proxy: { index: 0, args: { real: multiAddress, force_proxy_type: option(proxyType), call } },
    add_proxy: { index: 1, args: { delegate: multiAddress, proxy_type: proxyType, delay: u32 } },
    remove_proxy: { index: 2, args: { delegate: multiAddress, proxy_type: proxyType, delay: u32 } },
    remove_proxies: { index: 3, args: {} },
    create_pure: { index: 4, args: { proxy_type: proxyType, delay: u32, index: u16 } },
    kill_pure: {
      index: 5,
      args: { spawner: multiAddress, proxy_type: proxyType, index: u16, height: compact(u32), ext_index: compact(u32) },
    },
    announce: { index: 6, args: { real: multiAddress, call_hash: h256 } },
    remove_announcement: { index: 7, args: { real: multiAddress, call_hash: h256 } },
    reject_announcement: { index: 8, args: { delegate: multiAddress, call_hash: h256 } },
    proxy_announced: {
      index: 9,
      args: { delegate: multiAddress, real: multiAddress, force_proxy_type: option(proxyType), call },
    },
    poke_deposit: { index: 10, args: {} },
    set_real_pays_fee: { index: 11, args: { delegate: multiAddress, pays_fee: bool } },
  },
  events: {
    ProxyExecuted: { index: 0, fields: { result: dispatchResult } },
    PureCreated: {
      index: 1,
      fields: { pure: accountId, who: accountId, proxy_type: proxyType, disambiguation_index: u16 },
    },
    PureKilled: {
      index: 2,
      fields: { pure: accountId, spawner: accountId, proxy_type: proxyType, disambiguation_index: u16 },
    },
    Announced: { index: 3, fields: { real: accountId, proxy: accountId, call_hash: h256 } },
    ProxyAdded: { index: 4, fields: { delegator: accountId, delegatee: accountId, proxy_type: proxyType, delay: u32 } },
    ProxyRemoved: {
      index: 5,
      fields: { delegator: accountId, delegatee: accountId, proxy_type: proxyType, delay: u32 },
    },
    DepositPoked: { index: 6, fields: { who: accountId, kind: depositKind, old_deposit: u64, new_deposit: u64 } },
    RealPaysFeeSet: { index: 7, fields: { real: accountId, delegate: accountId, pays_fee: bool } },
  },
  errors: [
    "TooMany",
    "NotFound",
    "NotProxy",
    "Unproxyable",
    "Duplicate",
    "NoPermission",
    "Unannounced",
    "NoSelfProxy",
    "AnnouncementDepositInvariantViolated",
    "InvalidDerivedAccountId",
  ],
  constants: {
    ProxyDepositBase: constant(u64, 60_000_000n),
    ProxyDepositFactor: constant(u64, 33_000_000n),
    MaxProxies: constant(u32, 20),
    MaxPending: constant(u32, 75),
    AnnouncementDepositBase: constant(u64, 36_000_000n),
    AnnouncementDepositFactor: constant(u64, 68_000_000n),
  },
});
