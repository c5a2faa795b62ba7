import type { ErrorTable } from "../spec.ts";

/** Errors of the development chain's process. */
export const nodeErrors = {
  E_CHAIN_STORE_FOREIGN: {
    consequence: "stop",
    exitCode: 3,
    meaning: "The data directory holds another chain, or was written by another version.",
    message: (d) =>
      `${d["path"] ?? "The data directory"} holds ${d["found"] ?? "something else"}, expected ${d["expected"] ?? "this chain"}.`,
    remedy: () => "Give another data directory, or remove this one to start a new chain.",
  },
  E_CHAIN_STORE_CORRUPT: {
    consequence: "stop",
    exitCode: 3,
    meaning: "The chain's files cannot be read back.",
    message: (d) => `${d["path"] ?? "The data directory"} cannot be read: ${d["reason"] ?? "unknown"}.`,
    remedy: () =>
      "Remove the data directory to start a new chain; a torn last block alone is dropped without this error.",
  },
  E_CHAIN_STORE_WRITE: {
    consequence: "stop",
    exitCode: 3,
    meaning: "The chain's files cannot be written: the disk is full, or writing is not allowed.",
    message: (d) => `${d["path"] ?? "The data directory"} cannot be written: ${d["reason"] ?? "unknown"}.`,
    remedy: () =>
      "Make room on the disk, or give a data directory that can be written; the chain goes on from its last whole block.",
  },
  E_CHAIN_STORE_LOCKED: {
    consequence: "stop",
    exitCode: 3,
    meaning: "Another running process uses the data directory.",
    message: (d) => `${d["directory"] ?? "The data directory"} is in use by process ${d["pid"] ?? "?"}.`,
    remedy: (d) => `Stop process ${d["pid"] ?? "?"}, or give another data directory.`,
  },
  E_GENESIS_INVALID: {
    consequence: "stop",
    exitCode: 3,
    meaning: "The genesis file does not describe a chain that could exist.",
    message: (d) =>
      `${d["file"] ?? "The genesis"}: ${d["at"] === undefined || d["at"] === "" ? "" : `${String(d["at"])}: `}${d["problem"] ?? "it is refused"}${d["value"] === undefined ? "" : ` (it is ${String(d["value"])})`}.`,
    remedy: (d) => String(d["fix"] ?? "Correct the field; docs/guides/dev-chain.md lists them all."),
  },
  E_STATE_FILE_INVALID: {
    consequence: "stop",
    exitCode: 3,
    meaning: "A saved state or a snapshot of a network cannot be read back.",
    message: (d) => `${d["path"] ?? "The state file"} cannot be loaded: ${d["reason"] ?? "it is damaged"}.`,
    remedy: (d) => String(d["fix"] ?? "Give another file, or take or save it again."),
  },
  E_STATE_FILE_WRITE: {
    consequence: "stop",
    exitCode: 3,
    meaning: "A state or a snapshot cannot be written.",
    message: (d) => `${d["path"] ?? "The state file"} cannot be written: ${d["reason"] ?? "unknown"}.`,
    remedy: () => "Give a path in a directory that exists and can be written, with room on the disk.",
  },
} satisfies ErrorTable;
