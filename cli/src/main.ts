import { type Command, CommanderError } from "commander";
import { appError } from "@subnetkit/shared/errors/app-error";
import { createProgram } from "./program.ts";
import { cloneRoot } from "./system/clone-root.ts";
import { harmlessJson } from "./system/harmless-json.ts";
import { asAppError, errorData, errorText } from "./system/report-error.ts";
import { packageVersion } from "./system/version.ts";

/** Runs one command line; the result is the exit code. */
async function main(argv: readonly string[]): Promise<number> {
  const program = createProgram(packageVersion(cloneRoot()));
  prepare(program);
  try {
    await program.parseAsync([...argv], { from: "user" });
    return Number(process.exitCode ?? 0);
  } catch (error) {
    return report(error, argv.includes("--json"));
  }
}

/** Every command, however deep, throws instead of exiting, and leaves it to {@link report} to say what was wrong. */
function prepare(command: Command): void {
  command
    .exitOverride()
    .showSuggestionAfterError(true)
    .configureOutput({ outputError: () => {} });
  for (const child of command.commands) prepare(child);
}

function report(error: unknown, json: boolean): number {
  if (error instanceof CommanderError && error.exitCode === 0) return 0;
  // A group without a verb has printed its help already: that is a usage error, and its help is the answer.
  if (error instanceof CommanderError && error.code === "commander.help") return 2;
  const known = error instanceof CommanderError ? usageError(error) : asAppError(error);
  if (json) process.stdout.write(`${harmlessJson(JSON.stringify({ error: errorData(known) }))}\n`);
  process.stderr.write(`${errorText(known)}\n`);
  return known.exitCode;
}

function usageError(error: CommanderError): ReturnType<typeof appError> {
  const problem = error.message
    .replace(/^error: /, "")
    .replace(/\n\(/, " (")
    .replace(/\.$/, "")
    .trim();
  return appError("E_USAGE", { problem, remedies: ["npx subnetkit --help, or the command with --help"] });
}

// Whoever reads our output may stop reading: `| head` is no error. Later than the write's own callback, which may have something to say.
process.stdout.once("error", (error: NodeJS.ErrnoException) => {
  if (error.code !== "EPIPE") throw error;
  setImmediate(() => process.exit());
});

process.exitCode = await main(process.argv.slice(2));
