import type { CallArgs } from "../../../../spec/define.ts";
import { subtensorModule } from "../../../../spec/pallets/subtensor-module.ts";
import { type CallImpl, ensureRoot, ensureSigned } from "../../pallet.ts";
import { ensure, fail } from "../errors.ts";
import { claimRoot } from "../state/claim-root.ts";
import { createHotkeyIfNew, registeredAnywhere } from "../state/hotkeys.ts";
import { validChainIdentity } from "../state/identities.ts";
import { uidOf } from "../state/neurons.ts";
import { subnetExists } from "../state/subnets.ts";
import { ensureOwnerOrRoot } from "./network.ts";

type Args<N extends keyof typeof subtensorModule.calls> = CallArgs<typeof subtensorModule, N>;
const S = subtensorModule.storage;

const MAX_CLAIMED_SUBNETS = 5;
const MAX_CLAIMS_PER_BLOCK = 50n;
const MAX_CLAIM_THRESHOLD = 10_000_000n;

/** What coldkeys say of themselves, and their root dividends (spec/subtensor-interface.md 2.3, spec/economics.md 3.10). */
export const accountCalls = {
  set_identity: {
    pays: true,
    dispatch(ctx, origin, args) {
      const who = ensureSigned(origin);
      const registered = ctx.state.get(S.OwnedHotkeys, who).some((hotkey) => registeredAnywhere(ctx.state, hotkey));
      ensure(registered, "HotKeyNotRegisteredInNetwork");
      ensure(validChainIdentity(args), "InvalidIdentity");
      ctx.state.put(S.IdentitiesV2, [who], args);
      ctx.emit(subtensorModule, "ChainIdentitySet", [who]);
    },
  } satisfies CallImpl<Args<"set_identity">>,
  try_associate_hotkey: {
    pays: true,
    dispatch(ctx, origin, args) {
      createHotkeyIfNew(ctx.state, ensureSigned(origin), args.hotkey);
    },
  } satisfies CallImpl<Args<"try_associate_hotkey">>,
  set_coldkey_auto_stake_hotkey: {
    pays: true,
    dispatch(ctx, origin, { netuid, hotkey }) {
      const coldkey = ensureSigned(origin);
      const { state } = ctx;
      ensure(subnetExists(state, netuid), "SubnetNotExists");
      ensure(uidOf(state, netuid, hotkey) !== undefined, "HotKeyNotRegisteredInSubNet");
      const before = state.get(S.AutoStakeDestination, coldkey, netuid);
      ensure(before !== hotkey, "SameAutoStakeHotkeyAlreadySet");
      if (before !== undefined) {
        state.mutate(S.AutoStakeDestinationColdkeys, [before, netuid], (coldkeys) =>
          coldkeys.filter((one) => one !== coldkey),
        );
      }
      state.put(S.AutoStakeDestination, [coldkey, netuid], hotkey);
      state.mutate(S.AutoStakeDestinationColdkeys, [hotkey, netuid], (coldkeys) => [...coldkeys, coldkey]);
      ctx.emit(subtensorModule, "AutoStakeDestinationSet", { coldkey, netuid, hotkey });
    },
  } satisfies CallImpl<Args<"set_coldkey_auto_stake_hotkey">>,
  claim_root: {
    pays: true,
    weight: 5_000_000_000n,
    dispatch(ctx, origin, args) {
      const coldkey = ensureSigned(origin);
      ensure(args.subnets.length > 0 && args.subnets.length <= MAX_CLAIMED_SUBNETS, "InvalidSubnetNumber");
      claimRoot(ctx, coldkey, args.subnets);
      ctx.emit(subtensorModule, "RootClaimed", { coldkey });
    },
  } satisfies CallImpl<Args<"claim_root">>,
  set_root_claim_type: {
    pays: true,
    dispatch(ctx, origin, args) {
      const coldkey = ensureSigned(origin);
      const type = args.new_root_claim_type;
      ensure(type.type !== "KeepSubnets" || type.value.subnets.length > 0, "InvalidSubnetNumber");
      ctx.state.put(S.RootClaimType, [coldkey], type);
      ctx.emit(subtensorModule, "RootClaimTypeSet", { coldkey, root_claim_type: type });
    },
  } satisfies CallImpl<Args<"set_root_claim_type">>,
  sudo_set_num_root_claims: {
    pays: true,
    dispatch(ctx, origin, args) {
      ensureRoot(origin);
      ensure(args.new_value <= MAX_CLAIMS_PER_BLOCK, "InvalidNumRootClaim");
      ctx.state.put(S.NumRootClaim, [], args.new_value);
    },
  } satisfies CallImpl<Args<"sudo_set_num_root_claims">>,
  sudo_set_root_claim_threshold: {
    pays: true,
    dispatch(ctx, origin, args) {
      ensureOwnerOrRoot(ctx, origin, args.netuid);
      ensure(args.new_value <= MAX_CLAIM_THRESHOLD, "InvalidRootClaimThreshold");
      ctx.state.put(S.RootClaimableThreshold, [args.netuid], { bits: args.new_value << 32n });
    },
  } satisfies CallImpl<Args<"sudo_set_root_claim_threshold">>,
  schedule_swap_coldkey: {
    pays: true,
    dispatch() {
      fail("Deprecated");
    },
  } satisfies CallImpl<Args<"schedule_swap_coldkey">>,
};
