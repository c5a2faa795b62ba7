import { type ErrorCode, errorAreas } from "./registry.ts";
import type { Consequence, ErrorData, ErrorSpec } from "./spec.ts";

const areaTitles: Record<keyof typeof errorAreas, string> = {
  base: "General",
  config: "Configuration and command line",
  crypto: "Keys and addresses",
  protocol: "Signed requests",
  subnet: "Subnet definitions",
  consensus: "Consensus arithmetic",
  chain: "Chain client",
  node: "Development chain",
  miner: "Miner",
  validator: "Validator",
  local: "Local network",
};

const consequenceTexts: Record<Consequence, string> = {
  drop: "the message or the work item is dropped, everything else goes on",
  refuse: "the request is refused, the process goes on",
  ban: "the peer is banned for a while, the process goes on",
  retry: "the operation is tried again",
  stop: "the command or the process stops",
};

const exitCodeTexts: Record<number, string> = {
  1: "failed",
  2: "usage",
  3: "precondition",
  4: "the chain refused",
  5: "unreachable or timed out",
  70: "a bug of subnetkit",
};

/** The whole of docs/reference/errors.md: one section per code, so that `#e_port_busy` is a link that works. */
export function renderErrorsReference(): string {
  const lines = [
    "# Errors",
    "",
    "Every error subnetkit raises on purpose has a code. This page is generated from `shared/src/errors/codes` with `npm run docs`: do not edit it.",
    "Names in angle brackets stand for the data of the occurrence.",
  ];
  for (const [area, table] of Object.entries<Readonly<Record<string, ErrorSpec>>>(errorAreas)) {
    const title = areaTitles[area as keyof typeof errorAreas];
    for (const [code, spec] of Object.entries(table)) lines.push("", ...renderCode(code as ErrorCode, spec, title));
  }
  return `${lines.join("\n")}\n`;
}

function renderCode(code: ErrorCode, spec: ErrorSpec, area: string): string[] {
  const exitCode = spec.exitCode ?? 1;
  return [
    `## ${code}`,
    "",
    ...(spec.meaning === undefined ? [] : [spec.meaning, ""]),
    `- Area: ${area}`,
    `- Message: ${inline(spec.message(placeholders))}`,
    `- Consequence: ${spec.consequence} (${consequenceTexts[spec.consequence]})`,
    `- Exit code of a command: ${exitCode} (${exitCodeTexts[exitCode]})`,
    `- Remedy: ${inline(spec.remedy(placeholders))}`,
  ];
}

/** Data in which every field is there and reads as its own name. */
const placeholders: ErrorData = new Proxy<ErrorData>(
  {},
  { get: (_target, key) => (typeof key === "string" ? `<${key}>` : undefined) },
);

/** One line of Markdown in which angle brackets are text, not HTML. */
function inline(text: string): string {
  return text
    .replaceAll(/\s*\n\s*/g, " ")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;");
}
