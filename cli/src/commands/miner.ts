import { homedir } from "node:os";
import path from "node:path";
import { Command } from "commander";
import { localPaths } from "../local/paths.ts";
import type { TryFlags } from "../miner/try-miner.ts";
import { cloneRoot } from "../system/clone-root.ts";
import { withConsoleOnStderr } from "../system/console-on-stderr.ts";
import { withSourceMaps } from "../system/source-maps.ts";

const PREFIX = "npx subnetkit miner try";

/** Adds to `subnetkit miner` what looks at miners. Answers go to `stdout`. */
export function addMinerVerbs(miner: Command, stdout: NodeJS.WritableStream = process.stdout): Command {
  return miner.addCommand(tryCommand(stdout));
}

function tryCommand(stdout: NodeJS.WritableStream): Command {
  return new Command("try")
    .description("ask a miner of yours one signed question, and see what a validator makes of the answer")
    .argument("[task]", "the task (default: the only one the miner has)")
    .addHelpText(
      "before",
      `Examples:\n  ${PREFIX}\n  ${PREFIX} sort --local 3\n  ${PREFIX} --subnet digits --wallet miner --hotkey default\n  ${PREFIX} sort --request '{"words":["b","a"]}' --as //Validator//0//hot --url http://127.0.0.1:8091\n`,
    )
    .addHelpText(
      "after",
      "\nExit code 0: a validator would count the answer. 1: it would not. 5: nobody answers.\nDocs: docs/guides/run-a-miner.md",
    )
    .optionsGroup("Which miner:")
    .option("--local <uid>", "of the network that runs in this clone (default: its first miner)")
    .option("--url <url>", "its public address (default without such a network: http://127.0.0.1:8091)")
    .option("--receiver <ss58>", "the hotkey to sign for (default: the one it says it has)")
    .option("--ed25519", "it signs with ed25519, as validators know that have it in ed25519Miners (default: sr25519)")
    .option("--state-dir <folder>", "folder of the local network (default: .subnetkit in the clone)")
    .optionsGroup("What to ask:")
    .option(
      "--subnet <name or path>",
      "draw the request from this subnet, and score the answer (default with a local miner: its own)",
    )
    .option("--seed <text>", "draw the same request again")
    .option("--request <json or file>", "a request of your own: JSON, a file, or - for stdin")
    .optionsGroup("Who asks:")
    .option("--wallet <name>", "the wallet in ~/.bittensor/wallets (with --hotkey alone: default)")
    .option("--hotkey <name>", "the hotkey in that wallet (with --wallet alone: default)")
    .option("--wallet-path <folder>", "another folder of wallets")
    .option("--as <//uri>", "a public development key (default with a local miner: //Validator//0//hot)")
    .optionsGroup("What to see:")
    .option("--json", "one JSON document on stdout")
    .action(
      async (task: string | undefined, flags: TryFlags & { readonly stateDir?: string; readonly json?: boolean }) => {
        const { printAnswer } = await import("../validator/answer.ts");
        const { tryMiner } = await withSourceMaps(() => import("../miner/try-miner.ts"));
        const base = flags.stateDir === undefined ? undefined : path.resolve(flags.stateDir);
        const places = { home: homedir(), paths: localPaths(cloneRoot(), base), stdin: process.stdin };
        const answer = await withConsoleOnStderr(() => tryMiner(task, flags, places));
        await printAnswer(answer, { asJson: flags.json === true, stdout });
      },
    );
}
