import { readFileSync } from "node:fs";
import type { z } from "zod";
import { appError, errorMessage } from "../errors/app-error.ts";
import { didYouMean } from "../util/didYouMean.ts";
import { type ConfigField, configFields } from "./fields.ts";
import { parseFlags } from "./flags.ts";
import { parseValue } from "./parse-value.ts";

/** Where a value came from, strongest first. */
export type ConfigSource = "flag" | "env" | "file" | "default";

/** One schema that is the type, the defaults, the file, the environment, the flags and the help of a process. */
export type ConfigDefinition<S extends z.ZodObject> = {
  readonly name: string;
  readonly schema: S;
  /** One line on what the process does. */
  readonly describe: string;
  readonly fields: readonly ConfigField[];
};

export type LoadedConfig<S extends z.ZodObject> = {
  readonly config: z.output<S>;
  readonly sources: { readonly [K in keyof z.output<S>]: ConfigSource };
};

/** Defines a configuration. Describe keys with `.describe()`, mark secrets with `.meta({ secret: true })`. */
export function defineConfig<S extends z.ZodObject>(definition: {
  name: string;
  schema: S;
  describe: string;
}): ConfigDefinition<S> {
  return { ...definition, fields: configFields(definition.name, definition.schema) };
}

/**
 * Builds the configuration: flag over environment over file over default, key by key. Throws E_USAGE and E_SECRET_FLAG for the command line,
 * E_CONFIG_FILE for an unreadable file, E_CONFIG_UNKNOWN_KEY for a key nobody reads, E_CONFIG_VALUE naming the key and its source for a
 * value the schema refuses. No message contains a value.
 */
export function loadConfig<S extends z.ZodObject>(
  definition: ConfigDefinition<S>,
  { argv = process.argv.slice(2), env = process.env }: { argv?: readonly string[]; env?: NodeJS.ProcessEnv } = {},
): LoadedConfig<S> {
  const { fields } = definition;
  const flags = parseFlags(fields, argv);
  const file = flags.file === undefined ? {} : readConfigFile(flags.file, fields);
  const input: Record<string, unknown> = {};
  const sources: Record<string, ConfigSource> = {};
  for (const field of fields) {
    const fromEnv = env[field.env];
    if (flags.values.has(field.key)) [input[field.key], sources[field.key]] = [flags.values.get(field.key), "flag"];
    else if (fromEnv !== undefined) [input[field.key], sources[field.key]] = [parseValue(field, fromEnv), "env"];
    else if (Object.hasOwn(file, field.key)) [input[field.key], sources[field.key]] = [file[field.key], "file"];
    else sources[field.key] = "default";
  }
  const parsed = definition.schema.safeParse(input);
  if (!parsed.success) throw valueError(parsed.error, fields, sources);
  return { config: parsed.data, sources: sources as LoadedConfig<S>["sources"] };
}

/** The configuration as it may be printed: secrets replaced, everything else as it is. */
export function redactedConfig<S extends z.ZodObject>(
  definition: ConfigDefinition<S>,
  config: z.output<S>,
): Record<string, unknown> {
  const values: Readonly<Record<string, unknown>> = config;
  return Object.fromEntries(
    definition.fields.map(({ key, secret }) => [key, secret && values[key] !== undefined ? "[redacted]" : values[key]]),
  );
}

function readConfigFile(path: string, fields: readonly ConfigField[]): Readonly<Record<string, unknown>> {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (error) {
    throw appError("E_CONFIG_FILE", { path, problem: errorMessage(error) }, { cause: error });
  }
  const values = parseObject(text);
  if (values === undefined) throw appError("E_CONFIG_FILE", { path, problem: "it is not one JSON object" });
  const keys = fields.map((field) => field.key);
  for (const key of Object.keys(values)) {
    if (keys.includes(key)) continue;
    const guess = didYouMean(key, keys);
    throw appError("E_CONFIG_UNKNOWN_KEY", { path, key, ...(guess === undefined ? {} : { didYouMean: guess }) });
  }
  return values;
}

/** The parser's own message would quote the text, which may be a secret: it is dropped. */
function parseObject(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : undefined;
  } catch {
    return undefined;
  }
}

function valueError(
  error: z.ZodError,
  fields: readonly ConfigField[],
  sources: Readonly<Record<string, ConfigSource>>,
): Error {
  const issue = error.issues[0];
  const key = String(issue?.path[0] ?? "?");
  const field = fields.find((candidate) => candidate.key === key);
  const missing = field !== undefined && sources[key] === "default";
  const allMissing = new Set(
    error.issues.map(({ path }) => String(path[0])).filter((name) => sources[name] === "default"),
  );
  return appError("E_CONFIG_VALUE", {
    key: issue?.path.join(".") ?? key,
    source: sources[key] ?? "the values together",
    problem: missing ? "it is required and not given" : (issue?.message ?? "refused by the schema"),
    ...(missing ? { missing: [...allMissing] } : {}),
    ...(field === undefined ? {} : { flag: field.secret ? undefined : field.flag, env: field.env, type: field.type }),
  });
}
