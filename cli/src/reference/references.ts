import { nodeConfig } from "@subnetkit/chain/node/config";
import { chainMetrics } from "@subnetkit/chain/node/metrics";
import { minerConfig } from "@subnetkit/miner/config";
import { minerMetrics } from "@subnetkit/miner/metrics";
import { configTable } from "@subnetkit/shared/config/help";
import { renderErrorsReference } from "@subnetkit/shared/errors/reference";
import type { MetricTable } from "@subnetkit/shared/metrics/define";
import { validatorConfig } from "@subnetkit/validator/config";
import { validatorMetrics } from "@subnetkit/validator/metrics";
import type { Command } from "commander";
import { eventSchemas } from "../local/events.ts";
import { supervisorMetrics } from "../local/metrics.ts";
import { createProgram } from "../program.ts";
import { z } from "zod";

const generated = "<!-- Made from the code by `npm run docs`. A test compares the two. -->";
const HELP_COLUMNS = 100;

/** Every reference that is made from code: file below docs/reference -> text. `npm run docs` writes them, a test compares them. */
export function references(): Readonly<Record<string, string>> {
  return {
    "errors.md": renderErrorsReference(),
    "cli.md": cliReference(),
    "config.md": configReference(),
    "metrics.md": metricsReference(),
    "events.md": eventsReference(),
  };
}

function cliReference(): string {
  const sections = visibleCommands(createProgram("0.1.0"), []).map(
    ({ name, help }) => `## \`${name}\`\n\n\`\`\`\n${help.trimEnd()}\n\`\`\`\n`,
  );
  return [
    "# Commands",
    "",
    generated,
    "",
    "Run any of them with `npx subnetkit ...` in the clone.",
    "",
    ...sections,
  ].join("\n");
}

type CommandHelp = { readonly name: string; readonly help: string };

function visibleCommands(command: Command, parents: readonly string[]): CommandHelp[] {
  const path = [...parents, command.name()];
  const children = command
    .createHelp()
    .visibleCommands(command)
    .filter((child) => child.name() !== "help");
  // Commands that hand their flags on have no help of their own: config.md holds it.
  const passesOn = command.helpInformation() !== "" && command.registeredArguments[0]?.name() === "flags";
  return [
    ...(passesOn ? [] : [{ name: path.join(" "), help: helpOf(command) }]),
    ...children.flatMap((child) => visibleCommands(child, path)),
  ];
}

function helpOf(command: Command): string {
  let text = "";
  command.configureOutput({
    writeOut: (part) => (text += part),
    getOutHelpWidth: () => HELP_COLUMNS,
    getOutHasColors: () => false,
  });
  command.outputHelp();
  return text;
}

function configReference(): string {
  const definitions = [
    ["`subnetkit chain dev`", configTable(nodeConfig), nodeConfig.describe],
    ["`subnetkit miner run`", configTable(minerConfig), minerConfig.describe],
    ["`subnetkit validator run`", configTable(validatorConfig), validatorConfig.describe],
  ] as const;
  return [
    "# Configuration",
    "",
    generated,
    "",
    "A flag wins over the environment variable, which wins over the file given with `--config` (JSON, the keys below), which wins over the default.",
    "`npx subnetkit config miner --config miner.json` shows every value with its source.",
    "",
    ...definitions.flatMap(([name, table, describe]) => [`## ${name}`, "", describe, "", table]),
  ].join("\n");
}

function metricsReference(): string {
  const tables: readonly (readonly [string, MetricTable])[] = [
    ["Chain", chainMetrics],
    ["Validator", validatorMetrics],
    ["Miner", minerMetrics],
    ["Supervisor of a local network", supervisorMetrics],
  ];
  const rows = (table: MetricTable): string[] =>
    Object.entries(table).map(
      ([name, { type, labels = [], help }]) => `| \`${name}\` | ${type} | ${labels.join(", ")} | ${help} |`,
    );
  return [
    "# Metrics",
    "",
    generated,
    "",
    "Each process serves its table, and Node's own metrics, at `/metrics` of its status port.",
    "",
    ...tables.flatMap(([title, table]) => [
      `## ${title}`,
      "",
      "| metric | type | labels | what it answers |",
      "|---|---|---|---|",
      ...rows(table),
      "",
    ]),
  ].join("\n");
}

function eventsReference(): string {
  const sections = Object.entries(eventSchemas).map(([type, schema]) => {
    const { properties = {} } = z.toJSONSchema(schema) as { properties?: Readonly<Record<string, { type?: unknown }>> };
    const fields = Object.keys(properties).map((field) => `\`${field}\``);
    return `| \`${type}\` | ${fields.join(", ")} |`;
  });
  return [
    "# Events of `--json`",
    "",
    generated,
    "",
    "One JSON object a line on stdout: `v` (1), `seq`, `at`, `type`, and the fields of its type. Fields are added, never renamed, within a version; readers skip types they do not know.",
    "Amounts in rao are decimal text. `npx subnetkit schema events` prints the JSON Schema.",
    "",
    "| type | fields |",
    "|---|---|",
    ...sections,
    "",
  ].join("\n");
}
