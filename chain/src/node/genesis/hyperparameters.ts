/**
 * Hyperparameters of a genesis file, under the names `get_subnet_hyperparams` and btcli show them with. Each goes through the check and the store of
 * its AdminUtils call, so that a genesis can hold no value that sudo could not set (spec/subtensor-interface.md 2.4, 5.1).
 */
import { z } from "zod";
import type { Ctx } from "../runtime/pallet.ts";
import { settings } from "../runtime/admin-utils/settings.ts";
import type { AdminCall } from "../runtime/admin-utils/setting.ts";
import { subtensorModule } from "../../spec/pallets/subtensor-module.ts";
import { taoAmount } from "./amount.ts";

const S = subtensorModule.storage;

const u16 = z.number().int().min(0).max(65_535);
/** Counts of blocks and keys: whole numbers a JSON file can hold. */
const u64 = z.number().int().min(0);
const flag = z.boolean();

/** All of them, each optional: what is not given keeps the value of a newly registered subnet. */
export const hyperparametersSchema = z.strictObject({
  tempo: u16.optional().describe("Blocks between two epochs; 0 for none."),
  kappa: u16.optional().describe("Share of stake that must agree, of 65535."),
  rho: u16.optional().describe("Steepness that old clients show."),
  immunity_period: u16.optional().describe("Blocks a new neuron cannot be replaced."),
  min_allowed_weights: u16.optional().describe("Least uids in a row of weights."),
  max_allowed_uids: u16.optional().describe("Neurons the subnet has room for; 256 at most."),
  min_allowed_uids: u16.optional().describe("Neurons a trimming must leave."),
  max_validators: u16.optional().describe("Validator permits."),
  activity_cutoff_factor: z
    .number()
    .int()
    .min(0)
    .max(4_294_967_295)
    .optional()
    .describe("Thousandths of a tempo after which a silent validator is inactive."),
  weights_version: u64.optional().describe("Least version key of weights."),
  weights_rate_limit: u64.optional().describe("Blocks between two weight settings of a neuron."),
  serving_rate_limit: u64.optional().describe("Blocks between two announcements of an axon."),
  min_burn: taoAmount.optional().describe("Least price of a registration, TAO."),
  max_burn: taoAmount.optional().describe("Highest price of a registration, TAO."),
  burn_half_life: u16.optional().describe("Blocks in which the price of a registration halves."),
  bonds_moving_avg: u64.optional().describe("Weight of old bonds, parts per million."),
  bonds_penalty: u16.optional().describe("How much out-of-consensus weight loses in bonds, of 65535."),
  bonds_reset_enabled: flag.optional().describe("Whether a metadata update resets bonds."),
  liquid_alpha_enabled: flag.optional().describe("Whether the bonds' rate follows consensus."),
  alpha_low: u16.optional().describe("Slowest rate of liquid alpha, of 65535; with alpha_high."),
  alpha_high: u16.optional().describe("Fastest rate of liquid alpha, of 65535; with alpha_low."),
  alpha_sigmoid_steepness: z.number().int().min(-32_768).max(32_767).optional().describe("Steepness of liquid alpha."),
  yuma_version: z
    .union([z.literal(2), z.literal(3)])
    .optional()
    .describe("2 or 3."),
  commit_reveal_weights_enabled: flag.optional().describe("Whether weights are committed first; on in a new subnet."),
  commit_reveal_period: u64.optional().describe("Epochs between commit and reveal."),
  max_regs_per_block: u16.optional().describe("Registrations per block, which only root heeds."),
  target_regs_per_interval: u16.optional().describe("Registrations per interval, which only root heeds."),
  transfers_enabled: flag.optional().describe("Whether stake may be transferred."),
  owner_cut_enabled: flag.optional().describe("Whether the owner gets its share of emission."),
  min_childkey_take: u16.optional().describe("Least childkey take, of 65535."),
  immune_owner_uids: u16.optional().describe("Neurons of the owner that are never replaced."),
  min_non_immune_uids: u16.optional().describe("Neurons that must be replaceable before one is replaced."),
});

/** Checked values; burns are in rao. */
export type Hyperparameters = z.output<typeof hyperparametersSchema>;

/** One value on its way into the state: the calls whose checks and stores it goes through. */
interface Step {
  readonly name: keyof Hyperparameters;
  readonly value: unknown;
  run(ctx: Ctx, netuid: number): void;
}

type Named = Exclude<keyof Hyperparameters, "alpha_low" | "alpha_high" | "yuma_version" | "activity_cutoff_factor">;

