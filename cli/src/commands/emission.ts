import { Command } from "commander";
import { writeOut } from "../preview/write-out.ts";
import type { EmissionFlags } from "../preview/emission-report.ts";

/** Cells of a line where stdout is no terminal: every column fits. */
const UNBOUNDED = 10_000;

/** `subnetkit emission`: the halving schedule from an issuance on. */
export function emissionCommand(): Command {
  return new Command("emission")
    .description("block emission and halvings from an issuance on")
    .addHelpText(
      "before",
      "Examples:\n  npx subnetkit emission --issuance 10500000 --days 30\n  npx subnetkit emission --issuance-rao 10499999000000000 --days 1500 --by halving --json\n",
    )
    .addHelpText(
      "after",
      "\nA subnet's alpha follows the same curve: give its reserve plus outstanding alpha.\nNext: npx subnetkit epoch --help      Docs: docs/guides/preview-an-epoch.md",
    )
    .optionsGroup("From where, how far:")
    .option("--issuance <tao>", "issuance now, in TAO (up to nine decimals)")
    .option("--issuance-rao <rao>", "the same in rao")
    .requiredOption("--days <n>", "days to look ahead, 1 to 100000")
    .option("--blocks-per-day <n>", "blocks of a day", "7200")
    .optionsGroup("What to see:")
    .option("--by <day|halving>", "a row per day or per halving (default: day up to 60 days)")
    .option("--json", "one JSON document on stdout")
    .action(async (flags: EmissionFlags) => {
      const { emissionReport } = await import("../preview/emission-report.ts");
      await writeOut(process.stdout, emissionReport(flags, process.stdout.columns || UNBOUNDED));
    });
}
