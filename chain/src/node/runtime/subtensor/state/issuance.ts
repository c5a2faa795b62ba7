import { subtensorModule } from "../../../../spec/pallets/subtensor-module.ts";
import { burn, mint, transfer } from "../../balances/currency.ts";
import type { Ctx } from "../../pallet.ts";

const S = subtensorModule.storage;

/** Creates TAO in an account: both issuance counters grow. */
export function issueTao(ctx: Ctx, to: string, rao: bigint): void {
  if (rao === 0n) return;
  mint(ctx, to, rao);
  ctx.state.mutate(S.TotalIssuance, [], (total) => total + rao);
}

/** Takes TAO of an account out of existence: issuance falls and can be minted again (spec/economics.md 3.2). */
export function recycleTao(ctx: Ctx, from: string, rao: bigint): void {
  if (rao === 0n) return;
  burn(ctx, from, rao, false);
  ctx.state.mutate(S.TotalIssuance, [], (total) => (total > rao ? total - rao : 0n));
}

/** Moves TAO between accounts. Fails with a token error when it is not there. */
export function moveTao(ctx: Ctx, from: string, to: string, rao: bigint): void {
  if (rao > 0n) transfer(ctx, from, to, rao, false);
}
