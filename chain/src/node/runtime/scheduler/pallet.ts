/**
 * Scheduler: calls root wants dispatched in a later block, once or again and again. Tasks run as root when the block begins, before its extrinsics;
 * every block serves its whole agenda.
 */
import { type retryConfig, type scheduled, scheduler } from "../../../spec/pallets/scheduler.ts";
import type { RuntimeCall } from "../../../spec/call.ts";
import type { ValueOf } from "../../../spec/scale/scale-type.ts";
import {
  type CallImpl,
  type Ctx,
  defineRuntimePallet,
  DispatchFailure,
  ensureRoot,
  moduleError,
  type Origin,
} from "../pallet.ts";
import { boundCall, dropCall, peekCall, request } from "../preimage/store.ts";

const S = scheduler.storage;
const { MaxScheduledPerBlock } = scheduler.constants;

type Task = ValueOf<typeof scheduled>;
type Retry = ValueOf<typeof retryConfig>;
type Address = [when: number, index: number];
type Period = [blocks: number, times: number];
type SchedulerError = (typeof scheduler.errors)[number];

function ensure(condition: boolean, error: SchedulerError): asserts condition {
  if (!condition) throw moduleError(scheduler, error);
}

/** What is asked of a new task. */
interface Order {
  readonly maybe_periodic: Period | undefined;
  readonly priority: number;
  readonly call: RuntimeCall;
}

export const schedulerPallet = defineRuntimePallet<typeof scheduler>({
  spec: scheduler,
  onInitialize: serveAgenda,
  calls: {
    schedule: asRoot((ctx, args) => schedule(ctx, args.when, undefined, args)),
    schedule_after: asRoot((ctx, args) => schedule(ctx, after(ctx, args.after), undefined, args)),
    schedule_named: asRoot((ctx, args) => schedule(ctx, args.when, args.id, args)),
    schedule_named_after: asRoot((ctx, args) => schedule(ctx, after(ctx, args.after), args.id, args)),
    cancel: asRoot((ctx, { when, index }) => cancel(ctx, [when, index])),
    cancel_named: asRoot((ctx, { id }) => cancel(ctx, addressOf(ctx, id))),
    set_retry: asRoot((ctx, { task, ...config }) => setRetry(ctx, task, undefined, config)),
    set_retry_named: asRoot((ctx, { id, ...config }) => setRetry(ctx, addressOf(ctx, id), id, config)),
    cancel_retry: asRoot((ctx, { task }) => cancelRetry(ctx, task, undefined)),
    cancel_retry_named: asRoot((ctx, { id }) => cancelRetry(ctx, addressOf(ctx, id), id)),
  },
});

function asRoot<A>(run: (ctx: Ctx, args: A) => void): CallImpl<A> {
  return {
    pays: true,
    dispatch(ctx: Ctx, origin: Origin, args: A) {
      ensureRoot(origin);
      run(ctx, args);
    },
  };
}

const after = (ctx: Ctx, blocks: number): number => ctx.block.number + blocks + 1;

function schedule(ctx: Ctx, when: number, id: Uint8Array | undefined, order: Order): void {
  ensure(id === undefined || !ctx.state.has(S.Lookup, id), "FailedToSchedule");
  ensure(when > ctx.block.number, "TargetBlockNumberInPast");
  const [blocks = 0, times = 0] = order.maybe_periodic ?? [];
  const task: Task = {
    maybe_id: id,
    priority: order.priority,
    call: boundCall(ctx, order.call),
    maybe_periodic: blocks > 0 && times > 1 ? [blocks, times - 1] : undefined,
    origin: { type: "system", value: { type: "Root" } },
  };
  if (place(ctx, when, task) === undefined) throw new DispatchFailure({ type: "Exhausted" }, "Exhausted");
}

/** Puts a task into a free place of a block's agenda and says so (Scheduled). Undefined when the agenda is full. */
function place(ctx: Ctx, when: number, task: Task): Address | undefined {
  const agenda = ctx.state.get(S.Agenda, when);
  const hole = agenda.indexOf(undefined);
  const index = agenda.length < MaxScheduledPerBlock.value ? agenda.length : hole;
  if (index < 0) return undefined;
  agenda[index] = task;
  ctx.state.put(S.Agenda, [when], agenda);
  if (task.maybe_id !== undefined) ctx.state.put(S.Lookup, [task.maybe_id], [when, index]);
  ctx.emit(scheduler, "Scheduled", { when, index });
  return [when, index];
}

