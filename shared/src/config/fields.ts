import { z } from "zod";

/** How the text of a flag or a variable becomes a value. */
export type FieldKind = "string" | "number" | "bigint" | "boolean" | "list" | "json";

/** One key of a configuration, read from its schema. */
export type ConfigField = {
  readonly key: string;
  /** `metricsPort` -> `--metrics-port`. */
  readonly flag: string;
  /** `metricsPort` of `miner` -> `SUBNETKIT_MINER_METRICS_PORT`. */
  readonly env: string;
  readonly kind: FieldKind;
  /** For people: `number`, `one of a, b`, `list of text`. */
  readonly type: string;
  readonly description: string;
  readonly secret: boolean;
  readonly required: boolean;
  readonly defaultValue?: unknown;
};

/** Reads the fields of a schema in the order they are written. A key is secret when its schema carries `.meta({ secret: true })`. */
export function configFields(name: string, schema: z.ZodObject): readonly ConfigField[] {
  return Object.entries(schema.shape).map(([key, field]) => {
    const facts = unwrap(field);
    return {
      key,
      flag: `--${kebab(key)}`,
      env: `SUBNETKIT_${snake(name)}_${snake(key)}`,
      kind: kindOf(facts.inner),
      type: typeOf(facts.inner),
      description: facts.description,
      secret: facts.secret,
      required: !facts.optional,
      ...(facts.defaultValue === undefined ? {} : { defaultValue: facts.defaultValue }),
    };
  });
}

/** `metricsPort` -> `metrics-port`. */
export function kebab(key: string): string {
  return key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

function snake(key: string): string {
  return kebab(key).replaceAll("-", "_").toUpperCase();
}

type Facts = { inner: z.core.$ZodType; description: string; secret: boolean; optional: boolean; defaultValue: unknown };

/** Peels optional, default, nullable, readonly and pipes off a schema, keeping what each layer says. */
function unwrap(schema: z.core.$ZodType): Facts {
  const facts: Facts = { inner: schema, description: "", secret: false, optional: false, defaultValue: undefined };
  for (let layer: z.core.$ZodType | undefined = schema; layer !== undefined; layer = innerOf(layer)) {
    const meta = z.globalRegistry.get(layer);
    facts.description ||= meta?.description ?? "";
    facts.secret ||= meta?.["secret"] === true;
    if (layer instanceof z.ZodOptional || layer instanceof z.ZodDefault || layer instanceof z.ZodPrefault)
      facts.optional = true;
    if (layer instanceof z.ZodDefault || layer instanceof z.ZodPrefault) facts.defaultValue ??= layer.def.defaultValue;
    facts.inner = layer;
  }
  return facts;
}

function innerOf(schema: z.core.$ZodType): z.core.$ZodType | undefined {
  if (schema instanceof z.ZodPipe) return schema.def.in instanceof z.ZodTransform ? schema.def.out : schema.def.in;
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodNullable || schema instanceof z.ZodReadonly)
    return schema.def.innerType;
  if (schema instanceof z.ZodDefault || schema instanceof z.ZodPrefault) return schema.def.innerType;
  return undefined;
}

function kindOf(schema: z.core.$ZodType): FieldKind {
  if (schema instanceof z.ZodNumber) return "number";
  if (schema instanceof z.ZodBigInt) return "bigint";
  if (schema instanceof z.ZodBoolean) return "boolean";
  if (schema instanceof z.ZodString || schema instanceof z.ZodStringFormat || schema instanceof z.ZodEnum)
    return "string";
  if (schema instanceof z.ZodArray) return ["string", "number"].includes(kindOf(schema.element)) ? "list" : "json";
  return "json";
}

function typeOf(schema: z.core.$ZodType): string {
  if (schema instanceof z.ZodEnum) return `one of ${schema.options.join(", ")}`;
  if (schema instanceof z.ZodArray)
    return kindOf(schema) === "list" ? `list of ${typeOf(schema.element)}, with commas` : "JSON list";
  const names: Record<FieldKind, string> = {
    string: "text",
    number: "number",
    bigint: "whole number",
    boolean: "yes/no",
    list: "list",
    json: "JSON",
  };
  return names[kindOf(schema)];
}
