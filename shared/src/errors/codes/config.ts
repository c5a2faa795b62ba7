import type { ErrorData, ErrorTable } from "../spec.ts";

export const configErrors = {
  E_USAGE: {
    consequence: "stop",
    exitCode: 2,
    meaning: "The command line could not be understood.",
    message: (d) => `${capital(d["problem"] ?? "the command line could not be understood")}.`,
    remedy: (d) => `${guess(d)}Run the command with --help for its flags.`,
  },
  E_SECRET_FLAG: {
    consequence: "stop",
    exitCode: 2,
    meaning: "A secret was given on the command line, where every user of the machine can read it.",
    message: (d) => `${d["flag"] ?? "This flag"} would put a secret on the command line.`,
    remedy: (d) => `Set ${d["env"] ?? "its environment variable"}, or put it in the --config file with mode 0600.`,
  },
  E_CONFIG_FILE: {
    consequence: "stop",
    exitCode: 3,
    meaning: "The configuration file cannot be read or is not one JSON object.",
    message: (d) => `The configuration file ${d["path"] ?? "?"} cannot be used: ${d["problem"] ?? "unreadable"}.`,
    remedy: () => "Check the path after --config and that the file holds one JSON object.",
  },
  E_CONFIG_UNKNOWN_KEY: {
    consequence: "stop",
    exitCode: 3,
    meaning: "The configuration file has a key that the process does not read, most often a misspelt one.",
    message: (d) => `The configuration file ${d["path"] ?? "?"} has an unknown key: ${d["key"] ?? "?"}.`,
    remedy: (d) => `${guess(d)}Correct or remove the key; --help lists them.`,
  },
  E_CONFIG_VALUE: {
    consequence: "stop",
    exitCode: 3,
    meaning: "A configuration value is missing, of the wrong type or out of range.",
    message: (d) =>
      `Configuration key ${d["key"] ?? "?"} (from ${d["source"] ?? "?"}): ${d["problem"] ?? "not allowed"}.`,
    remedy: (d) =>
      `Set ${[d["flag"], d["env"]].filter((way) => way !== undefined).join(" or ") || "it"} to a fitting value${d["type"] === undefined ? "" : ` (${d["type"]})`}.`,
  },
} satisfies ErrorTable;

function guess(data: ErrorData): string {
  return data["didYouMean"] === undefined ? "" : `Did you mean ${data["didYouMean"]}? `;
}

function capital(text: unknown): string {
  const words = String(text);
  return words.charAt(0).toUpperCase() + words.slice(1);
}
