import type { CallArgs } from "../../../../spec/define.ts";
import { subtensorModule } from "../../../../spec/pallets/subtensor-module.ts";
import type { SubnetIdentityV3 } from "../../../../spec/pallets/subtensor-module-types.ts";
import { spendableBalance } from "../../balances/currency.ts";
import { badOrigin, type CallImpl, type Ctx, ensureRoot, ensureSigned, type Origin } from "../../pallet.ts";
import { ensure } from "../errors.ts";
import { dissolveNetwork, subnetToPrune } from "../state/dissolve-network.ts";
import { hotkeyExists, isSystemAccount, ownsHotkey } from "../state/hotkeys.ts";
import { validSubnetIdentity } from "../state/identities.ts";
import { ROOT_NETUID } from "../state/ids.ts";
import { payIntoSubnet } from "../state/issuance.ts";
import { lockCost } from "../state/lock-cost.ts";
import { createNetwork, delegateRootTo, freeNetuid } from "../state/new-network.ts";
import { passesNetworkLimit } from "../state/rate-limits.ts";
import { isSubnetOwner, subnetExists, subnetNetuids } from "../state/subnets.ts";
import { isKnownSymbol, symbolTaken } from "../state/symbols.ts";

type Args<N extends keyof typeof subtensorModule.calls> = CallArgs<typeof subtensorModule, N>;
const S = subtensorModule.storage;

/** Subnets come, start, say who they are and go (spec/subtensor-interface.md 2.3, 5.4). */
export const networkCalls = {
  register_network: {
    pays: true,
    weight: 8_000_000_000n,
    dispatch(ctx, origin, args) {
      registerNetwork(ctx, ensureSigned(origin), args.hotkey, undefined);
    },
  } satisfies CallImpl<Args<"register_network">>,
  register_network_with_identity: {
    pays: true,
    weight: 8_000_000_000n,
    dispatch(ctx, origin, args) {
      registerNetwork(ctx, ensureSigned(origin), args.hotkey, args.identity);
    },
  } satisfies CallImpl<Args<"register_network_with_identity">>,
  start_call: {
    pays: true,
    dispatch(ctx, origin, args) {
      startCall(ctx, ensureSigned(origin), args.netuid);
    },
  } satisfies CallImpl<Args<"start_call">>,
  dissolve_network: {
    pays: true,
    weight: 8_000_000_000n,
    dispatch(ctx, origin, args) {
      dissolve(ctx, origin, args.netuid);
    },
  } satisfies CallImpl<Args<"dissolve_network">>,
  root_dissolve_network: {
    pays: true,
    weight: 8_000_000_000n,
    dispatch(ctx, origin, args) {
      dissolve(ctx, origin, args.netuid);
    },
  } satisfies CallImpl<Args<"root_dissolve_network">>,
  set_subnet_identity: {
    pays: true,
    dispatch(ctx, origin, args) {
      const { netuid, ...identity } = args;
      ensure(isSubnetOwner(ctx.state, netuid, ensureSigned(origin)), "NotSubnetOwner");
      setSubnetIdentity(ctx, netuid, identity);
    },
  } satisfies CallImpl<Args<"set_subnet_identity">>,
  update_symbol: {
    pays: true,
    dispatch(ctx, origin, args) {
      ensureOwnerOrRoot(ctx, origin, args.netuid);
      ensure(isKnownSymbol(args.symbol), "SymbolDoesNotExist");
      ensure(!symbolTaken(ctx.state, args.symbol), "SymbolAlreadyInUse");
      ctx.state.put(S.TokenSymbol, [args.netuid], args.symbol);
      ctx.emit(subtensorModule, "SymbolUpdated", { netuid: args.netuid, symbol: args.symbol });
    },
  } satisfies CallImpl<Args<"update_symbol">>,
};

/** The owner's coldkey, or undefined for root; BadOrigin for everyone else. */
export function ensureOwnerOrRoot(ctx: Ctx, origin: Origin, netuid: number): string | undefined {
  if (origin.kind === "root") return undefined;
  const who = ensureSigned(origin);
  if (!isSubnetOwner(ctx.state, netuid, who)) throw badOrigin();
  return who;
}

/** Registers a network for a coldkey with all the checks of `register_network`; the lock is paid from it. */
export function registerNetwork(
  ctx: Ctx,
  coldkey: string,
  hotkey: string,
  identity: SubnetIdentityV3 | undefined,
): void {
  const { state, block } = ctx;
  ensure(!hotkeyExists(state, hotkey) || ownsHotkey(state, coldkey, hotkey), "NonAssociatedColdKey");
  ensure(!isSystemAccount(hotkey), "CannotUseSystemAccount");
  ensure(BigInt(block.number) >= state.get(S.NetworkRegistrationStartBlock), "SubNetRegistrationDisabled");
  ensure(passesNetworkLimit(ctx), "NetworkTxRateLimitExceeded");
  const full = subnetNetuids(state).length >= state.get(S.SubnetLimit);
  const pruned = full ? subnetToPrune(state, block.number) : null;
  ensure(!full || pruned !== null, "SubnetLimitReached");
  const lock = lockCost(ctx);
  ensure(spendableBalance(state, coldkey, false) >= lock, "CannotAffordLockCost");
  ensure(identity === undefined || validSubnetIdentity(identity), "InvalidIdentity");
  if (pruned !== null) dissolveNetwork(ctx, pruned);
  const netuid = pruned ?? freeNetuid(ctx);
  const paid = payIntoSubnet(ctx, coldkey, netuid, lock);
  state.put(S.NetworkLastLockCost, [], paid);
  state.put(S.LastRateLimitedBlock, [{ type: "NetworkLastRegistered" }], BigInt(block.number));
  createNetwork(ctx, netuid, { coldkey, hotkey }, paid);
  if (identity !== undefined) setSubnetIdentity(ctx, netuid, identity);
  delegateRootTo(ctx, netuid, hotkey);
  ctx.emit(subtensorModule, "NetworkAdded", [netuid, 1]);
}

function startCall(ctx: Ctx, who: string, netuid: number): void {
  const { state, block } = ctx;
  ensure(subnetExists(state, netuid), "SubnetNotExists");
  if (!isSubnetOwner(state, netuid, who)) throw badOrigin();
  ensure(!state.has(S.FirstEmissionBlockNumber, netuid), "FirstEmissionBlockNumberAlreadySet");
  const ready = state.get(S.NetworkRegisteredAt, netuid) + state.get(S.StartCallDelay);
  ensure(ctx.rules.lifts("network") || BigInt(block.number) >= ready, "NeedWaitingMoreBlocksToStarCall");
  const first = BigInt(block.number + 1);
  state.put(S.FirstEmissionBlockNumber, [netuid], first);
  state.put(S.SubtokenEnabled, [netuid], true);
  ctx.emit(subtensorModule, "FirstEmissionBlockNumberSet", [netuid, first]);
}

function dissolve(ctx: Ctx, origin: Origin, netuid: number): void {
  ensureRoot(origin);
  ensure(netuid !== ROOT_NETUID && subnetExists(ctx.state, netuid), "SubnetNotExists");
  dissolveNetwork(ctx, netuid);
}

function setSubnetIdentity(ctx: Ctx, netuid: number, identity: SubnetIdentityV3): void {
  ensure(validSubnetIdentity(identity), "InvalidIdentity");
  ctx.state.put(S.SubnetIdentitiesV3, [netuid], identity);
  ctx.emit(subtensorModule, "SubnetIdentitySet", [netuid]);
}
