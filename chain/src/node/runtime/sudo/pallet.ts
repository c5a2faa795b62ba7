/**
 * Sudo: one key dispatches as root. A failing inner call does not fail the extrinsic: its result is in the event (spec/subtensor-interface.md 2.5).
 * The pool refuses Sudo calls of anyone else as BadSigner (1.3, extension 9).
 */
import { sudo } from "../../../spec/pallets/sudo.ts";
import { type Ctx, defineRuntimePallet, moduleError, type Origin } from "../pallet.ts";
import { lookup } from "../lookup.ts";

export const sudoPallet = defineRuntimePallet<typeof sudo>({
  spec: sudo,
  genesis: (ctx, config) => ctx.state.put(sudo.storage.Key, [], config.sudo),
  guard(ctx, origin, call) {
    if (call.pallet !== sudo.name || origin.kind !== "signed") return undefined;
    return ctx.state.get(sudo.storage.Key) === origin.who ? undefined : { type: "BadSigner" };
  },
  calls: {
    sudo: {
      pays: false,
      dispatch(ctx, origin, { call }) {
        ensureSudo(ctx, origin);
        ctx.emit(sudo, "Sudid", { sudo_result: ctx.dispatch(call, { kind: "root" }) });
      },
    },
    sudo_unchecked_weight: {
      pays: false,
      dispatch(ctx, origin, { call }) {
        ensureSudo(ctx, origin);
        ctx.emit(sudo, "Sudid", { sudo_result: ctx.dispatch(call, { kind: "root" }) });
      },
    },
    sudo_as: {
      pays: false,
      dispatch(ctx, origin, { who, call }) {
        ensureSudo(ctx, origin);
        ctx.emit(sudo, "SudoAsDone", { sudo_result: ctx.dispatch(call, { kind: "signed", who: lookup(who) }) });
      },
    },
    set_key: {
      pays: false,
      dispatch(ctx, origin, args) {
        ensureSudo(ctx, origin);
        const old = ctx.state.get(sudo.storage.Key);
        const key = lookup(args.new);
        ctx.state.put(sudo.storage.Key, [], key);
        ctx.emit(sudo, "KeyChanged", { old, new: key });
      },
    },
    remove_key: {
      pays: false,
      dispatch(ctx, origin) {
        ensureSudo(ctx, origin);
        ctx.state.kill(sudo.storage.Key);
        ctx.emit(sudo, "KeyRemoved", undefined);
      },
    },
  },
});

/** The sudo key, or root itself: a sudo call inside a sudo call is allowed. */
function ensureSudo(ctx: Ctx, origin: Origin): void {
  if (origin.kind === "root") return;
  if (origin.kind !== "signed" || ctx.state.get(sudo.storage.Key) !== origin.who)
    throw moduleError(sudo, "RequireSudo");
}
