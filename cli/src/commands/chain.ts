import { Command, Option } from "commander";
import { printVerb } from "../chain/print-verb.ts";
import type { Verb } from "../chain/verb.ts";
import { chainVerbs } from "../chain/verbs.ts";
import { chainDevCommand } from "./chain-dev.ts";

const PREFIX = "npx subnetkit chain";

/** `subnetkit chain`: the development chain, and every verb that steers a running one. Answers go to `stdout`. */
export function chainCommand(stdout: NodeJS.WritableStream = process.stdout): Command {
  const chain = new Command("chain")
    .description("the development chain: run it, steer it, look into it")
    .addHelpText("before", `Examples:\n  ${PREFIX} dev\n  ${PREFIX} epoch\n`)
    .addHelpText("after", `\nNext: ${PREFIX} dev --help      Docs: docs/guides/dev-chain-verbs.md`)
    .configureHelp({ subcommandTerm })
    .addCommand(chainDevCommand().helpGroup("Run:"));
  for (const verb of chainVerbs) chain.addCommand(verbCommand(verb, stdout));
  return chain;
}

/** Name and words in the list of verbs; every one has options. */
function subcommandTerm(command: Command): string {
  const words = command.registeredArguments.map(
    (word) => `${word.required ? "<" : "["}${word.name()}${word.variadic ? "..." : ""}${word.required ? ">" : "]"}`,
  );
  return [command.name(), ...words].join(" ");
}

function verbCommand(verb: Verb, stdout: NodeJS.WritableStream): Command {
  const [first, second] = verb.examples;
  const command = new Command(verb.name)
    .description(verb.what)
    .helpGroup(verb.group)
    .addHelpText("before", `Examples:\n  ${PREFIX} ${first}\n  ${PREFIX} ${second}\n`)
    .addHelpText("after", "\nDocs: docs/guides/dev-chain-verbs.md");
  for (const [syntax, what] of verb.words ?? []) command.argument(syntax, what);
  for (const [syntax, what] of verb.flags ?? []) command.option(syntax, what);
  return command
    .addOption(
      new Option(
        "--endpoint <url>",
        "the chain (default: that of the network running in this clone, else ws://127.0.0.1:9944)",
      ).env("SUBNETKIT_CHAIN_ENDPOINT"),
    )
    .option("--json", "one JSON document on stdout")
    .action(async (...given: unknown[]) => {
      const words = given
        .slice(0, -2)
        .flat()
        .filter((word): word is string => typeof word === "string");
      await printVerb(verb, { words, flags: command.opts(), stdout });
    });
}
