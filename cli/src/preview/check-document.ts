import { appError } from "@subnetkit/shared/errors/app-error";
import { didYouMean } from "@subnetkit/shared/util/didYouMean";
import { z } from "zod";

/** Throws E_EPOCH_INPUT for a field of a document. */
export function refuseField(field: string, reason: string): never {
  throw appError("E_EPOCH_INPUT", { field, reason });
}

/** Parses a document; the first problem becomes E_EPOCH_INPUT with the field's path, as `registeredAt[3]`. */
export function checkedDocument<S extends z.ZodObject>(schema: S, document: unknown): z.output<S> {
  const parsed = schema.safeParse(document);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  const path = issue?.path ?? [];
  if (issue?.code === "unrecognized_keys") {
    const key = issue.keys[0] ?? "?";
    const guess = didYouMean(key, keysAt(schema, path));
    return refuseField(
      fieldName([...path, key]),
      `is not a known field${guess === undefined ? "" : `; did you mean ${guess}?`}`,
    );
  }
  return refuseField(fieldName(path), issue === undefined ? "is not valid" : reasonOf(issue, valueAt(document, path)));
}

function fieldName(path: readonly PropertyKey[]): string {
  const name = path.map((part) => (typeof part === "number" ? `[${part}]` : `.${String(part)}`)).join("");
  return name === "" ? "the document" : name.replace(/^\./, "");
}

function reasonOf(issue: z.core.$ZodIssue, value: unknown): string {
  if (value === undefined && issue.code !== "custom") return "is missing";
  switch (issue.code) {
    case "invalid_type":
      return `must be ${typeNames[issue.expected] ?? `of type ${issue.expected}`}`;
    case "too_small":
      return issue.origin === "array"
        ? `must have at least ${issue.minimum} entries`
        : `must be at least ${issue.minimum}`;
    case "too_big":
      return issue.origin === "array"
        ? `must have at most ${issue.maximum} entries`
        : `must be at most ${issue.maximum}`;
    case "invalid_value":
      return `must be ${issue.values.map((allowed) => JSON.stringify(allowed)).join(" or ")}`;
    default:
      return issue.message;
  }
}

const typeNames: Readonly<Record<string, string>> = {
  int: "a whole number",
  number: "a whole number",
  boolean: "true or false",
  array: "an array",
  object: "an object",
  string: "a text",
};

function valueAt(document: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>(
    (value, part) =>
      typeof value === "object" && value !== null ? (value as Record<PropertyKey, unknown>)[part] : undefined,
    document,
  );
}

/** Names of the fields of the object at a path of the schema. */
function keysAt(schema: z.ZodObject, path: readonly PropertyKey[]): string[] {
  let layer: z.core.$ZodType | undefined = schema;
  for (const part of path) {
    layer = unwrapped(layer);
    if (layer instanceof z.ZodObject) layer = layer.shape[String(part)];
    else if (layer instanceof z.ZodArray) layer = layer.element;
    else return [];
  }
  const inner = unwrapped(layer);
  return inner instanceof z.ZodObject ? Object.keys(inner.shape) : [];
}

function unwrapped(schema: z.core.$ZodType | undefined): z.core.$ZodType | undefined {
  let layer = schema;
  while (
    layer instanceof z.ZodOptional ||
    layer instanceof z.ZodDefault ||
    layer instanceof z.ZodPrefault ||
    layer instanceof z.ZodNullable
  )
    layer = layer.def.innerType;
  return layer;
}
