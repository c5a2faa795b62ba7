import { blake2b256 } from "@subnetkit/shared/crypto/hash";
import { bytesToHex, hexToBytes } from "@subnetkit/shared/util/bytes";
import type { CallArgs } from "../../../../spec/define.ts";
import { subtensorModule } from "../../../../spec/pallets/subtensor-module.ts";
import { spendableBalance } from "../../balances/currency.ts";
import { type CallImpl, type Ctx, ensureRoot, ensureSigned } from "../../pallet.ts";
import { ensure } from "../errors.ts";
import { recycleTao } from "../state/issuance.ts";
import { swapColdkey } from "../state/swap-coldkey.ts";

type Args<N extends keyof typeof subtensorModule.calls> = CallArgs<typeof subtensorModule, N>;
const S = subtensorModule.storage;
const { KeySwapCost } = subtensorModule.constants;

/**
 * Changing a coldkey: announced by hash, carried out after a delay, and in between disputed or cleared. While announced, the guard lets the coldkey do
 * nothing else (spec/subtensor-interface.md 1.5, 2.3).
 */
export const coldkeySwapCalls = {
  announce_coldkey_swap: {
    pays: true,
    dispatch(ctx, origin, args) {
      const who = ensureSigned(origin);
      const { state, block } = ctx;
      const before = state.get(S.ColdkeySwapAnnouncements, who);
      if (before === undefined) charge(ctx, who, KeySwapCost.value);
      else ensure(mayAnnounceAgain(ctx, before[0]), "ColdkeySwapReannouncedTooEarly");
      const when = block.number + state.get(S.ColdkeySwapAnnouncementDelay);
      state.put(S.ColdkeySwapAnnouncements, [who], [when, args.new_coldkey_hash]);
      ctx.emit(subtensorModule, "ColdkeySwapAnnounced", { who, new_coldkey_hash: args.new_coldkey_hash });
    },
  } satisfies CallImpl<Args<"announce_coldkey_swap">>,
  swap_coldkey_announced: {
    pays: true,
    weight: 3_000_000_000n,
    dispatch(ctx, origin, args) {
      const who = ensureSigned(origin);
      const announced = ctx.state.get(S.ColdkeySwapAnnouncements, who);
      ensure(announced !== undefined, "ColdkeySwapAnnouncementNotFound");
      const [when, hash] = announced;
      ensure(hash === bytesToHex(blake2b256(hexToBytes(args.new_coldkey))), "AnnouncedColdkeyHashDoesNotMatch");
      ensure(ctx.block.number >= when, "ColdkeySwapTooEarly");
      ctx.state.kill(S.ColdkeySwapAnnouncements, who);
      swapColdkey(ctx, who, args.new_coldkey);
    },
  } satisfies CallImpl<Args<"swap_coldkey_announced">>,
  dispute_coldkey_swap: {
    pays: true,
    dispatch(ctx, origin) {
      const coldkey = ensureSigned(origin);
      ensure(ctx.state.has(S.ColdkeySwapAnnouncements, coldkey), "ColdkeySwapAnnouncementNotFound");
      ensure(!ctx.state.has(S.ColdkeySwapDisputes, coldkey), "ColdkeySwapAlreadyDisputed");
      ctx.state.put(S.ColdkeySwapDisputes, [coldkey], ctx.block.number);
      ctx.emit(subtensorModule, "ColdkeySwapDisputed", { coldkey });
    },
  } satisfies CallImpl<Args<"dispute_coldkey_swap">>,
  clear_coldkey_swap_announcement: {
    pays: true,
    dispatch(ctx, origin) {
      const who = ensureSigned(origin);
      const announced = ctx.state.get(S.ColdkeySwapAnnouncements, who);
      ensure(announced !== undefined, "ColdkeySwapAnnouncementNotFound");
      ensure(mayAnnounceAgain(ctx, announced[0]), "ColdkeySwapClearTooEarly");
      ctx.state.kill(S.ColdkeySwapAnnouncements, who);
      ctx.emit(subtensorModule, "ColdkeySwapCleared", { who });
    },
  } satisfies CallImpl<Args<"clear_coldkey_swap_announcement">>,
  reset_coldkey_swap: {
    pays: true,
    dispatch(ctx, origin, { coldkey }) {
      ensureRoot(origin);
      forget(ctx, coldkey);
      ctx.emit(subtensorModule, "ColdkeySwapReset", { who: coldkey });
    },
  } satisfies CallImpl<Args<"reset_coldkey_swap">>,
  swap_coldkey: {
    pays: true,
    weight: 3_000_000_000n,
    dispatch(ctx, origin, args) {
      ensureRoot(origin);
      if (args.swap_cost > 0n) charge(ctx, args.old_coldkey, args.swap_cost);
      swapColdkey(ctx, args.old_coldkey, args.new_coldkey);
      forget(ctx, args.old_coldkey);
    },
  } satisfies CallImpl<Args<"swap_coldkey">>,
};

/** True once the re-announcement delay after the announced block is over. */
function mayAnnounceAgain({ state, block }: Ctx, when: number): boolean {
  return block.number >= when + state.get(S.ColdkeySwapReannouncementDelay);
}

function charge(ctx: Ctx, coldkey: string, costRao: bigint): void {
  ensure(spendableBalance(ctx.state, coldkey, false) >= costRao, "NotEnoughBalanceToPaySwapColdKey");
  recycleTao(ctx, coldkey, costRao);
}

function forget({ state }: Ctx, coldkey: string): void {
  state.kill(S.ColdkeySwapAnnouncements, coldkey);
  state.kill(S.ColdkeySwapDisputes, coldkey);
}