/** Call and argument of each, in the order they are applied. */
const CALLS: { readonly [N in Named]: readonly [AdminCall, arg: string] } = {
  tempo: ["sudo_set_tempo", "tempo"],
  kappa: ["sudo_set_kappa", "kappa"],
  rho: ["sudo_set_rho", "rho"],
  immunity_period: ["sudo_set_immunity_period", "immunity_period"],
  min_allowed_weights: ["sudo_set_min_allowed_weights", "min_allowed_weights"],
  min_allowed_uids: ["sudo_set_min_allowed_uids", "min_allowed_uids"],
  max_allowed_uids: ["sudo_set_max_allowed_uids", "max_allowed_uids"],
  max_validators: ["sudo_set_max_allowed_validators", "max_allowed_validators"],
  weights_version: ["sudo_set_weights_version_key", "weights_version_key"],
  weights_rate_limit: ["sudo_set_weights_set_rate_limit", "weights_set_rate_limit"],
  serving_rate_limit: ["sudo_set_serving_rate_limit", "serving_rate_limit"],
  max_burn: ["sudo_set_max_burn", "max_burn"],
  min_burn: ["sudo_set_min_burn", "min_burn"],
  burn_half_life: ["sudo_set_burn_half_life", "burn_half_life"],
  bonds_moving_avg: ["sudo_set_bonds_moving_average", "bonds_moving_average"],
  bonds_penalty: ["sudo_set_bonds_penalty", "bonds_penalty"],
  bonds_reset_enabled: ["sudo_set_bonds_reset_enabled", "enabled"],
  liquid_alpha_enabled: ["sudo_set_liquid_alpha_enabled", "enabled"],
  alpha_sigmoid_steepness: ["sudo_set_alpha_sigmoid_steepness", "steepness"],
  commit_reveal_weights_enabled: ["sudo_set_commit_reveal_weights_enabled", "enabled"],
  commit_reveal_period: ["sudo_set_commit_reveal_weights_interval", "interval"],
  max_regs_per_block: ["sudo_set_max_registrations_per_block", "max_registrations_per_block"],
  target_regs_per_interval: ["sudo_set_target_registrations_per_interval", "target_registrations_per_interval"],
  transfers_enabled: ["sudo_set_toggle_transfer", "toggle"],
  owner_cut_enabled: ["sudo_set_owner_cut_enabled", "enabled"],
  min_childkey_take: ["sudo_set_min_childkey_take_per_subnet", "take"],
  immune_owner_uids: ["sudo_set_owner_immune_neuron_limit", "immune_neurons"],
  min_non_immune_uids: ["sudo_set_min_non_immune_uids", "min"],
};

/** Fields whose storage is 64 bits wide. */
const WIDE: ReadonlySet<string> = new Set([
  "weights_version",
  "weights_rate_limit",
  "serving_rate_limit",
  "bonds_moving_avg",
  "commit_reveal_period",
]);

/** The given hyperparameters as steps in the order they have to be taken. A step throws the chain's own DispatchFailure. */
export function hyperparameterSteps(given: Hyperparameters): Step[] {
  const steps: Step[] = [];
  for (const [name, [call, arg]] of Object.entries(CALLS) as [Named, readonly [AdminCall, string]][]) {
    const value = given[name];
    if (value === undefined) continue;
    const stored = typeof value === "number" && WIDE.has(name) ? BigInt(value) : value;
    steps.push({ name, value, run: (ctx, netuid) => applySetting(ctx, call, { netuid, [arg]: stored }) });
  }
  const { yuma_version, activity_cutoff_factor, alpha_low, alpha_high } = given;
  if (yuma_version !== undefined)
    steps.push({
      name: "yuma_version",
      value: yuma_version,
      run: (ctx, netuid) => applySetting(ctx, "sudo_set_yuma3_enabled", { netuid, enabled: yuma_version === 3 }),
    });
  if (activity_cutoff_factor !== undefined)
    steps.push({
      name: "activity_cutoff_factor",
      value: activity_cutoff_factor,
      run: ({ state }, netuid) => state.put(S.ActivityCutoffFactorMilli, [netuid], activity_cutoff_factor),
    });
  if (alpha_low !== undefined && alpha_high !== undefined)
    steps.push({
      name: "alpha_high",
      value: alpha_high,
      run: (ctx, netuid) => applySetting(ctx, "sudo_set_alpha_values", { netuid, alpha_low, alpha_high }),
    });
  return steps;
}

/** Checks and stores as root would, without rate limits and the freeze window. */
function applySetting(ctx: Ctx, call: AdminCall, args: Readonly<Record<string, unknown>>): void {
  const { check, store, apply } = settings[call];
  check?.(ctx, args as never, undefined);
  apply?.(ctx, args as never);
  if (store === undefined) return;
  const [item, arg] = store;
  ctx.state.put(item, [args["netuid"]] as never, args[arg] as never);
}
