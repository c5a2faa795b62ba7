import { cpus } from "node:os";
import { figure, type Row, verdict } from "./chain/measure.ts";

/** What a bench measures, by the name that `--subject` takes; words instead of rows say why there are none. */
export type Subjects = Readonly<Record<string, () => Promise<Row[] | string>>>;

/** The flags of every bench that has subjects. */
export const subjectFlags = {
  quick: { type: "boolean", help: "fewer samples" },
  subject: { type: "string", value: "NAME", help: "only this one" },
} as const;

/** Runs the subjects, or the one that is named (exit code 2 for one that is not there), and prints each row beside its budget. */
export async function report(
  subjects: Subjects,
  {
    subject,
    width,
    about = "",
  }: { readonly subject: string | undefined; readonly width: number; readonly about?: string },
): Promise<void> {
  if (subject !== undefined && !(subject in subjects)) {
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
    if (subject !== undefined && subject !== name) continue;
    const rows = await run();
    if (typeof rows === "string") console.log(`${name}: ${rows}`);
    else
      for (const row of rows) {
        const budget = row.budget === undefined ? "" : `${row.better === "more" ? ">=" : "<="} ${figure(row.budget)}`;
        line([`${row.what} (${row.unit})`, figure(row.cpu), figure(row.wall), budget, verdict(row), row.note ?? ""]);
      }
  }
}
