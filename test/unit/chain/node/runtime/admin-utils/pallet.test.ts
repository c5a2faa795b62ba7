import { utf8 } from "@subnetkit/shared/util/bytes";
import { describe, expect, it } from "vitest";
import type { settings } from "../../../../../../chain/src/node/runtime/admin-utils/settings.ts";
import { adminUtils } from "../../../../../../chain/src/spec/pallets/admin-utils.ts";
import { grandpa as grandpaSpec } from "../../../../../../chain/src/spec/pallets/grandpa.ts";
import { subtensorModule } from "../../../../../../chain/src/spec/pallets/subtensor-module.ts";
import { NETUID, OWNER, startSubnet } from "../subtensor/scenario.ts";
import { account, admin, type Fate, type World } from "../subtensor/world.ts";

const S = subtensorModule.storage;
const asOwner = (name: string, args: Record<string, unknown>) => ({
  who: OWNER,
  call: { pallet: "AdminUtils", name, args },
});

/** Arguments a setter accepts on the test subnet, where the plain guess by type would be refused. */
const SPECIAL: Record<string, Record<string, unknown>> = {
  swap_authorities: { new_authorities: [] },
  schedule_grandpa_change: { next_authorities: [], in_blocks: 0, forced: undefined },
  sudo_set_max_allowed_uids: { max_allowed_uids: 128 },
  sudo_set_activity_cutoff: { activity_cutoff: 400 },
  sudo_set_min_burn: { min_burn: 1_000n },
  sudo_set_max_burn: { max_burn: 200_000_000n },
  sudo_set_max_allowed_validators: { max_allowed_validators: 10 },
  sudo_set_alpha_values: { alpha_low: 2_000, alpha_high: 3_000 },
  sudo_set_tao_flow_normalization_exponent: { exponent: { bits: 1n << 64n } },
  sudo_set_burn_increase_mult: { burn_increase_mult: { bits: 2n << 64n } },
  sudo_set_min_childkey_take_per_subnet: { take: 5 },
  sudo_set_min_allowed_uids: { min_allowed_uids: 2 },
  sudo_toggle_evm_precompile: { precompile_id: { type: "Staking" }, enabled: false },
  sudo_set_recycle_or_burn: { recycle_or_burn: { type: "Recycle" } },
  sudo_set_mechanism_emission_split: { maybe_split: [65_535] },
  sudo_set_subnet_owner_hotkey: { hotkey: account("//Hot") },
  sudo_set_sn_owner_hotkey: { hotkey: account("//Hot") },
  sudo_set_subnet_moving_alpha: { alpha: { bits: 1n } },
  sudo_trim_to_max_allowed_uids: { max_n: 64 },
  sudo_set_tao_flow_cutoff: { flow_cutoff: { bits: 1n } },
};
const REFUSED: Record<string, Fate> = {
  sudo_set_network_pow_registration_allowed: "POWRegistrationDisabled",
  sudo_set_total_issuance: "Deprecated",
  sudo_set_sn_owner_hotkey: "TxRateLimitExceeded",
};

/** A value of a type that setters accept: 1 or true. */
function guess(type: { def: { kind: string; primitive?: string } }): unknown {
  const { kind, primitive = "" } = type.def;
  if (kind !== "primitive") return undefined;
  if (primitive === "bool") return true;
  return primitive === "u64" || primitive === "u128" ? 1n : 1;
}

function argsOf(name: keyof typeof adminUtils.calls & string): Record<string, unknown> {
  const types = adminUtils.calls[name].args as Record<string, { def: { kind: string; primitive?: string } }>;
  const guessed = Object.fromEntries(
    Object.entries(types).map(([arg, type]) => [arg, arg === "netuid" ? NETUID : guess(type)]),
  );
  return { ...guessed, ...SPECIAL[name] };
}

function withSubnet(run: (world: World) => void): void {
  run(startSubnet({ miners: 1, tempo: 50 }));
}

