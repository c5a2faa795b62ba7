import { Command } from "commander";
import { chainCommand } from "./commands/chain.ts";
import { emissionCommand } from "./commands/emission.ts";
import { epochCommand } from "./commands/epoch.ts";
import { localCommand } from "./commands/local.ts";
import { addMinerVerbs } from "./commands/miner.ts";
import { newCommand } from "./commands/new.ts";
import { minerCommand, validatorCommand } from "./commands/processes.ts";
import { addValidatorVerbs } from "./commands/validator.ts";
import { subnetCommand } from "./commands/subnet.ts";
import { configCommand, redisCommand, schemaCommand } from "./commands/tools.ts";

/** The tree of commands of `subnetkit`. Building it loads none of them: each imports what it does when it is run. */
export function createProgram(version: string): Command {
  const program = new Command("subnetkit")
    .description("A Bittensor-style subnet on one machine, and the miner, validator and chain it is made of")
    .version(version)
    .addHelpText("before", "Examples:\n  npx subnetkit local start\n  npx subnetkit local status --json\n")
    .addHelpText("after", "\nNext: npx subnetkit local start --help      Docs: docs/reference/cli.md");
  for (const command of [
    localCommand(),
    newCommand(),
    subnetCommand(),
    chainCommand(),
    addMinerVerbs(minerCommand()),
    addValidatorVerbs(validatorCommand()),
    epochCommand(),
    emissionCommand(),
    schemaCommand(),
    configCommand(),
  ]) {
    program.addCommand(command);
  }
  return program.addCommand(redisCommand(), { hidden: true });
}
