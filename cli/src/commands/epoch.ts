import { styleText } from "node:util";
import { Command } from "commander";
import { writeOut } from "../preview/write-out.ts";
import type { EpochFlags } from "../preview/epoch-report.ts";

/** Cells of a line where stdout is no terminal: every column fits. */
const UNBOUNDED = 10_000;

/** `subnetkit epoch`: what the next epoch of a subnet would store and pay, and what my weights would change. */
export function epochCommand(): Command {
  return new Command("epoch")
    .description("what the next epoch of a subnet would store and pay, from a snapshot")
    .addHelpText(
      "before",
      "Examples:\n  npx subnetkit epoch --input subnet.json\n  npx subnetkit epoch --input subnet.json --uid 3 --weights mine.json\n",
    )
    .addHelpText("after", "\nNext: docs/guides/preview-an-epoch.md      Docs: docs/reference/epoch-snapshot.md")
    .optionsGroup("What to run:")
    .requiredOption("--input <file|->", "network snapshot (JSON), or - for stdin")
    .option("--weights <file|->", "weights that --uid or --hotkey would set: show what they change")
    .option("--mechanism <n>", "mechanism that --weights is for (default: 0)")
    .optionsGroup("Who I am:")
    .option("--uid <n>", "my uid")
    .option("--hotkey <ss58>", "my hotkey, when the snapshot lists hotkeys")
    .optionsGroup("What to see:")
    .option("--json", "one JSON document on stdout")
    .action(async (flags: EpochFlags) => {
      const { epochReport } = await import("../preview/epoch-report.ts");
      const { stdout, notes } = await epochReport(flags, process.stdin, {
        width: process.stdout.columns || UNBOUNDED,
        colour: (name, text) => styleText(name, text, { stream: process.stdout }),
      });
      for (const note of notes) process.stderr.write(`note: ${note}\n`);
      await writeOut(process.stdout, stdout);
    });
}
