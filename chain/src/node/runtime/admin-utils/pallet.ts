import type { AnyItem, EventFields, PalletSpec } from "../../../spec/define.ts";
import { adminUtils } from "../../../spec/pallets/admin-utils.ts";
import { subtensorModule } from "../../../spec/pallets/subtensor-module.ts";
import {
  type CallImpl,
  type Ctx,
  defineRuntimePallet,
  ensureRoot,
  moduleError,
  type Origin,
  type RuntimePallet,
} from "../pallet.ts";
import { ensureOwnerOrRoot } from "../subtensor/calls/network.ts";
import { ensure } from "../subtensor/errors.ts";
import { ROOT_NETUID } from "../subtensor/state/ids.ts";
import { passesLimit, passesOwnerLimit, recordLimited, recordOwnerChange } from "../subtensor/state/rate-limits.ts";
import { frozen } from "../subtensor/state/schedule.ts";
import { subnetExists } from "../subtensor/state/subnets.ts";
import type { Access, AdminArgs, AdminCall, Setting } from "./setting.ts";
import { settings } from "./settings.ts";

type Args = Readonly<Record<string, unknown>>;

/** AdminUtils: one interpreter over the table of settings. */
export const adminUtilsPallet = defineRuntimePallet<typeof adminUtils>({
  spec: adminUtils,
  calls: Object.fromEntries(
    (Object.keys(settings) as AdminCall[]).map((name) => [name, callOf(settings[name] as Setting<never>)]),
  ) as RuntimePallet<typeof adminUtils>["calls"],
});

function callOf(setting: Setting<never>): CallImpl<Args> {
  return { pays: true, dispatch: (ctx, origin, args) => change(ctx, origin, setting, args) };
}

/** Access first, then the window, then the subnet, then the value; the owner's limit starts only when all of it held. */
function change(ctx: Ctx, origin: Origin, setting: Setting<never>, args: Args): void {
  const netuid = typeof args["netuid"] === "number" ? args["netuid"] : undefined;
  const owner = admit(ctx, origin, setting.access, netuid);
  if (setting.window === true && netuid !== undefined)
    ensure(!frozen(ctx, netuid), "AdminActionProhibitedDuringWeightsWindow");
  if (setting.exists === true && !subnetExists(ctx.state, netuid ?? ROOT_NETUID))
    throw moduleError(adminUtils, "SubnetDoesNotExist");
  if (setting.notRoot === true && netuid === ROOT_NETUID) throw moduleError(adminUtils, "NotPermittedOnRootSubnet");
  setting.check?.(ctx, args as AdminArgs<never>, owner);
  store(ctx, setting, args, netuid);
  setting.apply?.(ctx, args as AdminArgs<never>);
  if (owner !== undefined && netuid !== undefined) record(ctx, setting.access, owner, netuid);
}

/** The owner's coldkey, or undefined for root. */
function admit(ctx: Ctx, origin: Origin, access: Access, netuid: number | undefined): string | undefined {
  if (access === "any") return undefined;
  if (access === "root" || netuid === undefined) {
    ensureRoot(origin);
    return undefined;
  }
  const owner = ensureOwnerOrRoot(ctx, origin, netuid);
  if (owner === undefined || access === "owner") return owner;
  const passes =
    "owner" in access ? passesOwnerLimit(ctx, netuid, access.owner) : passesLimit(ctx, access.limited, owner, netuid);
  ensure(passes, "TxRateLimitExceeded");
  return owner;
}

function record(ctx: Ctx, access: Access, owner: string, netuid: number): void {
  if (typeof access === "string") return;
  if ("owner" in access) recordOwnerChange(ctx, netuid, access.owner);
  else recordLimited(ctx, access.limited, owner, netuid);
}

function store(ctx: Ctx, setting: Setting<never>, args: Args, netuid: number | undefined): void {
  if (setting.store === undefined) return;
  const [item, arg] = setting.store as readonly [AnyItem, string];
  const value = args[arg];
  (ctx.state as LooseState).put(item, netuid === undefined ? [] : [netuid], value);
  if (setting.event !== undefined)
    say(ctx, subtensorModule, setting.event, netuid === undefined ? [value] : [netuid, value]);
  if (setting.adminEvent !== undefined) say(ctx, adminUtils, setting.adminEvent, { netuid, [arg]: value });
}

/** The table decides name and fields together, so their match is checked when the event is encoded. */
function say<S extends PalletSpec>(ctx: Ctx, spec: S, name: keyof S["events"] & string, fields: unknown): void {
  ctx.emit(spec, name, fields as EventFields<S, keyof S["events"] & string>);
}

/** Storage by items that are only known at run time; the item's type checks the value when it is encoded. */
interface LooseState {
  put(item: AnyItem, keys: readonly unknown[], value: unknown): void;
}
