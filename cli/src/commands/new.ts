import { Command } from "commander";
import { cloneRoot } from "../system/clone-root.ts";

/** `subnetkit new`: a subnet of one's own, begun from an example. */
export function newCommand(stdout: NodeJS.WritableStream = process.stdout): Command {
  return new Command("new")
    .description("begin a subnet of your own: a copy of an example, in this folder")
    .argument("<name>", "its name: 1 to 32 of the characters a-z, 0-9 and -, beginning with a letter")
    .addHelpText("before", "Examples:\n  npx subnetkit new my-subnet\n  npx subnetkit new my-models --from digits\n")
    .addHelpText(
      "after",
      "\nNothing is overwritten (exit code 3).\nNext: npx subnetkit subnet check ./my-subnet.ts      Docs: docs/guides/first-subnet.md",
    )
    .option(
      "--from <example>",
      "word-sort: one file; word-stream: answers that stream; digits: a folder, with models (default: word-sort)",
    )
    .option("--json", "one JSON document on stdout")
    .action(async (name: string, { json, ...flags }: { readonly from?: string; readonly json?: boolean }) => {
      const { printAnswer } = await import("../validator/answer.ts");
      const { newSubnet } = await import("../subnet/new-subnet.ts");
      const answer = newSubnet(name, flags, { root: cloneRoot(), cwd: process.cwd() });
      await printAnswer(answer, { asJson: json === true, stdout });
    });
}
