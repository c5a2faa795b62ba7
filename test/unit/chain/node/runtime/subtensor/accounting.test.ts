import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { expectBalanced } from "./balanced.ts";
import { minerColdkey, minerHotkey, NETUID, startSubnet, validatorColdkey, validatorHotkey } from "./scenario.ts";
import { account, admin, fund, type Step, sudo, subtensor, TAO, type World } from "./world.ts";

const SECOND = 3;
const COLDKEYS = [validatorColdkey(0), validatorColdkey(1), minerColdkey(0), "//Nominator"];
const HOTKEYS = [validatorHotkey(0), validatorHotkey(1), minerHotkey(0), minerHotkey(1)];

/** Two started subnets with stake, some of it locked, root open for stake, one validator on root. */
function start(): World {
  const world = startSubnet({ validators: 2, miners: 2, tempo: 5 });
  world.must(fund("//Nominator", 20_000n * TAO), fund("//Second", 5_000n * TAO));
  world.must(
    subtensor("//Second", "register_network", { hotkey: account("//Second//hot") }),
    admin("sudo_set_subtoken_enabled", { netuid: 0, subtoken_enabled: true }),
    subtensor(validatorColdkey(1), "root_register", { hotkey: account(validatorHotkey(1)) }),
  );
  world.must(
    subtensor("//Second", "start_call", { netuid: SECOND }),
    admin("sudo_set_tempo", { netuid: SECOND, tempo: 7 }),
    admin("sudo_set_subnet_emission_enabled", { netuid: SECOND, enabled: true }),
    admin("sudo_set_commit_reveal_weights_enabled", { netuid: NETUID, enabled: false }),
    admin("sudo_set_max_allowed_uids", { netuid: NETUID, max_allowed_uids: 100 }),
    admin("sudo_set_nominator_min_required_stake", { min_stake: 5_000_000n }),
    subtensor("//Nominator", "add_stake", {
      hotkey: account(validatorHotkey(1)),
      netuid: 0,
      amount_staked: 8_000n * TAO,
    }),
    ...[0, 1].map((i) =>
      subtensor(validatorColdkey(i), "lock_stake", {
        hotkey: account(validatorHotkey(i)),
        netuid: NETUID,
        amount: 100n * TAO,
      }),
    ),
    ...COLDKEYS.map((who) => subtensor(who, "set_reject_locked_alpha", { enabled: false })),
  );
  return world;
}

const of = <T>(values: readonly T[]): fc.Arbitrary<T> => fc.constantFrom(...values);
const coldkey = of(COLDKEYS);
const hotkey = of(HOTKEYS).map(account);
const netuid = of([0, NETUID, SECOND]);
const amount = fc.oneof(
  fc.bigInt({ min: 0n, max: 3_000_000n }),
  fc.bigInt({ min: TAO, max: 3_000n * TAO }),
  fc.constant((1n << 64n) - 1n),
);
const price = fc.oneof(fc.bigInt({ min: 0n, max: 20n * TAO }), of([1_000n, TAO]));

