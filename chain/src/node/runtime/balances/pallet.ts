/** Calls and genesis of Balances. Source: spec/subtensor-interface.md 1.1, 2.5. */
import { balances } from "../../../spec/pallets/balances.ts";
import { system } from "../../../spec/pallets/system.ts";
import { defineRuntimePallet, ensureRoot, ensureSigned, moduleError } from "../pallet.ts";
import { lookup } from "../lookup.ts";
import { burn, changeIssuance, setFreeBalance, spendableBalance, transfer } from "./currency.ts";
import { unreserve } from "./reserve.ts";

export const balancesPallet = defineRuntimePallet<typeof balances>({
  spec: balances,
  genesis(ctx, config) {
    for (const [who, free] of config.balances) {
      const data = { free, reserved: 0n, frozen: 0n, flags: 1n << 127n };
      ctx.state.put(system.storage.Account, [who], { nonce: 0, consumers: 0, providers: 1, sufficients: 0, data });
      changeIssuance(ctx.state, free);
    }
  },
  calls: {
    transfer_allow_death: {
      pays: true,
      weight: 240_000_000n,
      dispatch: (ctx, origin, { dest, value }) => transfer(ctx, ensureSigned(origin), lookup(dest), value, false),
    },
    transfer_keep_alive: {
      pays: true,
      weight: 240_000_000n,
      dispatch: (ctx, origin, { dest, value }) => transfer(ctx, ensureSigned(origin), lookup(dest), value, true),
    },
    transfer_all: {
      pays: true,
      weight: 240_000_000n,
      dispatch(ctx, origin, { dest, keep_alive }) {
        const who = ensureSigned(origin);
        transfer(ctx, who, lookup(dest), spendableBalance(ctx.state, who, keep_alive), keep_alive);
      },
    },
    force_transfer: {
      pays: true,
      dispatch(ctx, origin, { source, dest, value }) {
        ensureRoot(origin);
        transfer(ctx, lookup(source), lookup(dest), value, false);
      },
    },
    force_unreserve: {
      pays: true,
      dispatch(ctx, origin, { who, amount }) {
        ensureRoot(origin);
        unreserve(ctx, lookup(who), amount);
      },
    },
    upgrade_accounts: {
      // Every account is of the new kind from its first block on, so there is nothing to upgrade.
      pays: true,
      dispatch: (_ctx, origin) => void ensureSigned(origin),
    },
    force_set_balance: {
      pays: true,
      dispatch(ctx, origin, { who, new_free }) {
        ensureRoot(origin);
        setFreeBalance(ctx, lookup(who), new_free);
      },
    },
    force_adjust_total_issuance: {
      pays: true,
      dispatch(ctx, origin, { direction, delta }) {
        ensureRoot(origin);
        if (delta === 0n) throw moduleError(balances, "DeltaZero");
        const old = ctx.state.get(balances.storage.TotalIssuance);
        changeIssuance(ctx.state, direction.type === "Increase" ? delta : -delta);
        ctx.emit(balances, "TotalIssuanceForced", { old, new: ctx.state.get(balances.storage.TotalIssuance) });
      },
    },
    burn: {
      pays: true,
      dispatch: (ctx, origin, { value, keep_alive }) => burn(ctx, ensureSigned(origin), value, keep_alive),
    },
  },
});
