import { Command } from "commander";
import { withSourceMaps } from "../system/source-maps.ts";

/** `subnetkit subnet check`: a subnet's file against the rules of a subnet, without a network. */
export function subnetCommand(): Command {
  const check = new Command("check")
    .description("try a subnet's challenges, solvers and scorer, without a network")
    .argument("<subnet>", "a built-in subnet, or the path of a subnet's .ts file")
    .addHelpText("before", "Examples:\n  npx subnetkit subnet check ./my-subnet.ts\n")
    .addHelpText("after", "\nNext: npm start -- --subnet ./my-subnet.ts      Docs: docs/guides/first-subnet.md")
    .option("--challenges <n>", "challenges of every task (default: 20)")
    .option("--json", "one JSON document on stdout")
    .action(async (subnet: string, flags: { challenges?: string; json?: boolean }) => {
      const { checkSubnetFile } = await withSourceMaps(() => import("../subnet/check-file.ts"));
      process.stdout.write(await checkSubnetFile(subnet, flags));
    });
  return new Command("subnet")
    .description("a subnet's own file")
    .addHelpText("before", "Examples:\n  npx subnetkit subnet check ./my-subnet.ts\n")
    .addCommand(check);
}
