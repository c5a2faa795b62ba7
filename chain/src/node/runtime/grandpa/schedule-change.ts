import { authorityList, grandpa } from "../../../spec/pallets/grandpa.ts";
import { u32 } from "../../../spec/scale/numbers.ts";
import type { ValueOf } from "../../../spec/scale/scale-type.ts";
import { struct, tuple } from "../../../spec/scale/structs.ts";
import { variant } from "../../../spec/scale/variants.ts";
import { type Ctx, moduleError } from "../pallet.ts";
import { addConsensusLog } from "../system/digest.ts";

const S = grandpa.storage;

/** Voters of the finality gadget with their weights. */
export type AuthorityList = ValueOf<typeof authorityList>;

const change = struct("", { next_authorities: authorityList, delay: u32 });
/** What GRANDPA tells the nodes in a header. */
const consensusLog = variant("", {
  ScheduledChange: { index: 1, type: change },
  ForcedChange: { index: 2, type: tuple(u32, change) },
});

/**
 * Plans other authorities for `delay` blocks from now. `forced` is the median last finalised block for a change that does not wait for finality;
 * after one, the next must wait twice its delay. Fails with ChangePending or TooSoon.
 */
export function scheduleChange(ctx: Ctx, next: AuthorityList, delay: number, forced: number | undefined): void {
  const { state, block } = ctx;
  if (state.has(S.PendingChange)) throw moduleError(grandpa, "ChangePending");
  if (forced !== undefined) {
    if ((state.get(S.NextForced) ?? 0) > block.number) throw moduleError(grandpa, "TooSoon");
    state.put(S.NextForced, [], block.number + 2 * delay);
  }
  state.put(S.PendingChange, [], { scheduled_at: block.number, delay, next_authorities: next, forced });
}

/** At the end of a block: tells the nodes of a change planned in it, and makes a change whose delay is over (NewAuthorities). */
export function applyChange(ctx: Ctx): void {
  const { state, block } = ctx;
  const pending = state.get(S.PendingChange);
  if (pending === undefined) return;
  const { scheduled_at: at, delay, next_authorities, forced } = pending;
  if (block.number === at) {
    const value = { next_authorities, delay };
    const log =
      forced === undefined
        ? ({ type: "ScheduledChange", value } as const)
        : ({ type: "ForcedChange", value: [forced, value] } as const);
    addConsensusLog(ctx, "FRNK", consensusLog.enc(log as ValueOf<typeof consensusLog>));
  }
  if (block.number !== at + delay) return;
  state.put(S.Authorities, [], next_authorities);
  state.kill(S.PendingChange);
  ctx.emit(grandpa, "NewAuthorities", { authority_set: next_authorities });
}
