import { z } from "zod";

/** Version of the event lines: fields are added, never renamed, within one version. */
export const EVENT_VERSION = 1;

const rao = z.string().regex(/^\d+$/).describe("amount in rao, decimal text");
const share = z.number().min(0).max(1);
const ms = z.number().int().nonnegative();
const uid = z.int().nonnegative();
const block = z.int().nonnegative();
const processName = z.string().describe("chain, redis, validator-0, miner-3, ...");

/** What `error` and `step.failed` say, and a failed command with --json. */
export const errorBody = z.object({
  code: z.string(),
  message: z.string(),
  cause: z.string(),
  remedy: z.string(),
  docs: z.string(),
  log: z.string(),
});

/** The closed list of words for the state of a neuron. */
export const neuronStates = [
  "starting",
  "ok",
  "slow",
  "late",
  "wrong",
  "no-reply",
  "restart",
  "gave-up",
  "paused",
  "drained",
  "out",
] as const;

/** One neuron of the table. `null` means not known yet or does not apply; never a zero for the unknown. */
export const neuronRow = z.object({
  uid,
  role: z.enum(["validator", "miner"]),
  hotkey: z.string(),
  model: z.string().nullable(),
  score: z.number().nullable(),
  weight: share.nullable(),
  incentive: share.nullable(),
  dividends: share.nullable(),
  emissionRao: rao.nullable(),
  p50Ms: z.number().nullable(),
  state: z.enum(neuronStates),
});

const summaryNeuron = neuronRow.omit({ p50Ms: true, state: true }).extend({ permit: z.boolean() });

/** What a run came to: the last line of a run carries it. */
export const runSummary = z.object({
  chain: z.string(),
  netuid: z.int(),
  blocks: z.int().nonnegative(),
  epochs: z.int().nonnegative(),
  neurons: z.array(summaryNeuron),
});

const reported = { process: processName };

/** One schema per event type: the fields beside `v`, `seq`, `at` and `type`. Published by `subnetkit schema events`. */
export const eventSchemas = {
  "run.started": z.object({
    version: z.string(),
    node: z.string(),
    subnet: z.string(),
    validators: z.int(),
    miners: z.int(),
    portBase: z.int(),
    stateDir: z.string(),
    fresh: z.boolean(),
    epochs: z.int().nullable(),
  }),
  "step.started": z.object({ step: z.string() }),
  "step.progress": z.object({ step: z.string(), detail: z.string() }),
  "step.finished": z.object({ step: z.string(), detail: z.string(), note: z.string(), ms }),
  "step.failed": z.object({ step: z.string(), ms, error: errorBody }),
  "network.ready": z.object({
    ms,
    netuid: z.int(),
    block,
    chain: z.string(),
    metrics: z.string(),
    redis: z.string(),
    state: z.string(),
  }),
  "network.degraded": z.object({ healthy: z.int(), total: z.int(), processes: z.array(processName) }),
  "process.started": z.object({ ...reported, pid: z.int() }),
  "process.ready": z.object({ ...reported, ms }),
  "process.exited": z.object({
    ...reported,
    pid: z.int(),
    code: z.int().nullable(),
    signal: z.string().nullable(),
    lastError: z.string(),
    log: z.string(),
  }),
  "process.restarting": z.object({ ...reported, attempt: z.int(), of: z.int(), delayMs: ms }),
  "process.gaveUp": z.object({
    ...reported,
    attempts: z.int(),
    refused: z.boolean().describe("it said itself that it cannot go on: see its exit code, and the error before"),
    log: z.string(),
  }),
  "chain.block": z.object({ block }),
  "chain.epoch": z.object({
    epoch: z.int(),
    block,
    emissionRao: rao,
    minersRao: rao,
    validatorsRao: rao,
    ownerRao: rao,
    best: z.object({ uid, incentive: share }).nullable(),
  }),
  "chain.paused": z.object({ block }),
  "chain.resumed": z.object({ block }),
  "chain.reverted": z.object({ block, from: block }),
  "round.finished": z.looseObject(reported),
  "weights.submitted": z.looseObject(reported),
  "weights.finalized": z.looseObject(reported),
  "weights.revealed": z.looseObject(reported),
  "weights.failed": z.looseObject(reported),
  "weights.contested": z.looseObject(reported),
  "neuron.table": z.object({ epoch: z.int(), block, neurons: z.array(neuronRow) }),
  warning: z.looseObject({ message: z.string() }),
  error: z.looseObject({ error: errorBody }),
  "run.stopping": z.object({ reason: z.string() }),
  "run.stopped": z.object({ exitCode: z.int(), reason: z.string(), summary: runSummary.nullable() }),
} as const;

export type EventType = keyof typeof eventSchemas;
/** The fields of one event type. */
export type EventFields<T extends EventType> = z.input<(typeof eventSchemas)[T]>;
/** An event as it is written: one line of `--json`. */
export type LocalEvent = {
  [T in EventType]: {
    readonly v: number;
    readonly seq: number;
    readonly at: string;
    readonly type: T;
  } & EventFields<T>;
}[EventType];

export type ErrorBody = z.infer<typeof errorBody>;
export type NeuronState = (typeof neuronStates)[number];
export type NeuronRow = z.infer<typeof neuronRow>;
export type RunSummary = z.infer<typeof runSummary>;

/** True for a name in {@link eventSchemas}. */
export function isEventType(type: string): type is EventType {
  return Object.hasOwn(eventSchemas, type);
}

/** The event lines as a JSON Schema document, one definition per type. */
export function eventsJsonSchema(): Record<string, unknown> {
  const head = { v: z.literal(EVENT_VERSION), seq: z.int().positive(), at: z.iso.datetime() };
  const events = Object.entries(eventSchemas).map(([type, schema]) => {
    const whole = z.object(head).extend({ type: z.literal(type), ...schema.shape });
    return [type, z.toJSONSchema(whole, { unrepresentable: "any" })];
  });
  return { version: EVENT_VERSION, events: Object.fromEntries(events) };
}
