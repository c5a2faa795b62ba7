/** Scheduler (15): calls dispatched in a later block. Source: spec/subtensor-interface.md 2.5, 3.7 and the metadata of spec 424. */
import { runtimeCall } from "../call-type.ts";
import { constant, definePallet, map, value } from "../define.ts";
import { fixedBytes } from "../scale/byte-strings.ts";
import { u32, u8 } from "../scale/numbers.ts";
import { boundedVec } from "../scale/sequences.ts";
import { struct, tuple } from "../scale/structs.ts";
import { option } from "../scale/variants.ts";
import { dispatchResult, originCaller, weight } from "../types.ts";
import { boundedCall } from "./bounded-call.ts";

const call = runtimeCall();

/** A call and when it comes again: (blocks, times). */
export const scheduled = struct("pallet_scheduler::Scheduled", {
  maybe_id: option(fixedBytes(32)),
  priority: u8,
  call: boundedCall,
  maybe_periodic: option(tuple(u32, u32)),
  origin: originCaller,
});
/** How often a failing task is tried again. */
export const retryConfig = struct("pallet_scheduler::RetryConfig", { total_retries: u8, remaining: u8, period: u32 });

export const scheduler = definePallet({
  name: "Scheduler",
  index: 15,
  storage: {
    IncompleteSince: value({ value: u32, optional: true }),
    Agenda: map({ keys: [["Twox64Concat", u32]], value: boundedVec(option(scheduled), 50), default: [] }),
    Retries: map({ keys: [["Blake2_128Concat", tuple(u32, u32)]], value: retryConfig, optional: true }),
    Lookup: map({ keys: [["Twox64Concat", fixedBytes(32)]], value: tuple(u32, u32), optional: true }),
  },
  calls: {
    schedule: { index: 0, args: { when: u32, maybe_periodic: option(tuple(u32, u32)), priority: u8, call } },
    cancel: { index: 1, args: { when: u32, index: u32 } },
    schedule_named: {
      index: 2,
      args: { id: fixedBytes(32), when: u32, maybe_periodic: option(tuple(u32, u32)), priority: u8, call },
    },
    cancel_named: { index: 3, args: { id: fixedBytes(32) } },
    schedule_after: { index: 4, args: { after: u32, maybe_periodic: option(tuple(u32, u32)), priority: u8, call } },
    schedule_named_after: {
      index: 5,
      args: { id: fixedBytes(32), after: u32, maybe_periodic: option(tuple(u32, u32)), priority: u8, call },
    },
    set_retry: { index: 6, args: { task: tuple(u32, u32), retries: u8, period: u32 } },
    set_retry_named: { index: 7, args: { id: fixedBytes(32), retries: u8, period: u32 } },
    cancel_retry: { index: 8, args: { task: tuple(u32, u32) } },
    cancel_retry_named: { index: 9, args: { id: fixedBytes(32) } },
  },
  events: {
    Scheduled: { index: 0, fields: { when: u32, index: u32 } },
    Canceled: { index: 1, fields: { when: u32, index: u32 } },
    Dispatched: { index: 2, fields: { task: tuple(u32, u32), id: option(fixedBytes(32)), result: dispatchResult } },
    RetrySet: { index: 3, fields: { task: tuple(u32, u32), id: option(fixedBytes(32)), period: u32, retries: u8 } },
    RetryCancelled: { index: 4, fields: { task: tuple(u32, u32), id: option(fixedBytes(32)) } },
    CallUnavailable: { index: 5, fields: { task: tuple(u32, u32), id: option(fixedBytes(32)) } },
    PeriodicFailed: { index: 6, fields: { task: tuple(u32, u32), id: option(fixedBytes(32)) } },
    RetryFailed: { index: 7, fields: { task: tuple(u32, u32), id: option(fixedBytes(32)) } },
    PermanentlyOverweight: { index: 8, fields: { task: tuple(u32, u32), id: option(fixedBytes(32)) } },
    AgendaIncomplete: { index: 9, fields: { when: u32 } },
  },
  errors: ["FailedToSchedule", "NotFound", "TargetBlockNumberInPast", "RescheduleNoChange", "Named"],
  constants: {
    MaximumWeight: constant(weight, { ref_time: 3_200_000_000_000n, proof_size: 14_757_395_258_967_641_292n }),
    MaxScheduledPerBlock: constant(u32, 50),
  },
});
