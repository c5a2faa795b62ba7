import { Command } from "commander";
import type { ReplayFlags } from "../validator/replay.ts";
import type { SetFlags } from "../validator/weights-set.ts";
import type { ShowFlags } from "../validator/weights-show.ts";
import { withSourceMaps } from "../system/source-maps.ts";

const PREFIX = "npx subnetkit validator";

/** Cells of a line where stdout is no terminal: every column fits. */
const UNBOUNDED = 10_000;

/** Adds to `subnetkit validator` what looks at validators: status, weights, replay. Answers go to `stdout`. */
export function addValidatorVerbs(validator: Command, stdout: NodeJS.WritableStream = process.stdout): Command {
  return validator
    .addCommand(statusCommand(stdout))
    .addCommand(weightsCommand(stdout))
    .addCommand(replayCommand(stdout));
}

function statusCommand(stdout: NodeJS.WritableStream): Command {
  return new Command("status")
    .description("how a running validator does: health, scores, weights, what they should bring")
    .addHelpText("before", `Examples:\n  ${PREFIX} status\n  ${PREFIX} status --url http://127.0.0.1:9920 --json\n`)
    .addHelpText("after", "\nExit code 1 while it is not ready.\nNext: npx subnetkit validator weights show")
    .option("--url <url>", "its status pages (default: the first validator of the network in this clone)")
    .option("--json", "one JSON document on stdout")
    .action(async (flags: { readonly url?: string; readonly json?: boolean }) => {
      const { printAnswer } = await import("../validator/answer.ts");
      const { validatorStatus, validatorUrl } = await import("../validator/status.ts");
      const answer = await validatorStatus(await validatorUrl(flags.url), widthOf(stdout));
      await printAnswer(answer, { asJson: flags.json === true, stdout });
    });
}

function weightsCommand(stdout: NodeJS.WritableStream): Command {
  const show = new Command("show")
    .description("the weights of a validator as the chain has them")
    .addHelpText(
      "before",
      `Examples:\n  ${PREFIX} weights show\n  ${PREFIX} weights show --netuid 2 --hotkey 5Grw... --endpoint ws://127.0.0.1:9944\n`,
    )
    .option("--url <url>", "status pages of the validator that says whose weights (default: that of this clone)")
    .option("--endpoint <url>", "the chain (default: that of the network running in this clone)")
    .option("--netuid <n>", "the subnet, instead of the validator's")
    .option("--hotkey <ss58>", "the hotkey, instead of the validator's")
    .option("--json", "one JSON document on stdout")
    .action(async (flags: ShowFlags & { readonly json?: boolean }) => {
      const { printAnswer } = await import("../validator/answer.ts");
      const { showWeights } = await import("../validator/weights-show.ts");
      await printAnswer(await showWeights(flags, widthOf(stdout)), { asJson: flags.json === true, stdout });
    });
  const set = new Command("set")
    .description("what would be set now: weights, the chain's rules, what they should bring")
    .addHelpText(
      "before",
      `Examples:\n  ${PREFIX} weights set --dry-run --config .subnetkit/run/config/validator-0.json\n  ${PREFIX} weights set --yes --config validator.json\n`,
    )
    .addHelpText(
      "after",
      "\nExit code 0: they would be taken (or are set). 3: they would have to wait. 4: the chain refused.\nAll settings of `validator run` are taken, --config FILE first of all.",
    )
    .allowUnknownOption()
    .option("--dry-run", "show the plan; nothing is written or sent")
    .option("--yes", "set them, now")
    .option("--json", "one JSON document on stdout")
    .argument("[settings...]", "settings of the validator, as `validator run` takes them")
    .action(async (settings: string[], flags: SetFlags) => {
      const { printAnswer } = await import("../validator/answer.ts");
      const { setWeightsOnce } = await withSourceMaps(() => import("../validator/weights-set.ts"));
      const answer = await setWeightsOnce(flags, settings, widthOf(stdout));
      await printAnswer(answer, { asJson: flags.json === true, stdout });
    });
  return new Command("weights")
    .description("a validator's weights: on chain, and as they would be set")
    .addHelpText("before", `Examples:\n  ${PREFIX} weights show\n  ${PREFIX} weights set --dry-run --config FILE\n`)
    .addCommand(show)
    .addCommand(set);
}

function replayCommand(stdout: NodeJS.WritableStream): Command {
  return new Command("replay")
    .description("verify an evidence log, and compute its scores and weights again")
    .addHelpText(
      "before",
      `Examples:\n  ${PREFIX} replay --evidence evidence --subnet digits\n  ${PREFIX} replay --evidence evidence --subnet digits --from 100 --to 200 --json\n  ${PREFIX} replay --evidence evidence --subnet digits --endpoint ws://127.0.0.1:9944\n`,
    )
    .addHelpText("after", "\nExit code 1 for a difference.\nDocs: docs/guides/audit-a-validator.md")
    .requiredOption("--evidence <dir>", "the log: the validator's evidenceDir, or a copy of it")
    .requiredOption("--subnet <name or path>", "the subnet's definition, of the version that the validator ran")
    .option("--from <round>", "first round whose scores are computed again (default: the oldest)")
    .option("--to <round>", "last round whose scores are computed again (default: the newest)")
    .option("--endpoint <url>", "a node of the validator's chain: the head that it committed there must be in the log")
    .option("--head <seq:hash>", "an entry that the log must contain: tells a log that was cut")
    .option("--json", "one JSON document on stdout")
    .action(async (flags: ReplayFlags & { readonly json?: boolean }) => {
      const { printAnswer } = await import("../validator/answer.ts");
      const { replay } = await withSourceMaps(() => import("../validator/replay.ts"));
      await printAnswer(await replay(flags), { asJson: flags.json === true, stdout });
    });
}

function widthOf(stdout: NodeJS.WritableStream): number {
  const { columns } = stdout as NodeJS.WritableStream & { readonly columns?: number };
  return columns === undefined || columns === 0 ? UNBOUNDED : columns;
}
