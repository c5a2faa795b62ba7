import type { ConfigField } from "./fields.ts";

/** The value a flag or a variable means, before the schema checks it. Text that does not fit stays text: the schema names the problem. */
export function parseValue(field: ConfigField, text: string): unknown {
  switch (field.kind) {
    case "string":
      return text;
    case "number":
      return /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(text) ? Number(text) : text;
    case "bigint":
      return /^-?\d+$/.test(text) ? BigInt(text) : text;
    case "boolean":
      return parseBoolean(text);
    case "list":
      return parseList(field, text);
    case "json":
      return parseJson(text);
  }
}

function parseBoolean(text: string): unknown {
  if (/^(true|yes|on|1)$/i.test(text)) return true;
  return /^(false|no|off|0)$/i.test(text) ? false : text;
}

function parseList(field: ConfigField, text: string): unknown {
  if (text.startsWith("[")) return parseJson(text);
  const items = text === "" ? [] : text.split(",").map((item) => item.trim());
  return field.type.startsWith("list of number")
    ? items.map((item) => (item !== "" && Number.isFinite(Number(item)) ? Number(item) : item))
    : items;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
}
