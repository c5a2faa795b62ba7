import type { AnyScale } from "../../../spec/scale.ts";
import type { subtensorModule } from "../../../spec/pallets/subtensor-module.ts";
import type { CallImpl } from "../pallet.ts";
import { fail } from "./errors.ts";

type CallName = keyof typeof subtensorModule.calls;

/** Calls of SubtensorModule this chain refuses with CallDisabled (error 87): they are in the metadata, their effects are not built. */
export const notBuilt = [
  "disable_voting_power_tracking",
  "enable_voting_power_tracking",
  "lock_stake",
  "move_lock",
  "register_leased_network",
  "set_perpetual_lock",
  "set_reject_locked_alpha",
  "sudo_set_voting_power_ema_alpha",
  "terminate_lease",
] as const satisfies readonly CallName[];

const refused = {
  pays: true,
  dispatch() {
    fail("CallDisabled");
  },
} satisfies CallImpl<Readonly<Record<string, AnyScale>>>;

/** The refusals, one per call. Never a success that did nothing. */
export const notBuiltCalls = Object.fromEntries(notBuilt.map((name) => [name, refused])) as unknown as {
  [N in (typeof notBuilt)[number]]: CallImpl<unknown>;
};
