import type { ErrorTable } from "../spec.ts";

export const chainErrors = {
  E_CHAIN_UNREACHABLE: {
    consequence: "retry",
    exitCode: 5,
    meaning: "No endpoint of the chain accepted a WebSocket connection and answered.",
    message: (d) => `No chain endpoint answered: ${list(d["endpoints"])}.`,
    remedy: () => "Start the chain (`npm start` runs a local one), or give a reachable endpoint.",
  },
  E_CHAIN_TIMEOUT: {
    consequence: "retry",
    exitCode: 5,
    meaning: "The chain did not answer a request within the read deadline.",
    message: (d) => `The chain did not answer ${d["method"] ?? "a request"} within ${d["timeoutMs"] ?? "?"} ms.`,
    remedy: () => "Check the endpoint and the network; the client reconnects by itself and tries the next endpoint.",
  },
  E_CHAIN_DISCONNECTED: {
    consequence: "retry",
    exitCode: 5,
    meaning: "The connection to the chain was lost while a request was under way; whether the chain saw it is unknown.",
    message: (d) => `The connection to the chain was lost during ${d["method"] ?? "a request"}.`,
    remedy: () => "The client reconnects by itself; reads may be repeated, a submission has to be looked for first.",
  },
  E_CHAIN_WRONG_GENESIS: {
    consequence: "stop",
    exitCode: 3,
    meaning: "An endpoint serves another chain than the one this process is pinned to.",
    message: (d) =>
      `${d["endpoint"] ?? "The endpoint"} serves genesis ${d["actual"] ?? "?"}, expected ${d["expected"] ?? "?"}.`,
    remedy: () => "Give endpoints of one chain, or remove the state of the earlier chain (`npm start -- --fresh`).",
  },
  E_CHAIN_RPC: {
    consequence: "drop",
    exitCode: 4,
    meaning: "The chain answered a request with a JSON-RPC error.",
    message: (d) =>
      `The chain refused ${d["method"] ?? "a request"}: ${d["message"] ?? "?"} (code ${d["code"] ?? "?"}).`,
    remedy: () =>
      "Look at the code and the data of the error; an unknown method means that the node is too old or not a subtensor.",
  },
  E_CHAIN_CALL_UNKNOWN: {
    consequence: "stop",
    exitCode: 3,
    meaning: "The chain's metadata has no such call, storage item, constant or runtime API.",
    message: (d) => `The chain's metadata has no ${d["kind"] ?? "entry"} ${d["name"] ?? "?"}.`,
    remedy: () => "The node runs another runtime version than this client was written for; update one of them.",
  },
  E_CHAIN_SHAPE: {
    consequence: "drop",
    exitCode: 4,
    meaning: "The chain's answer decodes, but lacks fields that this client needs or holds them in another form.",
    message: (d) => `The chain's ${d["what"] ?? "answer"} has an unexpected form: ${d["reason"] ?? "?"}.`,
    remedy: () => "The node runs another runtime version than this client was written for; update one of them.",
  },
  E_DRAND_PULSES: {
    consequence: "stop",
    exitCode: 3,
    meaning: "The file of recorded drand pulses cannot be read, or a line of it is no pulse.",
    message: (d) =>
      `${d["file"] ?? "The file of pulses"}${d["line"] === undefined ? "" : `, line ${d["line"]},`} ${d["problem"] ?? "is wrong"}.`,
    remedy: () =>
      'Give a file with one pulse of quicknet per line, as drand\'s HTTP API answers: {"round": 1000, "randomness": "fe29...", "signature": "b446..."}.',
  },
  E_SUBNET_UNKNOWN: {
    consequence: "stop",
    exitCode: 3,
    meaning: "The chain has no subnet with this netuid.",
    message: (d) => `The chain has no subnet ${d["netuid"] ?? "?"}.`,
    remedy: () => "Check the netuid, and that the endpoint belongs to the chain you mean.",
  },
  E_CHAIN_REFUSED: {
    consequence: "drop",
    exitCode: 4,
    meaning: "The chain refused an extrinsic, or dispatching it failed, or it was not included in time.",
    message: (d) => `The chain did not carry out ${d["call"] ?? "the call"}: ${d["reason"] ?? "?"}.`,
    remedy: (d) =>
      typeof d["remedy"] === "string" ? d["remedy"] : "Look up the named error; nothing was changed on the chain.",
  },
  E_AXON_ADDRESS: {
    consequence: "refuse",
    exitCode: 2,
    meaning: "The address to announce is not one the chain accepts.",
    message: (d) => `${d["ip"] ?? "?"}:${d["port"] ?? "?"} cannot be announced: ${d["reason"] ?? "?"}.`,
    remedy: () =>
      "Announce the address that validators reach you at: a public IPv4 or IPv6 address and a port from 1 to 65535.",
  },
} satisfies ErrorTable;

function list(value: unknown): string {
  return Array.isArray(value) ? value.join(", ") : String(value ?? "none given");
}
