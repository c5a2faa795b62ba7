import type { ErrorTable } from "../spec.ts";

export const cryptoErrors = {
  E_BAD_KEY: {
    consequence: "refuse",
    exitCode: 2,
    meaning: "Key material has the wrong length.",
    message: (d) => `Not a key: ${d["problem"] ?? "the length is wrong"}.`,
    remedy: () => "Give a 32-byte seed or public key, or a 64-byte sr25519 secret key.",
  },
  E_BAD_KEY_URI: {
    consequence: "stop",
    exitCode: 2,
    meaning: "A key URI cannot be read. The text is not repeated, because it may be a secret.",
    message: (d) => `Not a key URI: ${d["problem"] ?? "unreadable"}.`,
    remedy: () => "Write it as phrase//hard/soft///password, for example //Alice on a development chain.",
  },
  E_BAD_MNEMONIC: {
    consequence: "stop",
    exitCode: 2,
    meaning: "A secret phrase is not a valid BIP-39 phrase. Its words are not repeated.",
    message: (d) => `Not a secret phrase: ${d["problem"] ?? "unreadable"}.`,
    remedy: () => "Check the number of words (12, 15, 18, 21 or 24), their order and their spelling.",
  },
  E_BAD_ADDRESS: {
    consequence: "refuse",
    exitCode: 2,
    meaning: "A text is not an SS58 address of this network (format 42, 32 bytes, right checksum).",
    message: (d) =>
      `Not an address${d["address"] === undefined ? "" : ` (${d["address"]})`}: ${d["problem"] ?? "unreadable"}.`,
    remedy: () => "Copy the address again; on Bittensor it starts with 5 and has 48 characters.",
  },
  E_KEYFILE_READ: {
    consequence: "stop",
    exitCode: 3,
    meaning: "A key file does not exist or cannot be read.",
    message: (d) => `Key file ${d["path"] ?? "?"} cannot be read: ${d["problem"] ?? "unknown reason"}.`,
    remedy: () => "Check the path and that this user may read it.",
  },
  E_KEYFILE_FORMAT: {
    consequence: "stop",
    exitCode: 3,
    meaning: "A key file is not the JSON of a Bittensor wallet, holds no secret, or its parts contradict each other.",
    message: (d) => `Key file ${d["path"] ?? "?"} cannot be used: ${d["problem"] ?? "unknown format"}.`,
    remedy: () =>
      "Give an unencrypted hotkey file of a Bittensor wallet (~/.bittensor/wallets/<wallet>/hotkeys/<name>).",
  },
  E_KEYFILE_ENCRYPTED: {
    consequence: "stop",
    exitCode: 3,
    meaning:
      "A key file is encrypted. Daemons use hotkeys, which wallets keep unencrypted; a coldkey does not belong on a server.",
    message: (d) => `Key file ${d["path"] ?? "?"} is encrypted.`,
    remedy: () => "Give the hotkey's file instead of the coldkey's.",
  },
  E_KEYFILE_MODE: {
    consequence: "stop",
    exitCode: 3,
    meaning: "A key file can be read by other users of the machine.",
    message: (d) => `Key file ${d["path"] ?? "?"} has mode ${d["mode"] ?? "?"}: others can read it.`,
    remedy: (d) => `Run: chmod 600 ${d["path"] ?? "FILE"}`,
  },
  E_KEYFILE_EXISTS: {
    consequence: "stop",
    exitCode: 3,
    meaning: "A key file would be overwritten. Keys are never overwritten.",
    message: (d) => `Key file ${d["path"] ?? "?"} exists already.`,
    remedy: () => "Choose another path, or move the file away first.",
  },
  E_KEYFILE_WRITE: {
    consequence: "stop",
    exitCode: 3,
    meaning: "A key file cannot be written.",
    message: (d) => `Key file ${d["path"] ?? "?"} cannot be written: ${d["problem"] ?? "unknown reason"}.`,
    remedy: () => "Check that the folder can be created and written by this user.",
  },
} satisfies ErrorTable;
