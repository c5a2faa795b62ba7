import { type ConfigDefinition, loadConfig, redactedConfig } from "@subnetkit/shared/config/define";
import { appError } from "@subnetkit/shared/errors/app-error";
import type { z } from "zod";

/** The values a process would run with, one a line with its source, or as one JSON document. Secrets are redacted. Throws what loading throws. */
export async function describeConfig(process_: string, flags: readonly string[], json: boolean): Promise<string> {
  switch (process_) {
    case "miner":
      return describe((await import("@subnetkit/miner/config")).minerConfig, flags, json);
    case "validator":
      return describe((await import("@subnetkit/validator/config")).validatorConfig, flags, json);
    default:
      throw appError("E_USAGE", { problem: `config knows miner and validator, not ${JSON.stringify(process_)}` });
  }
}

function describe<S extends z.ZodObject>(
  definition: ConfigDefinition<S>,
  flags: readonly string[],
  json: boolean,
): string {
  const { config, sources } = loadConfig(definition, { argv: flags });
  const values = redactedConfig(definition, config);
  const table: Readonly<Record<string, string>> = sources;
  const rows = definition.fields.map(({ key }) => ({
    key,
    value: values[key] ?? null,
    source: table[key] ?? "default",
  }));
  if (json) return `${JSON.stringify(rows, bigintAsText, 2)}\n`;
  return rows
    .map(({ key, value, source }) => `${key.padEnd(24)} ${source.padEnd(8)} ${JSON.stringify(value, bigintAsText)}\n`)
    .join("");
}

function bigintAsText(_key: string, value: unknown): unknown {
  return typeof value === "bigint" ? value.toString() : value;
}
