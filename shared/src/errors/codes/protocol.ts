import type { ErrorTable } from "../spec.ts";

export const protocolErrors = {
  E_AUTH_MALFORMED: {
    consequence: "refuse",
    meaning:
      "A request is not signed in any dialect that is spoken here, or lacks one of its headers, or one has not the exact shape of the specification (HTTP 401).",
    message: (d) => `The request is not signed as it must be: ${d["reason"] ?? "a header is missing or malformed"}.`,
    remedy: () =>
      "Send every header of the dialect once. In btauth/1: version 1, the nonce in decimal nanoseconds, the signature as 0x and 128 lower-case digits.",
  },
  E_AUTH_RECEIVER: {
    consequence: "refuse",
    meaning: "A signed request is for another receiver, or for nobody in particular (HTTP 401).",
    message: (d) => `The request is not for this hotkey: ${d["reason"] ?? "another receiver"}.`,
    remedy: () => "Put the hotkey of the server that is asked into X-Bittensor-Receiver and sign it.",
  },
  E_AUTH_STALE: {
    consequence: "refuse",
    meaning: "A signed request is older or newer than the server allows (HTTP 401).",
    message: (d) => `The request is not fresh: ${d["reason"] ?? "outside the time window"}.`,
    remedy: () => "Set the clock of the sender (NTP), and sign a retry anew instead of sending the same bytes again.",
  },
  E_AUTH_SIGNATURE: {
    consequence: "refuse",
    meaning:
      "The signature of a request is wrong, or made with a scheme the server does not accept for this hotkey (HTTP 401).",
    message: (d) => `The request is not signed by its hotkey: ${d["reason"] ?? "wrong signature"}.`,
    remedy: () => "Sign the bytes as they are sent: method, target with query, raw body, nonce, both hotkeys.",
  },
  E_AUTH_BODY_HASH: {
    consequence: "refuse",
    meaning:
      "The fields that an SDK 10 request says it hashed are not the ones that arrived, or not the ones this task hashes (HTTP 401).",
    message: () => "The body is not the one whose hash was signed, or other fields were hashed than this task hashes.",
    remedy: () =>
      "Give the synapse class the same required_hash_fields, in the same order, as axon.hashFields of the task.",
  },
  E_AUTH_REPLAY: {
    consequence: "refuse",
    meaning:
      "A signed request was used before, or was signed before the server started, which it cannot tell apart (HTTP 401).",
    message: (d) => `The request was used before: ${d["reason"] ?? "same hotkey and nonce"}.`,
    remedy: () => "Sign every request, retries included, with a new nonce.",
  },
  E_AUTH_REPLAY_STORE: {
    consequence: "retry",
    meaning: "The store of used requests did not answer in time, so the request was refused to be safe (HTTP 503).",
    message: (d) => `Replays cannot be checked: ${d["reason"] ?? "the store does not answer"}.`,
    remedy: () => "On the server, look at the replay store (Redis); as a sender, sign again and retry later.",
  },
  E_TLS_EXPIRED: {
    consequence: "retry",
    meaning: "The certificate that a connection began with has ended since; the connection is closed (HTTP 401).",
    message: () => "The certificate of this connection has ended.",
    remedy: () =>
      "Connect again with a certificate that is still good; clients that renew theirs in time do so by themselves.",
  },
  E_TLS_PEER: {
    consequence: "refuse",
    meaning:
      "The other end of a TLS connection did not prove the hotkey it should have, so the connection was given up.",
    message: (d) => `The TLS connection is refused: ${d["reason"] ?? "the peer is not the expected hotkey"}.`,
    remedy: () =>
      "Check that the chain carries the address and the certificate of the process that answers there, and the clocks of both ends.",
  },
  E_TLS_CERTIFICATE: {
    consequence: "stop",
    exitCode: 3,
    meaning: "A certificate for hotkey-bound TLS cannot be made: its key or its times do not fit the form.",
    message: (d) => `The TLS certificate cannot be made: ${d["problem"] ?? "it does not fit the form"}.`,
    remedy: () => "Use a P-256 or Ed25519 private key in PEM, and check the clock of this machine.",
  },
  E_TLS_KEYFILE: {
    consequence: "stop",
    exitCode: 3,
    meaning: "The file of the TLS key cannot be read or written, or others can read it.",
    message: (d) => `The TLS key file ${d["path"] ?? ""} cannot be used: ${d["problem"] ?? "unknown problem"}.`,
    remedy: (d) => `chmod 600 ${d["path"] ?? "the file"}, or name another one; it is made when it does not exist.`,
  },
  E_AUTH_TARGET: {
    consequence: "stop",
    exitCode: 70,
    meaning: "A request cannot be signed because its method or target is not printable ASCII of a sensible length.",
    message: (d) =>
      `A ${d["method"] ?? "?"} request with a target of ${d["length"] ?? "?"} characters cannot be signed.`,
    remedy: () => "Percent-encode the path and the query and keep them below 2,048 characters.",
  },
} satisfies ErrorTable;
