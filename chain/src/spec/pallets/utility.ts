/** Utility (11): batches and dispatch as another. Source: spec/subtensor-interface.md 2.5 and the metadata of spec 424. */
import { runtimeCall } from "../call-type.ts";
import { constant, definePallet } from "../define.ts";
import { u16, u32 } from "../scale/numbers.ts";
import { vec } from "../scale/sequences.ts";
import { dispatchError, dispatchResult, originCaller, weight } from "../types.ts";

const call = runtimeCall();
const calls = vec(call);

/** Calls one batch may hold. */
export const BATCHED_CALLS_LIMIT = 10_922;

export const utility = definePallet({
  name: "Utility",
  index: 11,
  calls: {
    batch: { index: 0, args: { calls } },
    as_derivative: { index: 1, args: { index: u16, call } },
    batch_all: { index: 2, args: { calls } },
    dispatch_as: { index: 3, args: { as_origin: originCaller, call } },
    force_batch: { index: 4, args: { calls } },
    with_weight: { index: 5, args: { call, weight } },
    if_else: { index: 6, args: { main: call, fallback: call } },
    dispatch_as_fallible: { index: 7, args: { as_origin: originCaller, call } },
  },
  events: {
    BatchInterrupted: { index: 0, fields: { index: u32, error: dispatchError } },
    BatchCompleted: { index: 1 },
    BatchCompletedWithErrors: { index: 2 },
    ItemCompleted: { index: 3 },
    ItemFailed: { index: 4, fields: { error: dispatchError } },
    DispatchedAs: { index: 5, fields: { result: dispatchResult } },
    IfElseMainSuccess: { index: 6 },
    IfElseFallbackCalled: { index: 7, fields: { main_error: dispatchError } },
  },
  errors: ["TooManyCalls", "InvalidDerivedAccount"],
  constants: { batched_calls_limit: constant(u32, BATCHED_CALLS_LIMIT) },
});
