/**
 * SafeMode: root can stop all calls but a few for a while. Nobody else can: the deposits that would let them are not configured, so no deposit ever
 * lies here (rules of pallet_safe_mode, configuration of spec 424).
 */
import type { RuntimeCall } from "../../../spec/call.ts";
import { safeMode } from "../../../spec/pallets/safe-mode.ts";
import { type Ctx, defineRuntimePallet, ensureRoot, ensureSigned, moduleError } from "../pallet.ts";

const S = safeMode.storage;
type SafeModeError = (typeof safeMode.errors)[number];

/** Blocks of one entry and of one extension by root: a day and half a day of 12 s blocks. */
const ROOT_ENTER_BLOCKS = 7_200;
const ROOT_EXTEND_BLOCKS = 3_600;

/** Pallets and calls that go on while the chain is in safe mode. */
const ALLOWED_PALLETS = new Set(["Sudo", "Multisig", "System", "SafeMode", "Timestamp"]);
const ALLOWED_CALLS = new Set([
  "SubtensorModule.set_weights",
  "SubtensorModule.serve_axon",
  "Commitments.set_commitment",
]);

const refuse = (error: SafeModeError): never => {
  throw moduleError(safeMode, error);
};

export const safeModePallet = defineRuntimePallet<typeof safeMode>({
  spec: safeMode,
  filter: (ctx, call) => !ctx.state.has(S.EnteredUntil) || isAllowed(call),
  onInitialize(ctx) {
    const until = ctx.state.get(S.EnteredUntil);
    if (until !== undefined && ctx.block.number > until) exit(ctx, "Timeout");
  },
  calls: {
    enter: {
      pays: true,
      dispatch(ctx, origin) {
        ensureSigned(origin);
        refuse(ctx.state.has(S.EnteredUntil) ? "Entered" : "NotConfigured");
      },
    },
    force_enter: {
      pays: true,
      dispatch(ctx, origin) {
        ensureRoot(origin);
        if (ctx.state.has(S.EnteredUntil)) refuse("Entered");
        const until = ctx.block.number + ROOT_ENTER_BLOCKS;
        ctx.state.put(S.EnteredUntil, [], until);
        ctx.emit(safeMode, "Entered", { until });
      },
    },
    extend: {
      pays: true,
      dispatch(ctx, origin) {
        ensureSigned(origin);
        refuse(ctx.state.has(S.EnteredUntil) ? "NotConfigured" : "Exited");
      },
    },
    force_extend: {
      pays: true,
      dispatch(ctx, origin) {
        ensureRoot(origin);
        const until = (ctx.state.get(S.EnteredUntil) ?? refuse("Exited")) + ROOT_EXTEND_BLOCKS;
        ctx.state.put(S.EnteredUntil, [], until);
        ctx.emit(safeMode, "Extended", { until });
      },
    },
    force_exit: {
      pays: true,
      dispatch(ctx, origin) {
        ensureRoot(origin);
        if (!ctx.state.has(S.EnteredUntil)) refuse("Exited");
        exit(ctx, "Force");
      },
    },
    force_slash_deposit: {
      pays: true,
      dispatch(_ctx, origin) {
        ensureRoot(origin);
        refuse("NoDeposit");
      },
    },
    release_deposit: {
      pays: true,
      dispatch(_ctx, origin) {
        ensureSigned(origin);
        refuse("NoDeposit");
      },
    },
    force_release_deposit: {
      pays: true,
      dispatch(_ctx, origin) {
        ensureRoot(origin);
        refuse("NoDeposit");
      },
    },
  },
});

function isAllowed({ pallet, name }: RuntimeCall): boolean {
  return ALLOWED_PALLETS.has(pallet) || ALLOWED_CALLS.has(`${pallet}.${name}`);
}

function exit(ctx: Ctx, reason: "Timeout" | "Force"): void {
  ctx.state.kill(S.EnteredUntil);
  ctx.emit(safeMode, "Exited", { reason: { type: reason, value: undefined } });
}
