import { existsSync } from "node:fs";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { appError } from "@subnetkit/shared/errors/app-error";
import { Command } from "commander";
import { cloneRoot } from "../system/clone-root.ts";

/** `subnetkit miner run`: one miner, on whatever chain its configuration names. */
export function minerCommand(): Command {
  return new Command("miner")
    .description("a miner of any subnet")
    .addHelpText(
      "before",
      "Examples:\n  npx subnetkit miner run --config miner.json\n  npx subnetkit miner run --help\n",
    )
    .addCommand(passThrough("run", "run a miner until Ctrl-C", "miner"));
}

/** `subnetkit validator run`: one validator. */
export function validatorCommand(): Command {
  return new Command("validator")
    .description("a validator of any subnet")
    .addHelpText(
      "before",
      "Examples:\n  npx subnetkit validator run --config validator.json\n  npx subnetkit validator run --help\n",
    )
    .addCommand(passThrough("run", "run a validator until Ctrl-C", "validator"));
}

/** A command that hands everything after its name to a bundle, in this process. */
function passThrough(name: string, description: string, bundle: string): Command {
  return new Command(name)
    .description(description)
    .helpOption(false)
    .allowUnknownOption()
    .argument("[flags...]", "flags of the process itself; --help lists them")
    .action(async (flags: string[]) => {
      const file = path.join(cloneRoot(), "dist", `${bundle}.js`);
      if (!existsSync(file)) throw appError("E_NOT_BUILT", { file: `${bundle}.js` });
      process.setSourceMapsEnabled(true);
      process.argv = [process.execPath, file, ...flags];
      await import(pathToFileURL(file).href);
    });
}
