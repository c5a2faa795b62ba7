import type { ErrorData, ErrorTable } from "../spec.ts";

const task = (d: ErrorData): string => `Task ${d["task"] ?? "?"}`;
const subnet = (d: ErrorData): string => `Subnet ${d["subnet"] ?? "?"}`;

export const subnetErrors = {
  E_SUBNET_NAME: {
    consequence: "stop",
    exitCode: 2,
    meaning: "The name of a subnet is not a short lower-case identifier.",
    message: (d) => `${JSON.stringify(d["name"])} cannot name a subnet.`,
    remedy: () => "Use 1 to 32 of the characters a-z, 0-9 and -, starting with a letter.",
  },
  E_SUBNET_SETTING: {
    consequence: "stop",
    exitCode: 2,
    meaning: "A setting of a subnet definition has the wrong type or is out of bounds.",
    message: (d) => `${subnet(d)}: ${d["setting"] ?? "a setting"} ${d["problem"] ?? "is not valid"}.`,
    remedy: (d) => `Correct ${d["setting"] ?? "it"} in defineSubnet({ ... }).`,
  },
  E_SUBNET_NO_TASKS: {
    consequence: "stop",
    exitCode: 2,
    meaning: "A subnet definition has no task, or more than a subnet may have.",
    message: (d) => `${subnet(d)} has ${d["count"] ?? 0} tasks; it needs 1 to ${d["max"] ?? "?"}.`,
    remedy: () => "Give defineSubnet a `tasks` object with at least one defineTask({ ... }).",
  },
  E_SUBNET_LOCAL_MINERS: {
    consequence: "stop",
    exitCode: 2,
    meaning:
      "The list of miners for the local network is not valid, or names a variant that the solver module does not export.",
    message: (d) => `${subnet(d)}: local.miners ${d["problem"] ?? "is not valid"}.`,
    remedy: () =>
      'Each entry is { variant, label, offline? }; the variant is a key of the exported `variants`, or "default".',
  },
  E_SUBNET_LOAD: {
    consequence: "stop",
    exitCode: 3,
    meaning: "A subnet module could not be loaded: the file is missing, or its top-level code threw.",
    message: (d) =>
      `Cannot load the subnet module ${d["file"] ?? "?"}${d["problem"] === undefined ? "" : `: ${d["problem"]}`}.`,
    remedy: () => "Check the path, and that the file runs without errors when it is imported.",
  },
  E_SUBNET_EXPORT: {
    consequence: "stop",
    exitCode: 3,
    meaning: "A subnet module does not export what it should.",
    message: (d) => `${d["file"] ?? "The module"} does not export ${d["expected"] ?? "a subnet"}.`,
    remedy: (d) => `Add: ${d["example"] ?? "export default defineSubnet({ ... })"}`,
  },
  E_TASK_ID: {
    consequence: "stop",
    exitCode: 2,
    meaning: "The id of a task is not a short identifier, or differs from its key in `tasks`.",
    message: (d) =>
      `${JSON.stringify(d["task"])} cannot be a task id${d["problem"] === undefined ? "" : `: ${d["problem"]}`}.`,
    remedy: () =>
      "Use 1 to 32 of the characters a-z, A-Z, 0-9 and -, starting with a lower-case letter, equal to its key in `tasks`.",
  },
  E_TASK_SCHEMA: {
    consequence: "stop",
    exitCode: 2,
    meaning: "The request or response of a task is not a zod schema.",
    message: (d) => `${task(d)}: ${d["field"] ?? "a schema"} is not a zod schema.`,
    remedy: () => "Write it with zod, e.g. z.object({ text: z.string().max(1000) }).",
  },
  E_TASK_LIMITS: {
    consequence: "stop",
    exitCode: 2,
    meaning: "A limit of a task is missing, not an integer, or out of bounds.",
    message: (d) =>
      `${task(d)}: limits.${d["limit"] ?? "?"} must be an integer from ${d["min"] ?? "?"} to ${d["max"] ?? "?"}.`,
    remedy: (d) => `Set limits.${d["limit"] ?? "?"} within those bounds.`,
  },
  E_TASK_AXON: {
    consequence: "stop",
    exitCode: 2,
    meaning: "The names by which SDK 10 asks for a task are not usable.",
    message: (d) => `${task(d)}: ${d["problem"] ?? "its axon names are not usable"}.`,
    remedy: () =>
      "Give axon: { synapse, hashFields } as the synapse's Python class has them: its name, and its required_hash_fields in order.",
  },
  E_TASK_FUNCTION: {
    consequence: "stop",
    exitCode: 2,
    meaning: "A task lacks its challenge function or its scorer.",
    message: (d) => `${task(d)}: ${d["field"] ?? "a function"} ${d["problem"] ?? "is missing"}.`,
    remedy: () => 'A task needs challenge(env) and scorer: { kind: "each" | "round", score(...) }.',
  },
  E_TASK_SHARE: {
    consequence: "stop",
    exitCode: 2,
    meaning: "The shares of the tasks of a subnet are not positive numbers that sum to 1.",
    message: (d) => `${d["task"] === undefined ? subnet(d) : task(d)}: ${d["problem"] ?? "the shares are not valid"}.`,
    remedy: () => "Give every task a share so that they sum to 1, or none (then all tasks count the same).",
  },
  E_SHAPE: {
    consequence: "stop",
    exitCode: 2,
    meaning: "A weight shape is unknown or its parameter is out of bounds.",
    message: (d) => `The weight shape ${d["problem"] ?? "is not valid"}.`,
    remedy: () =>
      'Use { kind: "linear" }, { kind: "power", exponent }, { kind: "softmax", beta }, { kind: "topK", k } or { kind: "rank", decay }.',
  },
  E_SOLVER_MISSING: {
    consequence: "stop",
    exitCode: 3,
    meaning: "A solver module has no function for a task of its subnet, or one for a task that does not exist.",
    message: (d) =>
      `${d["variant"] === undefined ? "The solvers" : `Variant ${d["variant"]}`}: ${d["problem"] ?? "a solver is missing"}.`,
    remedy: () => "Export solvers = defineSolvers<typeof subnet>({ ... }) with exactly one async function per task.",
  },
  E_VARIANT_UNKNOWN: {
    consequence: "stop",
    exitCode: 2,
    meaning: "The solver module has no variant of the name that was asked for.",
    message: (d) => `There is no solver variant ${JSON.stringify(d["variant"])}.`,
    remedy: (d) => `Choose one of: ${Array.isArray(d["known"]) ? d["known"].join(", ") : "default"}.`,
  },
  E_VARIANT: {
    consequence: "stop",
    exitCode: 3,
    meaning: "A solver variant is malformed: no label, or a model path that leaves the folder of the subnet.",
    message: (d) => `Solver variant ${d["variant"] ?? "?"}: ${d["problem"] ?? "is not valid"}.`,
    remedy: () =>
      "A variant is { label, solvers, models? }; model paths are relative to the subnet's folder and stay inside it.",
  },
  E_CHALLENGE_FAILED: {
    consequence: "drop",
    meaning: "The challenge function of a task threw or did not finish in time. The round asks nobody.",
    message: (d) => `${task(d)}: making a challenge failed: ${d["problem"] ?? "unknown"}.`,
    remedy: () => "Run the conformance kit on the subnet; the seed and block in this error replay the failure.",
  },
  E_CHALLENGE_INVALID: {
    consequence: "drop",
    meaning: "A challenge does not have a request that fits the task's own request schema and survives JSON.",
    message: (d) => `${task(d)}: the challenge is not valid: ${d["problem"] ?? "unknown"}.`,
    remedy: () =>
      "Return { request, key } with a request of plain JSON values that the request schema accepts unchanged.",
  },
  E_SCORER_THREW: {
    consequence: "drop",
    meaning:
      "The scorer of a task threw. An `each` scorer costs that reply its score, a `round` scorer voids the round.",
    message: (d) => `${task(d)}: the scorer threw${d["uid"] === undefined ? "" : ` on the reply of uid ${d["uid"]}`}.`,
    remedy: () =>
      "Run the conformance kit on the subnet; a scorer must answer every reply that the response schema accepts.",
  },
  E_SCORER_RESULT: {
    consequence: "drop",
    meaning:
      "A scorer returned something that is not a finite number in 0..1, or a list of another length than the replies.",
    message: (d) =>
      `${task(d)}: the scorer returned ${d["problem"] ?? "no valid score"}${d["uid"] === undefined ? "" : ` for uid ${d["uid"]}`}.`,
    remedy: () => "Return one finite number from 0 to 1 per reply.",
  },
  E_SCORER_TIMEOUT: {
    consequence: "drop",
    meaning:
      "A scorer did not come back within its time, or ended the thread it runs in. It is not asked again: for a reply that counts as a scorer that threw on it, for a task as a whole the task counts for nobody in that round.",
    message: (d) =>
      `${task(d)}: the scorer did not come back${d["uid"] === undefined ? "" : ` from the reply of uid ${d["uid"]}`}.`,
    remedy: () =>
      "Give every loop of the scorer a bound that no reply can move, and regular expressions no nested repetition; scorerTimeoutMs is the time that one call has.",
  },
  E_SUBNET_CONFORMANCE: {
    consequence: "stop",
    meaning: "A subnet breaks a rule that the conformance kit checks.",
    message: (d) => `${subnet(d)}, task ${d["task"] ?? "?"}: ${d["problem"] ?? "does not conform"}.`,
    remedy: () => "See the list of rules in shared/src/subnet/conformance.ts.",
  },
  E_TIMELOCK_INPUT: {
    consequence: "refuse",
    meaning: "An argument of a timelock function has the wrong length or range.",
    message: (d) => `Timelock: ${d["field"] ?? "an argument"} ${d["problem"] ?? "is not valid"}.`,
    remedy: () => "Keys are 96 bytes, signatures 48, rounds 1 to 2^64-1, messages at most 4756 bytes.",
  },
  E_TIMELOCK_MALFORMED: {
    consequence: "drop",
    meaning: "Bytes that should be a timelock ciphertext, a beacon signature or a beacon key do not decode.",
    message: (d) =>
      `Timelock: ${d["field"] ?? "the input"} is malformed${d["problem"] === undefined ? "" : ` (${d["problem"]})`}.`,
    remedy: () => "Make it with timelockEncrypt or the field's own client; nothing can be read from these bytes.",
  },
  E_TIMELOCK_DECRYPT: {
    consequence: "drop",
    meaning:
      "A timelock ciphertext does not open: it was altered, or the signature is of another round or another beacon.",
    message: (d) => `Timelock: the ciphertext does not open (${d["problem"] ?? "unknown"}).`,
    remedy: () => "Use the beacon signature of exactly the round it was encrypted to.",
  },
} satisfies ErrorTable;
