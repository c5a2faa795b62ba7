import { Command } from "commander";
import type { ProcessKind } from "../run/network.ts";
import type { RunFlags } from "../run/process-argv.ts";
import { withSourceMaps } from "../system/source-maps.ts";

const miner = "npx subnetkit miner run --subnet digits --netuid 2 --wallet miner --hotkey default --network finney";
const validator =
  "npx subnetkit validator run --subnet digits --netuid 2 --wallet val --hotkey default --network finney --redis redis://127.0.0.1:6379";

/** `subnetkit miner run`: one miner, on whatever chain its options or its configuration name. */
export function minerCommand(): Command {
  const run = runCommand("miner")
    .description("run a miner until Ctrl-C")
    .option("--variant <name>", "which variant of the subnet's solvers to run (default: default)");
  return new Command("miner")
    .description("a miner of any subnet")
    .addHelpText("before", `Examples:\n  ${miner}\n  npx subnetkit miner run --config miner.json\n`)
    .addHelpText("after", "\nNext: npx subnetkit miner run --help      Docs: docs/guides/run-a-miner.md")
    .addCommand(run);
}

/** `subnetkit validator run`: one validator. */
export function validatorCommand(): Command {
  const run = runCommand("validator")
    .description("run a validator until Ctrl-C")
    .option(
      "--redis <url>",
      "its Redis, redis://, redis+sentinel:// or redis+cluster://; with a password in SUBNETKIT_VALIDATOR_REDIS_URL instead",
    );
  return new Command("validator")
    .description("a validator of any subnet")
    .addHelpText(
      "before",
      `Examples:\n  ${validator}\n  npx subnetkit validator run --config validator.json\n  npx subnetkit validator run --config validator.json --roles query\n`,
    )
    .addCommand(run);
}

/** Between the options and the settings, some of which are called required. */
const requiredNote =
  "The options give the settings that are required below: --network the chain, --wallet and --hotkey the key file,\n--subnet the compiled files.";

/** A command that turns its options into settings of a process, hands it these and all others, and runs it here. */
function runCommand(kind: ProcessKind): Command {
  return (
    new Command("run")
      // Its own settings belong into the help, and are read from the schema only when somebody asks for them.
      .helpOption(false)
      .allowUnknownOption()
      .option("--subnet <name or path>", "a built-in subnet, or the path of a subnet's .ts file; compiled at start")
      .option("--netuid <n>", "the subnet's number on the chain")
      .option("--wallet <name>", "the wallet in ~/.bittensor/wallets (with --hotkey alone: default)")
      .option("--hotkey <name>", "the hotkey in that wallet (with --wallet alone: default)")
      .option("--wallet-path <folder>", "another folder of wallets")
      .option("--network <name or url>", "local (the network of this clone), finney, test, or ws://HOST:PORT")
      .option("--json", "JSON lines at a terminal too, as they are everywhere else")
      .argument("[settings...]", "every setting of the process by its own flag; --help lists them")
      .action(async (settings: string[], flags: RunFlags, command: Command) => {
        const { runProcessHere, settingsHelp } = await withSourceMaps(() => import("../run/run-process.ts"));
        if (settings.includes("--help") || settings.includes("-h"))
          process.stdout.write(`${command.helpInformation()}\n${requiredNote}\n\n${await settingsHelp(kind)}`);
        else await runProcessHere(kind, flags, settings);
      })
  );
}
