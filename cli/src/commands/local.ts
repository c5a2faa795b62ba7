import { Command } from "commander";
import { localDefaults, parseLocalOptions, type RawLocalOptions } from "../local/options.ts";
import { withSourceMaps } from "../system/source-maps.ts";

/** `subnetkit local`: the network that `npm start` runs. */
export function localCommand(): Command {
  return new Command("local")
    .description("the whole subnet on this machine: run it, look at it, stop it")
    .addHelpText("before", "Examples:\n  npx subnetkit local start\n  npx subnetkit local logs miner-2 --follow\n")
    .addCommand(startCommand())
    .addCommand(prepareCommand())
    .addCommand(statusCommand())
    .addCommand(stopCommand())
    .addCommand(envCommand())
    .addCommand(logsCommand());
}

const stateDir = ["--state-dir <folder>", "folder of state, keys and logs (default: .subnetkit in the clone)"] as const;

function startCommand(): Command {
  return new Command("start")
    .description("run a chain, Redis, validators and miners until Ctrl-C; `npm start` is the same")
    .addHelpText(
      "before",
      "Examples:\n  npm -s start -- --epochs 3 --json\n  npm start -- --subnet ./my-subnet.ts --miners 4\n",
    )
    .addHelpText("after", "\nNext: npx subnetkit local status      Docs: docs/reference/cli.md")
    .optionsGroup("What to run:")
    .option("--subnet <name|file>", "a built-in subnet, or your own file", localDefaults.subnet)
    .option("--miners <n>", "number of miners (default: those the subnet lists)")
    .option("--validators <n>", "number of validators", localDefaults.validators)
    .option("--block-ms <ms>", "milliseconds between blocks", localDefaults.blockMs)
    .option("--tempo <blocks>", "blocks of an epoch", localDefaults.tempo)
    .optionsGroup("How long:")
    .option("--epochs <n>", "stop by itself after so many epochs")
    .option("--fail-fast", "the first process that dies ends the run")
    .optionsGroup("Where:")
    .option("--port-base <port>", "first of the ports used", localDefaults.portBase)
    .option(...stateDir)
    .option("--fresh", "drop the state of earlier runs")
    .optionsGroup("What to see:")
    .option("--json", "one JSON event a line on stdout")
    .option("--plain", "plain lines, no live table")
    .option("--no-keys", "do not read the keyboard")
    .action(async (raw: RawLocalOptions) => {
      const options = parseLocalOptions(raw);
      const { startLocal } = await withSourceMaps(() => import("../local/start.ts"));
      // Whatever is still open then (a socket, a timer) must not keep a finished run alive.
      process.exit(await startLocal(options));
    });
}

function prepareCommand(): Command {
  return new Command("prepare")
    .description("set the subnet up on a running chain and write every process's config; start nothing (containers)")
    .addHelpText(
      "before",
      "Examples:\n  npx subnetkit local prepare\n  REDIS_URL=redis://127.0.0.1:9990 npx subnetkit local prepare --subnet digits\n",
    )
    .option("--subnet <name|file>", "a built-in subnet, or your own file", localDefaults.subnet)
    .option("--miners <n>", "number of miners (default: those the subnet lists)")
    .option("--validators <n>", "number of validators", localDefaults.validators)
    .option("--block-ms <ms>", "milliseconds between blocks", localDefaults.blockMs)
    .option("--tempo <blocks>", "blocks of an epoch", localDefaults.tempo)
    .option("--port-base <port>", "first of the ports used", localDefaults.portBase)
    .option(...stateDir)
    .action(async (raw: Omit<RawLocalOptions, "keys">) => {
      const options = parseLocalOptions({ ...raw, keys: false });
      const { prepareNetwork } = await withSourceMaps(() => import("../local/prepare.ts"));
      await prepareNetwork(options);
      process.exit(0);
    });
}

function statusCommand(): Command {
  return new Command("status")
    .description("the neurons' table of the running network")
    .addHelpText("before", "Examples:\n  npx subnetkit local status\n  npx subnetkit local status --json\n")
    .option(...stateDir)
    .option("--json", "one JSON document on stdout")
    .action(async (options: { stateDir?: string; json?: boolean }) => {
      const { printStatus } = await import("../local/manage.ts");
      await printStatus(options);
    });
}

function stopCommand(): Command {
  return new Command("stop")
    .description("stop the running network and wait until it is gone")
    .addHelpText("before", "Examples:\n  npx subnetkit local stop\n  npx subnetkit local stop --json\n")
    .option(...stateDir)
    .option("--json", "one JSON document on stdout")
    .action(async (options: { stateDir?: string; json?: boolean }) => {
      const { stopNetwork } = await import("../local/manage.ts");
      await stopNetwork(options);
    });
}

function envCommand(): Command {
  return new Command("env")
    .description("the addresses of the running network as NAME=value lines")
    .addHelpText("before", 'Examples:\n  npx subnetkit local env\n  eval "$(npx subnetkit local env)"\n')
    .option(...stateDir)
    .option("--json", "one JSON document on stdout")
    .action(async (options: { stateDir?: string; json?: boolean }) => {
      const { printEnvironment } = await import("../local/manage.ts");
      printEnvironment(options);
    });
}

function logsCommand(): Command {
  return new Command("logs")
    .description("the log of a process, or of all with a prefix")
    .addHelpText(
      "before",
      "Examples:\n  npx subnetkit local logs validator-0\n  npx subnetkit local logs miner-2 --follow\n",
    )
    .argument("[process]", "chain, redis, validator-0, miner-3, start; all without it")
    .option(...stateDir)
    .option("--lines <n>", "how many of the last lines", "20")
    .option("--follow", "go on with what is added, until Ctrl-C")
    .action(async (name: string | undefined, options: { stateDir?: string; lines: string; follow?: boolean }) => {
      const { printLogs } = await import("../local/manage.ts");
      printLogs(name, options);
    });
}
