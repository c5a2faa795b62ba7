import type { CallArgs } from "../../../../spec/define.ts";
import { subtensorModule } from "../../../../spec/pallets/subtensor-module.ts";
import { type CallImpl, type Ctx, ensureSigned } from "../../pallet.ts";
import { ensure } from "../errors.ts";
import { ensureAvailable } from "../locks/availability.ts";
import { hotkeyExists } from "../state/hotkeys.ts";
import { ROOT_NETUID } from "../state/ids.ts";
import { stakeOf } from "../state/shares.ts";
import { subnetExists } from "../state/subnets.ts";
import { debitStake } from "../state/trade.ts";

type Args<N extends keyof typeof subtensorModule.calls> = CallArgs<typeof subtensorModule, N>;
const S = subtensorModule.storage;

/** Alpha given up: recycled alpha leaves the outstanding, burned alpha does not (spec/subtensor-interface.md 2.3). */
export const alphaBurnCalls = {
  recycle_alpha: {
    pays: true,
    dispatch(ctx, origin, args) {
      const coldkey = ensureSigned(origin);
      const amount = giveUp(ctx, coldkey, args);
      ctx.state.mutate(S.SubnetAlphaOut, [args.netuid], (out) => out - amount);
      ctx.emit(subtensorModule, "AlphaRecycled", [coldkey, args.hotkey, amount, args.netuid]);
    },
  } satisfies CallImpl<Args<"recycle_alpha">>,
  burn_alpha: {
    pays: true,
    dispatch(ctx, origin, args) {
      burnAlpha(ctx, ensureSigned(origin), args);
    },
  } satisfies CallImpl<Args<"burn_alpha">>,
};

/** Burns alpha with all the checks of `burn_alpha`. */
export function burnAlpha(ctx: Ctx, coldkey: string, args: Args<"burn_alpha">): void {
  const amount = giveUp(ctx, coldkey, args);
  ctx.emit(subtensorModule, "AlphaBurned", [coldkey, args.hotkey, amount, args.netuid]);
}

function giveUp(ctx: Ctx, coldkey: string, { hotkey, netuid, amount }: Args<"burn_alpha">): bigint {
  const { state } = ctx;
  ensure(subnetExists(state, netuid), "SubnetNotExists");
  ensure(netuid !== ROOT_NETUID, "CannotBurnOrRecycleOnRootSubnet");
  ensure(state.get(S.SubtokenEnabled, netuid), "SubtokenDisabled");
  ensure(hotkeyExists(state, hotkey), "HotKeyAccountNotExists");
  const held = stakeOf(state, hotkey, coldkey, netuid);
  const given = amount < held ? amount : held;
  ensure(state.get(S.SubnetAlphaOut, netuid) >= given, "InsufficientLiquidity");
  ensureAvailable(ctx, coldkey, netuid, given);
  return debitStake(ctx, { coldkey, hotkey }, netuid, given);
}