const step: fc.Arbitrary<Step> = fc.oneof(
  fc
    .tuple(coldkey, fc.record({ hotkey, netuid, amount_staked: amount }))
    .map(([who, args]) => subtensor(who, "add_stake", args)),
  fc
    .tuple(
      coldkey,
      fc.record({ hotkey, netuid, amount_staked: amount, limit_price: price, allow_partial: fc.boolean() }),
    )
    .map(([who, args]) => subtensor(who, "add_stake_limit", args)),
  {
    weight: 4,
    arbitrary: fc
      .tuple(coldkey, fc.record({ hotkey, netuid, amount_unstaked: amount }))
      .map(([who, args]) => subtensor(who, "remove_stake", args)),
  },
  {
    weight: 4,
    arbitrary: fc
      .tuple(
        coldkey,
        fc.record({ hotkey, netuid, amount_unstaked: amount, limit_price: price, allow_partial: fc.boolean() }),
      )
      .map(([who, args]) => subtensor(who, "remove_stake_limit", args)),
  },
  fc
    .tuple(coldkey, hotkey, of(["unstake_all", "unstake_all_alpha"]))
    .map(([who, key, name]) => subtensor(who, name, { hotkey: key })),
  {
    weight: 4,
    arbitrary: fc
      .tuple(
        coldkey,
        fc.record({
          origin_hotkey: hotkey,
          destination_hotkey: hotkey,
          origin_netuid: netuid,
          destination_netuid: netuid,
          alpha_amount: amount,
        }),
      )
      .map(([who, args]) => subtensor(who, "move_stake", args)),
  },
  {
    weight: 4,
    arbitrary: fc
      .tuple(
        coldkey,
        fc.record({
          destination_coldkey: coldkey.map(account),
          hotkey,
          origin_netuid: netuid,
          destination_netuid: netuid,
          alpha_amount: amount,
        }),
      )
      .map(([who, args]) => subtensor(who, "transfer_stake", args)),
  },
  fc
    .tuple(coldkey, fc.record({ hotkey, netuid, amount }), of(["recycle_alpha", "burn_alpha"]))
    .map(([who, args, name]) => subtensor(who, name, args)),
  fc
    .tuple(coldkey, fc.nat(30), netuid)
    .map(([who, i, id]) => subtensor(who, "burned_register", { netuid: id, hotkey: account(`//New//${who}//${i}`) })),
  fc.tuple(of(HOTKEYS), fc.array(fc.nat(65_535), { minLength: 1, maxLength: 4 })).map(([who, values]) =>
    subtensor(who, "set_weights", {
      netuid: NETUID,
      dests: values.map((_, i) => i),
      weights: values,
      version_key: 0n,
    }),
  ),
  fc.tuple(coldkey, fc.record({ hotkey, netuid, amount })).map(([who, args]) => subtensor(who, "lock_stake", args)),
  fc
    .tuple(coldkey, fc.record({ destination_hotkey: hotkey, netuid }))
    .map(([who, args]) => subtensor(who, "move_lock", args)),
  fc
    .tuple(coldkey, fc.record({ netuid, enabled: fc.boolean() }))
    .map(([who, args]) => subtensor(who, "set_perpetual_lock", args)),
  fc.tuple(coldkey, fc.boolean()).map(([who, enabled]) => subtensor(who, "set_reject_locked_alpha", { enabled })),
  coldkey.map((who) => subtensor(who, "claim_root", { subnets: [NETUID, SECOND] })),
  coldkey.map((who) =>
    subtensor(who, "set_root_claim_type", { new_root_claim_type: { type: "Keep", value: undefined } }),
  ),
  fc.tuple(coldkey, coldkey.map(account), fc.bigInt({ min: 0n, max: 100n * TAO })).map(([who, to, value]) => ({
    who,
    call: { pallet: "Balances", name: "transfer_allow_death", args: { dest: { type: "Id", value: to }, value } },
  })),
  fc
    .tuple(fc.nat(65_535), fc.bigInt({ min: 0n, max: (1n << 64n) - 1n }), fc.integer({ min: -32_768, max: 32_767 }))
    .chain(([u16, u64, i16]) =>
      of([
        admin("sudo_set_bonds_moving_average", { netuid: NETUID, bonds_moving_average: u64 }),
        admin("sudo_set_bonds_penalty", { netuid: NETUID, bonds_penalty: u16 }),
        admin("sudo_set_kappa", { netuid: NETUID, kappa: u16 }),
        admin("sudo_set_stake_threshold", { min_stake: u64 % (2_000n * TAO) }),
        admin("sudo_set_alpha_sigmoid_steepness", { netuid: NETUID, steepness: i16 }),
        admin("sudo_set_liquid_alpha_enabled", { netuid: NETUID, enabled: u16 % 2 === 0 }),
        admin("sudo_set_yuma3_enabled", { netuid: NETUID, enabled: u16 % 2 === 0 }),
        admin("sudo_set_mechanism_count", { netuid: NETUID, mechanism_count: u16 % 3 }),
        admin("sudo_set_subnet_owner_cut", { subnet_owner_cut: u16 }),
        admin("sudo_set_ck_burn", { burn: u64 }),
        admin("sudo_set_ema_price_halving_period", { netuid: NETUID, ema_halving: u64 }),
        admin("sudo_set_lock_reduction_interval", { interval: u64 }),
        admin("sudo_set_network_immunity_period", { immunity_period: u64 }),
        admin("sudo_set_max_allowed_validators", { netuid: NETUID, max_allowed_validators: u16 % 257 }),
        sudo({ pallet: "Swap", name: "set_fee_rate", args: { netuid: NETUID, rate: u16 % 10_001 } }),
      ]),
    ),
);

describe("the chain's money, over random extrinsics and epochs", () => {
  it("adds up after every block, with no pallet failing", () => {
    const succeeded = new Set<string>();
    fc.assert(
      fc.property(fc.array(fc.array(step, { maxLength: 3 }), { minLength: 10, maxLength: 25 }), (blocks) => {
        const world = start();
        expectBalanced(world.state);
        for (const steps of blocks) {
          world.block(...steps).forEach((fate, i) => {
            if (fate === "ok") succeeded.add(steps[i]?.call.name ?? "");
          });
          expectBalanced(world.state);
        }
        expect(world.faults).toEqual([]);
      }),
      { numRuns: 30, seed: 1 },
    );
    // The property is only worth what the calls it tries do.
    expect([...succeeded].sort()).toEqual([
      "add_stake",
      "add_stake_limit",
      "burn_alpha",
      "burned_register",
      "claim_root",
      "lock_stake",
      "move_lock",
      "move_stake",
      "recycle_alpha",
      "remove_stake",
      "remove_stake_limit",
      "set_perpetual_lock",
      "set_reject_locked_alpha",
      "set_root_claim_type",
      "set_weights",
      "sudo",
      "transfer_allow_death",
      "transfer_stake",
      "unstake_all",
      "unstake_all_alpha",
    ]);
  }, 120_000);
});