function taskAt({ state }: Ctx, [when, index]: Address): Task {
  const task = state.get(S.Agenda, when)[index];
  ensure(task !== undefined, "NotFound");
  return task;
}

function addressOf(ctx: Ctx, id: Uint8Array): Address {
  const address = ctx.state.get(S.Lookup, id);
  ensure(address !== undefined, "NotFound");
  return address;
}

function cancel(ctx: Ctx, [when, index]: Address): void {
  const task = taskAt(ctx, [when, index]);
  dropCall(ctx, task.call);
  if (task.maybe_id !== undefined) ctx.state.kill(S.Lookup, task.maybe_id);
  ctx.state.kill(S.Retries, [when, index]);
  const agenda = ctx.state.get(S.Agenda, when);
  agenda[index] = undefined;
  while (agenda.length > 0 && agenda.at(-1) === undefined) agenda.pop();
  if (agenda.length === 0) ctx.state.kill(S.Agenda, when);
  else ctx.state.put(S.Agenda, [when], agenda);
  ctx.emit(scheduler, "Canceled", { when, index });
}

function setRetry(
  ctx: Ctx,
  task: Address,
  id: Uint8Array | undefined,
  { retries, period }: { retries: number; period: number },
): void {
  taskAt(ctx, task);
  ctx.state.put(S.Retries, [task], { total_retries: retries, remaining: retries, period });
  ctx.emit(scheduler, "RetrySet", { task, id, period, retries });
}

function cancelRetry(ctx: Ctx, task: Address, id: Uint8Array | undefined): void {
  taskAt(ctx, task);
  ctx.state.kill(S.Retries, task);
  ctx.emit(scheduler, "RetryCancelled", { task, id });
}

/** Dispatches this block's tasks, lowest priority number first. */
function serveAgenda(ctx: Ctx): void {
  const when = ctx.block.number;
  const agenda = ctx.state.get(S.Agenda, when);
  if (agenda.length === 0) return;
  ctx.state.kill(S.Agenda, when);
  const due = agenda
    .flatMap((task, index) => (task === undefined ? [] : [{ task, index }]))
    .sort((a, b) => a.task.priority - b.task.priority || a.index - b.index);
  for (const { task, index } of due) serve(ctx, [when, index], task);
}

function serve(ctx: Ctx, address: Address, task: Task): void {
  const { maybe_id: id } = task;
  const retry = ctx.state.get(S.Retries, address);
  ctx.state.kill(S.Retries, address);
  if (id !== undefined) ctx.state.kill(S.Lookup, id);
  const call = peekCall(ctx, task.call);
  if (call === undefined) {
    ctx.emit(scheduler, "CallUnavailable", { task: address, id });
    dropCall(ctx, task.call);
    return;
  }
  const result = ctx.dispatch(call, { kind: "root" });
  ctx.emit(scheduler, "Dispatched", { task: address, id, result });
  if (result.type === "Err" && retry !== undefined) tryAgain(ctx, address, task, retry);
  if (task.maybe_periodic === undefined) dropCall(ctx, task.call);
  else repeat(ctx, address, task, task.maybe_periodic, retry);
}

function tryAgain(ctx: Ctx, address: Address, task: Task, retry: Retry): void {
  if (retry.remaining === 0) return;
  const again = place(ctx, ctx.block.number + retry.period, {
    ...task,
    maybe_id: undefined,
    maybe_periodic: undefined,
  });
  if (again !== undefined && task.call.type === "Lookup") request(ctx, task.call.value.hash);
  if (again === undefined) ctx.emit(scheduler, "RetryFailed", { task: address, id: task.maybe_id });
  else ctx.state.put(S.Retries, [again], { ...retry, remaining: retry.remaining - 1 });
}

function repeat(ctx: Ctx, address: Address, task: Task, [blocks, times]: Period, retry: Retry | undefined): void {
  const next: Task = { ...task, maybe_periodic: times > 1 ? [blocks, times - 1] : undefined };
  const placed = place(ctx, ctx.block.number + blocks, next);
  if (placed === undefined) {
    dropCall(ctx, task.call);
    ctx.emit(scheduler, "PeriodicFailed", { task: address, id: task.maybe_id });
  } else if (retry !== undefined) {
    ctx.state.put(S.Retries, [placed], retry);
  }
}
