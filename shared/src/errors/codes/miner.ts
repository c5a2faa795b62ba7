import type { ErrorData, ErrorTable } from "../spec.ts";

const task = (d: ErrorData): string => (d["task"] === undefined ? "this task" : `task ${d["task"]}`);

/** What became of a deregistered miner's place. */
function lostPlace(d: ErrorData): string {
  if (d["isSubnetGone"] === true) return ": the subnet is gone";
  return d["heir"] === undefined ? "" : `: uid ${d["uid"] ?? "?"} is now ${d["heir"]}`;
}

export const minerErrors = {
  E_MODEL_MISSING: {
    consequence: "stop",
    exitCode: 3,
    meaning: "A model file that a solver variant names is not there or cannot be read.",
    message: (d) =>
      `The model file ${d["file"] ?? "?"} cannot be read${d["problem"] === undefined ? "" : ` (${d["problem"]})`}.`,
    remedy: () => "Put the file there, choose another variant, or correct `models` in the solver module.",
  },
  E_MODEL_BROKEN: {
    consequence: "stop",
    exitCode: 3,
    meaning: "A model file exists, but the runtime cannot load it or its warm-up run fails.",
    message: (d) => `The model ${d["file"] ?? "?"} does not run: ${d["problem"] ?? "unknown"}.`,
    remedy: () => "Export the model again, with an opset that onnxruntime supports, and check the file's checksum.",
  },
  E_MODEL_UNDECLARED: {
    consequence: "drop",
    meaning:
      "A solver asked for a model that its variant does not list in `models`, so it was neither loaded nor warmed up.",
    message: (d) => `The model ${d["model"] ?? "?"} is not among the models of this variant.`,
    remedy: () => "Add its path to `models` of the variant.",
  },
  E_MODEL_INPUT: {
    consequence: "drop",
    meaning: "A model was run with a missing, superfluous or ill-shaped input, or after it was closed.",
    message: (d) => `The model ${d["model"] ?? "?"} cannot be run: ${d["problem"] ?? "its input does not fit"}.`,
    remedy: () => "Give one tensor per input name, with as many values as its dimensions multiply to.",
  },
  E_MODEL_RUNTIME: {
    consequence: "stop",
    exitCode: 3,
    meaning: "The native library of the model runtime cannot be loaded on this machine.",
    message: (d) => `The model runtime ${d["runtime"] ?? "?"} cannot be loaded: ${d["problem"] ?? "unknown"}.`,
    remedy: () =>
      "Install the dependencies again (`npm ci`); onnxruntime-node supports linux, macOS and Windows on x64 and arm64.",
  },
  E_MODEL_HASH: {
    consequence: "stop",
    exitCode: 3,
    meaning:
      "A model file, in the subnet's folder or fetched, does not have the SHA-256 (or CID) that the variant names.",
    message: (d) =>
      `The model ${d["model"] ?? "?"} has sha256 ${d["actual"] ?? "?"} instead of ${d["expected"] ?? "?"}${d["from"] === undefined ? "" : ` (from ${d["from"]})`}.`,
    remedy: () =>
      "Nothing was loaded. Look whether the file was replaced on purpose; if so, correct the sha256 in the solver module.",
  },
  E_MODEL_FETCH: {
    consequence: "stop",
    exitCode: 5,
    meaning:
      "A model cannot be fetched: nobody answers, the answer is an error, too large, too slow, cut off, or points to an address that is not allowed.",
    message: (d) =>
      `The model ${d["model"] ?? "?"} cannot be fetched from ${d["from"] ?? "?"}: ${d["problem"] ?? "unknown"}.`,
    remedy: () =>
      "Check the address in the solver module (and ipfsGateways, maxModelMb, modelFetchSeconds of the miner), or put the file into the subnet's folder.",
  },
  E_MODEL_SERVER: {
    consequence: "retry",
    exitCode: 5,
    meaning: "The server that runs a model cannot be reached, falls silent, or answers with an error.",
    message: (d) =>
      `The model server of ${d["model"] ?? "?"} at ${d["from"] ?? "?"} fails: ${d["problem"] ?? "unknown"}.`,
    remedy: () =>
      "Look at that server's log; the address, the model's name and the key are in modelServers of the miner's configuration.",
  },
  E_MODEL_SERVER_BUSY: {
    consequence: "retry",
    exitCode: 5,
    meaning: "The server that runs a model has no room for another request (HTTP 429 or 503).",
    message: (d) => `The model server of ${d["model"] ?? "?"} at ${d["from"] ?? "?"} is busy (${d["status"] ?? "?"}).`,
    remedy: () => "Lower maxConcurrent of the miner to what the server can do at once, or give the server more room.",
  },
  E_MODEL_SERVER_ANSWER: {
    consequence: "drop",
    meaning: "The server that runs a model answers with something that is not the streaming protocol of OpenAI's API.",
    message: (d) =>
      `The model server of ${d["model"] ?? "?"} at ${d["from"] ?? "?"} answers with something else: ${d["problem"] ?? "unknown"}.`,
    remedy: () => "Check that the address ends in /v1 of an OpenAI-compatible server (vLLM, llama.cpp) that streams.",
  },
  E_MODEL_UNAVAILABLE: {
    consequence: "retry",
    meaning:
      "The model that a task needs cannot be run at the moment: its thread or process is started again, or the server that runs it does not answer or has no room.",
    message: (d) => `The model behind ${d["task"] ?? "this task"} cannot be run at the moment.`,
    remedy: () => "Ask again later; the miner's operator finds the reason in its log.",
  },
  E_MODEL_THREAD: {
    consequence: "retry",
    meaning: "The thread or process in which a model runs died, or is being started again: the calls it had are lost.",
    message: (d) => `The thread of the model ${d["model"] ?? "?"} is gone: ${d["problem"] ?? "it ended"}.`,
    remedy: () => "It is started again by itself; when it keeps dying, look at the memory the model needs.",
  },
  E_MINER_NOT_REGISTERED: {
    consequence: "stop",
    exitCode: 4,
    meaning: "The miner's hotkey is not registered on the subnet, and the miner was told not to wait for it.",
    message: (d) =>
      `Hotkey ${d["hotkey"] ?? "?"} is not registered on subnet ${d["netuid"] ?? "?"}: ${d["reason"] ?? "?"}.`,
    remedy: (d) => (typeof d["remedy"] === "string" ? d["remedy"] : "Register the hotkey, then start the miner again."),
  },
  E_MINER_DEREGISTERED: {
    consequence: "stop",
    exitCode: 4,
    meaning:
      "The miner's hotkey lost its place on the subnet while it ran: it refuses new requests (HTTP 503), finishes the ones under way and exits with 4.",
    message: (d) =>
      d["hotkey"] === undefined
        ? "The miner is no longer registered on the subnet."
        : `Hotkey ${d["hotkey"]} is no longer registered on subnet ${d["netuid"] ?? "?"} (block ${d["block"] ?? "?"})${lostPlace(d)}.`,
    remedy: (d) => {
      if (d["hotkey"] === undefined) return "Ask another miner; its operator has to register again.";
      if (d["isSubnetGone"] === true) return "Choose another subnet; nothing can be registered on this one.";
      return d["isSwapped"] === true
        ? `It has the same coldkey: somebody swapped the hotkey. Start the miner with the key of ${d["heir"] ?? "?"}; if that was not you, the coldkey is in other hands.`
        : "Another neuron took the uid: improve the model, then register again (btcli subnets register).";
    },
  },
  E_REQUEST_TOO_LARGE: {
    consequence: "refuse",
    meaning: "The body of a request is longer than the miner accepts.",
    message: () => "The request is too large.",
    remedy: () => "Send a smaller request; the limit is on GET /v1/tasks.",
  },
  E_REQUEST_COMPLEX: {
    consequence: "refuse",
    meaning:
      "The body of a signed request has more values, or more of them inside each other, than the miner takes: each costs the time of everybody else (HTTP 413).",
    message: () => "The body has too many values, or nests too deep.",
    remedy: () =>
      "Send long data as text (base64) instead of as a list of numbers, or ask the miner's operator to raise maxBodyValues.",
  },
  E_TASK_UNKNOWN: {
    consequence: "refuse",
    meaning: "A request names a task, or a path, that this miner does not serve.",
    message: () => "There is no such task here.",
    remedy: () => "GET /v1/tasks lists the tasks.",
  },
  E_CALLER_UNKNOWN: {
    consequence: "refuse",
    meaning: "The hotkey that a request names is not registered on this subnet.",
    message: () => "This hotkey is not registered on the subnet.",
    remedy: () => "Register the hotkey; a new registration is seen within a few blocks.",
  },
  E_CALLER_NO_PERMIT: {
    consequence: "refuse",
    meaning: "The caller has no validator permit, and this miner demands one.",
    message: () => "This hotkey has no validator permit.",
    remedy: () => "Permits are dealt out at each epoch to the hotkeys with the most stake.",
  },
  E_CALLER_STAKE: {
    consequence: "refuse",
    meaning: "The caller's stake weight is below this miner's floor.",
    message: () => "The stake of this hotkey is below the floor of this miner.",
    remedy: () => "Stake more, or ask the miner's operator to lower minStakeRao.",
  },
  E_CALLER_RATE: {
    consequence: "refuse",
    meaning: "The caller sends more requests than its token bucket allows.",
    message: () => "Too many requests from this hotkey.",
    remedy: () => "Wait as long as Retry-After says.",
  },
  E_CALLER_DENIED: {
    consequence: "refuse",
    meaning: "The miner's operator keeps this hotkey or this address out (HTTP 403).",
    message: () => "This caller is on the miner's deny list.",
    remedy: () => "Ask the miner's operator.",
  },
  E_ADDRESS_RATE: {
    consequence: "refuse",
    meaning:
      "One address sends more requests, or more wrong signatures, than its token bucket allows; or a hotkey is named by so many wrong signatures that only addresses it has used before are still heard (HTTP 429).",
    message: () => "Too many requests, or too many wrong signatures, from this address.",
    remedy: () =>
      "Wait as long as Retry-After says. Validators behind one address: ask the miner's operator to raise addressRequestsPerSecond.",
  },
  E_REPLAY_REDIS: {
    consequence: "stop",
    exitCode: 5,
    meaning: "The Redis that the miner is told to remember used requests in does not answer when the miner starts.",
    message: (d) => `The replay store does not answer: ${d["problem"] ?? "no connection"}.`,
    remedy: () =>
      "Start that Redis, correct replayRedisUrl, or leave it out: then used requests are remembered in memory.",
  },
  E_CALLER_LISTS: {
    consequence: "stop",
    exitCode: 3,
    meaning: "The miner's file of allowed and denied callers cannot be read or understood.",
    message: (d) =>
      `${d["file"] ?? "The caller lists"}, line ${d["line"] ?? "?"}: ${d["problem"] ?? "cannot be understood"}.`,
    remedy: () =>
      "One rule per line: allow <hotkey>, deny <hotkey>, or deny <address or network such as 203.0.113.0/24>; # begins a comment.",
  },
  E_REQUEST_NOT_JSON: {
    consequence: "refuse",
    meaning: "The body of a signed request is not JSON.",
    message: () => "The body is not JSON.",
    remedy: () => "Send one JSON document in UTF-8.",
  },
  E_REQUEST_SCHEMA: {
    consequence: "refuse",
    meaning: "The body of a signed request does not fit the request schema of the task.",
    message: () => "The request does not fit the task's schema.",
    remedy: () => "Use the same version of the subnet's definition as the miner.",
  },
  E_MINER_BUSY: {
    consequence: "retry",
    meaning:
      "The miner's queue is full, too much is on its way that nobody has vouched for yet, or the request could not be finished within its deadline.",
    message: () => "The miner is busy.",
    remedy: () =>
      "Ask again after Retry-After; an operator who sees this often needs more concurrency or a faster model.",
  },
  E_MINER_STOPPING: {
    consequence: "retry",
    meaning: "The miner is shutting down and takes no new work.",
    message: () => "The miner is stopping.",
    remedy: () => "Ask again later.",
  },
  E_SOLVER_TIMEOUT: {
    consequence: "drop",
    meaning: "A solver did not answer within the deadline of its task.",
    message: (d) => `The solver of ${task(d)} did not answer in time.`,
    remedy: () => "Use a faster model or provider; the deadline is the task's timeoutMs, which validators apply too.",
  },
  E_SOLVER_FAILED: {
    consequence: "drop",
    meaning: "A solver threw.",
    message: (d) => `The solver of ${task(d)} failed.`,
    remedy: () => "Look at the miner's log for the cause; run the subnet's conformance kit.",
  },
  E_SOLVER_RESPONSE: {
    consequence: "drop",
    meaning:
      "A solver returned something that does not fit the task's response schema or is too long: nothing was sent.",
    message: (d) => `The solver of ${task(d)} returned a response that does not fit: ${d["problem"] ?? "its shape"}.`,
    remedy: () => "Return exactly what the response schema describes, within maxResponseBytes.",
  },
} satisfies ErrorTable;
