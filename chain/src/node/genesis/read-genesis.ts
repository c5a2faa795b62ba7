/** From a document to a genesis that has been checked. */
import { readFileSync } from "node:fs";
import { appError, errorMessage, isAppError } from "@subnetkit/shared/errors/app-error";
import { didYouMean } from "@subnetkit/shared/util/didYouMean";
import type { z } from "zod";
import { checkGenesis } from "./check-genesis.ts";
import { genesisInvalid, type GenesisPath } from "./invalid.ts";
import { type Genesis, genesisSchema } from "./schema.ts";

/** A document is checked once: compiling checks for it would take longer than they save. */
const ONCE = { jitless: true };

/** Reads a genesis file. Throws E_GENESIS_INVALID with the file, the JSON path, the value and what to do. */
export function readGenesisFile(file: string): Genesis {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (cause) {
    throw appError(
      "E_GENESIS_INVALID",
      { file, problem: `it cannot be read: ${errorMessage(cause)}`, fix: "Give the path of a genesis file." },
      { cause },
    );
  }
  try {
    return parsedGenesis(text);
  } catch (cause) {
    if (isAppError(cause, "E_GENESIS_INVALID")) throw appError("E_GENESIS_INVALID", { ...cause.data, file }, { cause });
    throw cause;
  }
}

/** Reads a document's JSON. Throws E_GENESIS_INVALID with the JSON path, the value and what to do. */
export function parsedGenesis(json: string): Genesis {
  return checkedGenesis(parsedJson(json));
}

/** Checks a document. Throws E_GENESIS_INVALID for the first thing that is wrong with it. */
export function checkedGenesis(document: unknown): Genesis {
  const result = genesisSchema.safeParse(document, ONCE);
  if (!result.success) throw firstIssue(result.error.issues, document);
  checkGenesis(result.data);
  return result.data;
}

function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw genesisInvalid({ path: [], problem: `it is no JSON: ${errorMessage(cause)}`, fix: "Correct the JSON." });
  }
}

function firstIssue(issues: readonly z.core.$ZodIssue[], document: unknown): Error {
  const issue = issues[0];
  if (issue === undefined) return genesisInvalid({ path: [], problem: "it is refused" });
  const path = issue.path.filter((part) => typeof part !== "symbol");
  if (issue.code === "unrecognized_keys") return unknownField(issue, path);
  const secret = issue.code === "custom" && issue.params?.["secret"] === true;
  return genesisInvalid({
    path,
    problem: lowerFirst(issue.message),
    value: secret ? undefined : valueAt(document, path),
  });
}

function unknownField(issue: z.core.$ZodIssueUnrecognizedKeys, path: GenesisPath): Error {
  const key = issue.keys[0] ?? "";
  const guess = didYouMean(key, fieldsAt(path));
  return genesisInvalid({
    path: [...path, key],
    problem: "there is no such field",
    fix:
      guess === undefined ? "Remove it; docs/guides/dev-chain.md lists the fields." : `Write ${guess}, or remove it.`,
  });
}

/** Names of the fields an object at this place may have: walks the schema along the path. */
function fieldsAt(path: GenesisPath): string[] {
  let schema: unknown = genesisSchema;
  for (const part of path) {
    const shape = shapeOf(schema);
    schema = typeof part === "number" ? elementOf(schema) : shape?.[part];
  }
  return Object.keys(shapeOf(schema) ?? {});
}

interface SchemaLayer {
  readonly shape?: Readonly<Record<string, unknown>>;
  readonly element?: unknown;
  readonly def?: { readonly innerType?: unknown };
}

function peeled(schema: unknown): SchemaLayer {
  let layer = (schema ?? {}) as SchemaLayer;
  while (layer.shape === undefined && layer.element === undefined && layer.def?.innerType !== undefined)
    layer = layer.def.innerType as SchemaLayer;
  return layer;
}

const shapeOf = (schema: unknown): Readonly<Record<string, unknown>> | undefined => peeled(schema).shape;
const elementOf = (schema: unknown): unknown => peeled(schema).element;

function valueAt(document: unknown, path: GenesisPath): unknown {
  let value = document;
  for (const part of path) {
    if (typeof value !== "object" || value === null) return undefined;
    value = (value as Readonly<Record<string, unknown>>)[part];
  }
  return typeof value === "object" ? undefined : value;
}

const lowerFirst = (text: string): string => `${text.charAt(0).toLowerCase()}${text.slice(1)}`;
