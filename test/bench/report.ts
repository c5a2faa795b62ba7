import { cpus } from "node:os";
import { figure, type Row, verdict } from "./chain/measure.ts";

/** What a bench measures, by the name that `--subject` takes. */
export type Subjects = Readonly<Record<string, () => Promise<Row[]>>>;

/** True where the flag was given. */
export const flag = (name: string): boolean => process.argv.includes(name);

/** What follows a flag; undefined without it. */
export const argument = (name: string): string | undefined =>
  flag(name) ? process.argv[process.argv.indexOf(name) + 1] : undefined;

/** Runs the subjects, or the one that `--subject` names (exit code 2 for one that is not there), and prints each row beside its budget. */
export async function report(
  subjects: Subjects,
  { width, about = "" }: { readonly width: number; readonly about?: string },
): Promise<void> {
  const named = argument("--subject");
  if (named !== undefined && !(named in subjects)) {
    console.error(`--subject is one of ${Object.keys(subjects).join(", ")}`);
    process.exit(2);
  }
  const line = ([what = "", cpu = "", wall = "", budget = "", word = "", note = ""]: readonly string[]): void =>
    console.log(
      `${what.padEnd(width)}${cpu.padStart(12)}${wall.padStart(12)}${budget.padStart(10)}${word.padStart(6)}  ${note}`.trimEnd(),
    );
  console.log(`${cpus().length} cores (${cpus()[0]?.model ?? "?"}), Node ${process.versions.node}${about}.`);
  line(["", "processor", "wall", "budget"]);
  for (const [name, run] of Object.entries(subjects)) {
    if (named !== undefined && named !== name) continue;
    for (const row of await run()) {
      const budget = row.budget === undefined ? "" : `${row.better === "more" ? ">=" : "<="} ${figure(row.budget)}`;
      line([`${row.what} (${row.unit})`, figure(row.cpu), figure(row.wall), budget, verdict(row), row.note ?? ""]);
    }
  }
}
