/**
 * Utility: several calls in one. A batch pays only if one of its calls pays, and a batch directly inside a batch is filtered
 * (spec/subtensor-interface.md 1.1, 2.5).
 */
import { blake2AsHex } from "@polkadot/util-crypto/blake2";
import { concatBytes, hexToBytes, utf8 } from "@subnetkit/shared/util/bytes";
import type { RuntimeCall } from "../../../spec/call.ts";
import { system } from "../../../spec/pallets/system.ts";
import { BATCHED_CALLS_LIMIT, utility } from "../../../spec/pallets/utility.ts";
import { u16 } from "../../../spec/scale/numbers.ts";
import type { ValueOf } from "../../../spec/scale/scale-type.ts";
import type { originCaller } from "../../../spec/types.ts";
import {
  type AccountId,
  type Ctx,
  defineRuntimePallet,
  DispatchFailure,
  type DispatchResult,
  ensureRoot,
  ensureSigned,
  moduleDispatchError,
  moduleError,
  type Origin,
} from "../pallet.ts";

const batches = new Set(["batch", "batch_all", "force_batch"]);
const paysIfAny = {
  pays: ({ calls }: { calls: readonly RuntimeCall[] }, ctx: Pick<Ctx, "paysFee">) =>
    calls.some((call) => ctx.paysFee(call)),
} as const;
const paysAsInner = {
  pays: ({ call }: { call: RuntimeCall }, ctx: Pick<Ctx, "paysFee">) => ctx.paysFee(call),
} as const;

export const utilityPallet = defineRuntimePallet<typeof utility>({
  spec: utility,
  calls: {
    batch: {
      ...paysIfAny,
      dispatch(ctx, origin, { calls }) {
        checkBatch(origin, calls);
        for (const [index, call] of calls.entries()) {
          const result = inner(ctx, call, origin);
          if (result.type === "Err") {
            ctx.emit(utility, "BatchInterrupted", { index, error: result.value });
            return;
          }
          ctx.emit(utility, "ItemCompleted", undefined);
        }
        ctx.emit(utility, "BatchCompleted", undefined);
      },
    },
    batch_all: {
      ...paysIfAny,
      dispatch(ctx, origin, { calls }) {
        checkBatch(origin, calls);
        for (const call of calls) {
          failIfErr(inner(ctx, call, origin));
          ctx.emit(utility, "ItemCompleted", undefined);
        }
        ctx.emit(utility, "BatchCompleted", undefined);
      },
    },
    force_batch: {
      ...paysIfAny,
      dispatch(ctx, origin, { calls }) {
        checkBatch(origin, calls);
        let failed = false;
        for (const call of calls) {
          const result = inner(ctx, call, origin);
          if (result.type === "Err") {
            failed = true;
            ctx.emit(utility, "ItemFailed", { error: result.value });
          } else {
            ctx.emit(utility, "ItemCompleted", undefined);
          }
        }
        ctx.emit(utility, failed ? "BatchCompletedWithErrors" : "BatchCompleted", undefined);
      },
    },
    as_derivative: {
      ...paysAsInner,
      dispatch(ctx, origin, { index, call }) {
        const who = derivative(ensureSigned(origin), index);
        const filter = origin.kind === "signed" ? origin.filter : undefined;
        failIfErr(ctx.dispatch(call, { kind: "signed", who, filter }));
      },
    },
    dispatch_as: {
      pays: true,
      dispatch(ctx, origin, { as_origin, call }) {
        ensureRoot(origin);
        ctx.emit(utility, "DispatchedAs", { result: ctx.dispatch(call, originOf(as_origin)) });
      },
    },
    dispatch_as_fallible: {
      pays: true,
      dispatch(ctx, origin, { as_origin, call }) {
        ensureRoot(origin);
        const result = ctx.dispatch(call, originOf(as_origin));
        failIfErr(result);
        ctx.emit(utility, "DispatchedAs", { result });
      },
    },
    with_weight: {
      ...paysAsInner,
      dispatch(ctx, origin, { call }) {
        ensureRoot(origin);
        failIfErr(ctx.dispatch(call, origin));
      },
    },
    if_else: {
      pays: ({ main, fallback }, ctx) => ctx.paysFee(main) || ctx.paysFee(fallback),
      dispatch(ctx, origin, { main, fallback }) {
        if (origin.kind === "none") ensureSigned(origin);
        const result = inner(ctx, main, origin);
        if (result.type === "Ok") {
          ctx.emit(utility, "IfElseMainSuccess", undefined);
          return;
        }
        failIfErr(inner(ctx, fallback, origin));
        ctx.emit(utility, "IfElseFallbackCalled", { main_error: result.value });
      },
    },
  },
});

/** Account a signer controls under an index: no key of its own. */
export function derivative(who: AccountId, index: number): AccountId {
  return blake2AsHex(concatBytes(utf8("modlpy/utilisuba"), hexToBytes(who), u16.enc(index)), 256);
}

function checkBatch(origin: Origin, calls: readonly RuntimeCall[]): void {
  if (origin.kind === "none") ensureSigned(origin);
  if (calls.length > BATCHED_CALLS_LIMIT) throw moduleError(utility, "TooManyCalls");
}

/** Dispatches a part of a batch; a batch directly inside is filtered for everyone but root. */
function inner(ctx: Ctx, call: RuntimeCall, origin: Origin): DispatchResult {
  const filtered = origin.kind !== "root" && call.pallet === utility.name && batches.has(call.name);
  return filtered ? { type: "Err", value: moduleDispatchError(system, "CallFiltered") } : ctx.dispatch(call, origin);
}

function failIfErr(result: DispatchResult): void {
  if (result.type === "Err") throw new DispatchFailure(result.value, result.value.type);
}

function originOf(caller: ValueOf<typeof originCaller>): Origin {
  const raw = caller.value;
  switch (raw.type) {
    case "Root":
      return { kind: "root" };
    case "Signed":
      return { kind: "signed", who: raw.value };
    case "None":
      return { kind: "none" };
  }
}
