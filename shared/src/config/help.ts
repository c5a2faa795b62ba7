import type { z } from "zod";
import type { ConfigDefinition } from "./define.ts";
import type { ConfigField } from "./fields.ts";

/** The text of `--help`: every key with its flag, type, default and variable. */
export function configHelp<S extends z.ZodObject>(definition: ConfigDefinition<S>): string {
  const flags = definition.fields.filter((field) => !field.secret);
  const width = Math.max(...flags.map((field) => field.flag.length), "--config".length);
  const lines = flags.map(
    (field) => `  ${field.flag.padEnd(width)}  ${field.description || field.key} (${facts(field)})`,
  );
  const secrets = definition.fields.filter((field) => field.secret);
  return [
    `subnetkit ${definition.name}: ${definition.describe}`,
    "",
    `  ${"--config".padEnd(width)}  JSON file with any of the keys below (camelCase)`,
    ...lines,
    ...(secrets.length === 0 ? [] : ["", "Secrets, from the environment or the file only:"]),
    ...secrets.map((field) => `  ${field.env}  ${field.description || field.key}`),
    "",
    `A flag wins over SUBNETKIT_${definition.name.toUpperCase().replaceAll("-", "_")}_<KEY>, which wins over the file, which wins over the default.`,
    "",
  ].join("\n");
}

/** The same as a Markdown table, for docs/reference. */
export function configTable<S extends z.ZodObject>(definition: ConfigDefinition<S>): string {
  const rows = definition.fields.map(
    (field) =>
      `| \`${field.key}\` | ${field.secret ? "none" : `\`${field.flag}\``} | \`${field.env}\` | ${field.type} | ${defaultText(field) ?? ""} | ${field.description} |`,
  );
  return ["| key | flag | variable | type | default | meaning |", "|---|---|---|---|---|---|", ...rows, ""].join("\n");
}

function facts(field: ConfigField): string {
  const fallback = defaultText(field);
  if (fallback !== undefined) return `${field.type}, default ${fallback}`;
  return field.required ? `${field.type}, required` : field.type;
}

/** A default as text; none for a secret, for no default, and for one made by a function of the schema that cannot be printed. */
function defaultText(field: ConfigField): string | undefined {
  if (field.secret || field.defaultValue === undefined) return undefined;
  if (typeof field.defaultValue === "bigint") return field.defaultValue.toString();
  return typeof field.defaultValue === "string" && field.defaultValue !== ""
    ? field.defaultValue
    : JSON.stringify(field.defaultValue);
}