describe("settings", () => {
  it("are all there, and each stores its value when root sets it, or answers with its error", () => {
    withSubnet((world) => {
      world.must(admin("sudo_set_liquid_alpha_enabled", { netuid: NETUID, enabled: true }));
      for (const name of Object.keys(adminUtils.calls) as (keyof typeof settings)[]) {
        // A freeze window of 1 and a tempo of 1 would freeze the rest.
        if (name === "sudo_set_admin_freeze_window" || name === "sudo_set_tempo") continue;
        expect([name, ...world.block(admin(name, argsOf(name)))]).toEqual([name, REFUSED[name] ?? "ok"]);
      }
      expect(world.state.get(S.Kappa, NETUID)).toBe(1);
      expect(world.state.get(S.RecycleOrBurn, NETUID).type).toBe("Recycle");
      expect(world.state.get(S.BurnIncreaseMult, NETUID).bits).toBe(2n << 64n);
      expect(world.state.get(S.SubnetOwnerHotkey, NETUID)).toBe(account("//Hot"));
    });
  });

  it("change who builds and who votes, and say so in the block's digest", () => {
    withSubnet((world) => {
      const [aura, grandpa] = [Uint8Array.from(Array(32).fill(7)), Uint8Array.from(Array(32).fill(9))];
      const logs = (): unknown[] =>
        world.chain.head.header.digest.logs.filter(({ type }) => type === "Consensus").map(({ value }) => value);
      world.must(admin("swap_authorities", { new_authorities: [] }));
      expect(logs()).toEqual([]);
      world.must(admin("swap_authorities", { new_authorities: [aura] }));
      expect(world.api("AuraApi_authorities", {})).toEqual([aura]);
      expect(logs()).toEqual([[utf8("aura"), Uint8Array.of(1, 4, ...aura)]]);
      const change = { next_authorities: [[grandpa, 5n]], in_blocks: 2, forced: undefined };
      world.must(admin("schedule_grandpa_change", change));
      expect(logs()).toEqual([[utf8("FRNK"), Uint8Array.of(1, 4, ...grandpa, 5, 0, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0)]]);
      expect(world.block(admin("schedule_grandpa_change", change))).toEqual(["ChangePending"]);
      world.block();
      expect(world.events("NewAuthorities").map(({ fields }) => fields)).toEqual([{ authority_set: [[grandpa, 5n]] }]);
      expect(world.state.get(grandpaSpec.storage.Authorities)).toEqual([[grandpa, 5n]]);
      world.must(admin("schedule_grandpa_change", { ...change, forced: 3 }));
      expect((logs()[0] as [unknown, Uint8Array])[1][0]).toBe(2);
      world.run(2);
      expect(world.block(admin("schedule_grandpa_change", { ...change, forced: 3 }))).toEqual(["TooSoon"]);
      expect(world.block(asOwner("swap_authorities", { new_authorities: [aura] }))).toEqual(["BadOrigin"]);
    });
  });

  it("of the owner are open to the owner, those of root are not, and to others none", () => {
    withSubnet((world) => {
      expect(world.block(asOwner("sudo_set_immunity_period", { netuid: NETUID, immunity_period: 7 }))).toEqual(["ok"]);
      expect(world.events("ImmunityPeriodSet")[0]?.fields).toEqual([NETUID, 7]);
      expect(world.block(asOwner("sudo_set_kappa", { netuid: NETUID, kappa: 7 }))).toEqual(["BadOrigin"]);
      const stranger = { ...asOwner("sudo_set_immunity_period", { netuid: NETUID, immunity_period: 9 }), who: "//Bob" };
      expect(world.block(stranger)).toEqual(["BadOrigin"]);
      expect(world.block(admin("sudo_set_kappa", { netuid: 99, kappa: 7 }))).toEqual(["SubnetDoesNotExist"]);
    });
  });

  it("may be changed by an owner once per limit, by root at any time", () => {
    withSubnet((world) => {
      world.must(admin("sudo_set_owner_hparam_rate_limit", { epochs: 1 }));
      const set = (immunity_period: number) => ({ netuid: NETUID, immunity_period });
      world.must(asOwner("sudo_set_immunity_period", set(7)));
      expect(world.block(asOwner("sudo_set_immunity_period", set(8)))).toEqual(["TxRateLimitExceeded"]);
      expect(world.block(asOwner("sudo_set_rho", { netuid: NETUID, rho: 8 }))).toEqual(["ok"]);
      expect(world.block(admin("sudo_set_immunity_period", set(9)))).toEqual(["ok"]);
      world.run(50);
      expect(world.block(asOwner("sudo_set_immunity_period", set(8)))).toEqual(["ok"]);
    });
  });

  it("are closed in the window before an epoch, for root too", () => {
    withSubnet((world) => {
      world.must(admin("sudo_set_admin_freeze_window", { window: 10 }));
      const next = Number(world.state.get(S.LastEpochBlock, NETUID)) + 50;
      world.runTo(next - 11);
      expect(world.block(admin("sudo_set_rho", { netuid: NETUID, rho: 8 }))).toEqual(["ok"]);
      expect(world.block(admin("sudo_set_rho", { netuid: NETUID, rho: 9 }))).toEqual([
        "AdminActionProhibitedDuringWeightsWindow",
      ]);
      expect(
        world.block(admin("sudo_set_weights_set_rate_limit", { netuid: NETUID, weights_set_rate_limit: 3n })),
      ).toEqual(["ok"]);
      world.runTo(next);
      expect(world.block(admin("sudo_set_rho", { netuid: NETUID, rho: 9 }))).toEqual(["ok"]);
    });
  });

  it("that always fail say why to anyone", () => {
    withSubnet((world) => {
      const calls = [
        ["sudo_set_network_pow_registration_allowed", { netuid: NETUID, registration_allowed: true }],
        ["sudo_set_total_issuance", { total_issuance: 1n }],
      ] as const;
      const fates = calls.map(([name, args]) =>
        world.block({ who: "//Bob", call: { pallet: "AdminUtils", name, args } }),
      );
      expect(fates).toEqual([["POWRegistrationDisabled"], ["Deprecated"]]);
    });
  });

  it("with bounds refuse values outside them", () => {
    withSubnet((world) => {
      expect(
        world.block(admin("sudo_set_alpha_values", { netuid: NETUID, alpha_low: 2_000, alpha_high: 3_000 })),
      ).toEqual(["LiquidAlphaDisabled"]);
      expect(world.block(admin("sudo_set_max_allowed_uids", { netuid: NETUID, max_allowed_uids: 300 }))).toEqual([
        "MaxAllowedUidsGreaterThanDefaultMaxAllowedUids",
      ]);
      expect(world.block(admin("sudo_set_commit_reveal_weights_interval", { netuid: NETUID, interval: 0n }))).toEqual([
        "RevealPeriodTooSmall",
      ]);
      expect(world.block(admin("sudo_set_burn_half_life", { netuid: 0, burn_half_life: 5 }))).toEqual([
        "NotPermittedOnRootSubnet",
      ]);
      expect(
        world.block(asOwner("sudo_set_bonds_moving_average", { netuid: NETUID, bonds_moving_average: 980_000n })),
      ).toEqual(["BondsMovingAverageMaxReached"]);
      expect(world.block(admin("sudo_set_mechanism_count", { netuid: NETUID, mechanism_count: 2 }))).toEqual([
        "TooManyUIDsPerMechanism",
      ]);
    });
  });
});
