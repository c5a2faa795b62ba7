import type { ErrorTable } from "../spec.ts";

export const baseErrors = {
  E_INTERNAL: {
    consequence: "stop",
    exitCode: 70,
    meaning: "An assumption of the code did not hold. This is a bug of subnetkit, not of its user.",
    message: (d) => `Internal error: ${d["what"] ?? "an assumption did not hold"}.`,
    remedy: () => "Please report it with the log lines before this one.",
  },
  E_TIMEOUT: {
    consequence: "retry",
    exitCode: 5,
    meaning: "An operation did not finish within its deadline.",
    message: (d) => `${d["name"] ?? "An operation"} took longer than ${d["timeoutMs"] ?? "?"} ms.`,
    remedy: () => "Check that the other side is running and reachable, or raise the deadline.",
  },
  E_ABORTED: {
    consequence: "drop",
    meaning: "An operation was given up because its owner is shutting down or no longer wants the answer.",
    message: (d) => `${d["name"] ?? "An operation"} was aborted.`,
    remedy: () => "Nothing to do when the process is shutting down; otherwise look at what aborted it.",
  },
  E_PORT_BUSY: {
    consequence: "stop",
    exitCode: 3,
    meaning: "A port that must be listened on is taken by another process.",
    message: (d) =>
      `Port ${d["port"] ?? "?"} on ${d["host"] ?? "127.0.0.1"} is in use${d["what"] === undefined ? "" : ` (wanted for ${d["what"]})`}.`,
    remedy: (d) =>
      d["isOurs"] === true
        ? "This very process holds it already, for something else: choose another port for one of the two."
        : `Stop the process that holds it${d["pid"] === undefined ? "" : ` (pid ${d["pid"]}, started ${d["since"] ?? "?"})`}, or choose another port.`,
  },
  E_LISTEN: {
    consequence: "stop",
    exitCode: 3,
    meaning:
      "An address could not be listened on for another reason than a taken port (no such address, a forbidden port).",
    message: (d) => `Cannot listen on ${d["host"] ?? "?"}:${d["port"] ?? "?"}: ${d["problem"] ?? "unknown reason"}.`,
    remedy: () => "Give an address of this machine and a port above 1023.",
  },
  E_METRIC_TABLE: {
    consequence: "stop",
    exitCode: 70,
    meaning:
      "A table of metrics breaks a naming rule (unit in the name, counters end in _total, help present, buckets ascending).",
    message: (d) => `Metric ${d["name"] ?? "?"}: ${d["problem"] ?? "breaks a rule"}.`,
    remedy: () => "Correct the entry in the table of the process.",
  },
  E_BAD_HEX: {
    consequence: "refuse",
    exitCode: 2,
    meaning: "A text that should be hexadecimal has an odd length or a foreign character.",
    message: (d) => `Not hexadecimal (${d["length"] ?? "?"} characters).`,
    remedy: () => "Give an even number of the digits 0-9 and a-f, with or without a leading 0x.",
  },
} satisfies ErrorTable;
