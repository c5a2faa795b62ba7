import { parseArgs } from "node:util";

/** A flag of a tool: one that stands alone, or one with a value. */
export type ToolOption =
  | { readonly type: "boolean"; readonly help: string }
  | { readonly type: "string"; readonly help: string; readonly value: string; readonly default?: string };

type Values<T extends Record<string, ToolOption>> = {
  readonly [K in keyof T]: T[K] extends { readonly type: "boolean" }
    ? boolean
    : T[K] extends { readonly default: string }
      ? string
      : string | undefined;
};

/**
 * The flags that a tool of this repository was started with. `--help` says what there is and ends the process; so does, with exit code 2, a flag that there
 * is not: a bench that ran for ten minutes because of a slip of the pen helps nobody.
 *
 * @param command How the tool is called, such as `npm run bench:chain --`.
 */
export function toolOptions<const T extends Record<string, ToolOption>>(command: string, options: T): Values<T> {
  const entries = Object.entries(options);
  const spec = { ...Object.fromEntries(entries.map(([name, option]) => [name, specOf(option)])), help: flag };
  try {
    const { values }: { values: Record<string, unknown> } = parseArgs({ options: spec, strict: true });
    if (values["help"] === true) leave(0, usage(command, entries));
    return Object.fromEntries(
      entries.map(([name, { type }]) => [name, type === "boolean" ? values[name] === true : values[name]]),
    ) as Values<T>;
  } catch (error) {
    return leave(2, `${error instanceof Error ? error.message : String(error)}\n${usage(command, entries)}`);
  }
}

const flag = { type: "boolean" } as const;

function specOf(option: ToolOption) {
  if (option.type === "boolean") return flag;
  return option.default === undefined
    ? ({ type: "string" } as const)
    : ({ type: "string", default: option.default } as const);
}

function usage(command: string, options: readonly (readonly [string, ToolOption])[]): string {
  const rows = options.map(([name, option]): [string, string] => [
    option.type === "boolean" ? `--${name}` : `--${name} ${option.value}`,
    option.type === "string" && option.default !== undefined
      ? `${option.help} (default ${option.default})`
      : option.help,
  ]);
  const width = Math.max(...rows.map(([name]) => name.length));
  return [
    `usage: ${command}${rows.length > 0 ? " [flags]" : ""}`,
    ...rows.map(([name, help]) => `  ${name.padEnd(width)}  ${help}`),
  ].join("\n");
}

function leave(code: number, text: string): never {
  (code === 0 ? process.stdout : process.stderr).write(`${text}\n`);
  process.exit(code);
}
