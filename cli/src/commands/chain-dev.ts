import { PRESETS } from "@subnetkit/chain/node/genesis/preset-names";
import { Command, Option } from "commander";
import type { DevFlags } from "../chain/dev/argv.ts";
import { withSourceMaps } from "../system/source-maps.ts";

/** `subnetkit chain dev`: the development chain alone. */
export function chainDevCommand(): Command {
  return new Command("dev")
    .description("run the development chain until Ctrl-C")
    .addHelpText(
      "before",
      "Examples:\n  npx subnetkit chain dev\n  npx subnetkit chain dev --preset two-validators --block-time instant --relaxed\n",
    )
    .addHelpText(
      "after",
      [
        "",
        "Every other setting of the chain works too, by flag, by SUBNETKIT_CHAIN_<KEY> or by --config FILE: --metrics-port, --finality-lag,",
        "--drand, --log-level, ... They are listed in docs/reference/config.md.",
        "Next: npx subnetkit chain info      Docs: docs/guides/dev-chain.md",
      ].join("\n"),
    )
    .optionsGroup("What is in it:")
    .addOption(new Option("--preset <name>", `a genesis with a name: ${PRESETS.join(", ")}`))
    .option("--genesis <file>", "a genesis document, or a snapshot of a live network")
    .option("--state <file>", "load the state from this file where it exists, save it there at exit")
    .option("--data <folder>", "keep every block in this folder, safe against a crash (default: in memory)")
    .optionsGroup("How it runs:")
    .option("--block-time <time>", "250ms, 12s, ...; instant (one per transaction); manual (on request)")
    .option("--history <blocks>", "blocks whose bodies and states can be read (default: 2048)")
    .option("--relaxed", "rate limits and the admin window do not hold")
    .option("--mock-signatures", "accept chopsticks' mock signatures for every account")
    .optionsGroup("Where:")
    .option("--port <port>", "WebSocket and HTTP together; 0 for any (default: 9944)")
    .option("--config-out <file>", "write URLs, accounts and netuids to this file when it is ready")
    .optionsGroup("What to see:")
    .option("--log-rpc <methods>", "log requests, such as 'state_*'")
    .option("-v, --verbose", "every block, and every request")
    .option("--json", "one JSON event a line on stdout")
    .allowUnknownOption()
    .argument("[settings...]", "other settings of the chain by their flags")
    .action(async (rest: string[], flags: DevFlags) => {
      const { runDev } = await withSourceMaps(() => import("../chain/dev/run-dev.ts"));
      // Whatever is still open then (a socket, a timer) must not keep a finished run alive.
      process.exit(await runDev(flags, rest));
    });
}
