import { system } from "../../../spec/pallets/system.ts";
import type { AccountId, Ctx } from "../pallet.ts";

/** Adds or takes a reason for an account to exist, whatever lies on it. Says NewAccount and KilledAccount. */
export function changeProviders(ctx: Ctx, who: AccountId, by: number): void {
  const account = ctx.state.get(system.storage.Account, who);
  const isNew = account.providers + account.sufficients === 0;
  const providers = Math.max(0, account.providers + by);
  if (providers + account.sufficients > 0) ctx.state.put(system.storage.Account, [who], { ...account, providers });
  else ctx.state.kill(system.storage.Account, who);
  if (isNew) ctx.emit(system, "NewAccount", { account: who });
  if (providers + account.sufficients === 0) ctx.emit(system, "KilledAccount", { account: who });
}
