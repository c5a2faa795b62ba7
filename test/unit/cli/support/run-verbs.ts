import { PassThrough } from "node:stream";
import { Command } from "commander";

/** Runs one command line of a group that `addVerbs` fills; gives what it printed on stdout and the exit code it set, which is put back. */
export async function runVerbs(
  addVerbs: (group: Command, stdout: PassThrough) => Command,
  words: readonly string[],
): Promise<{ readonly text: string; readonly code: number }> {
  const stdout = new PassThrough();
  const command = addVerbs(new Command("group"), stdout).exitOverride();
  const { exitCode } = process;
  process.exitCode = 0;
  try {
    await command.parseAsync([...words], { from: "user" });
    return { text: (stdout.read() as Buffer | null)?.toString() ?? "", code: Number(process.exitCode) };
  } finally {
    process.exitCode = exitCode;
  }
}
