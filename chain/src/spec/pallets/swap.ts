import { constant, definePallet, map } from "../define.ts";
import { accountId } from "../scale/accounts.ts";
import { bool, i32, i64, u128, u16, u64 } from "../scale/numbers.ts";
import { boundedBytes } from "../scale/sequences.ts";
import { newtype, struct } from "../scale/structs.ts";
import { palletId } from "./subtensor-module-types.ts";

/** Pool weights: `quote` is the TAO weight in parts of 10^18, alpha has the rest. */
export const balancer = struct("pallet_subtensor_swap::pallet::balancer::Balancer", {
  quote: newtype("sp_arithmetic::per_things::Perquintill", u64),
});

const tickIndex = newtype("pallet_subtensor_swap::pallet::TickIndex", i32);
const positionId = newtype("pallet_subtensor_swap::pallet::PositionId", u128);
const nonZeroU64 = newtype("NonZeroU64", u64);

/** Pallet 28: the pools between TAO and the alpha of each subnet. Source: spec/subtensor-interface.md 2.5 and 3.7. */
export const swap = definePallet({
  name: "Swap",
  index: 28,
  crate: "pallet_subtensor_swap",
  storage: {
    FeeRate: map({ keys: [["Twox64Concat", u16]], value: u16, default: 33 }),
    SwapBalancer: map({ keys: [["Twox64Concat", u16]], value: balancer, default: { quote: 500_000_000_000_000_000n } }),
    PalSwapInitialized: map({ keys: [["Twox64Concat", u16]], value: bool, default: false }),
    HasMigrationRun: map({ keys: [["Identity", boundedBytes(128)]], value: bool, default: false }),
    ScrapReservoirAlpha: map({ keys: [["Twox64Concat", u16]], value: u64, default: 0n }),
  },
  calls: {
    set_fee_rate: { index: 0, args: { netuid: u16, rate: u16 } },
    add_liquidity: {
      index: 1,
      args: { hotkey: accountId, netuid: u16, tick_low: tickIndex, tick_high: tickIndex, liquidity: u64 },
    },
    remove_liquidity: { index: 2, args: { hotkey: accountId, netuid: u16, position_id: positionId } },
    modify_position: {
      index: 3,
      args: { hotkey: accountId, netuid: u16, position_id: positionId, liquidity_delta: i64 },
    },
    toggle_user_liquidity: { index: 4, args: { netuid: u16, enable: bool } },
    disable_lp: { index: 5, args: {} },
  },
  events: {
    FeeRateSet: { index: 0, fields: { netuid: u16, rate: u16 } },
  },
  errors: [
    "FeeRateTooHigh",
    "InsufficientInputAmount",
    "InsufficientLiquidity",
    "PriceLimitExceeded",
    "InsufficientBalance",
    "InvalidTickRange",
    "InvalidLiquidityValue",
    "ReservesTooLow",
    "MechanismDoesNotExist",
    "SubtokenDisabled",
    "ReservesOutOfBalance",
    "SwapInputTooLarge",
    "Deprecated",
  ],
  constants: {
    ProtocolId: constant(palletId, new TextEncoder().encode("ten/swap")),
    MaxFeeRate: constant(u16, 10_000),
    MinimumLiquidity: constant(u64, 1000n),
    MinimumReserve: constant(nonZeroU64, 1_000_000n),
  },
});
