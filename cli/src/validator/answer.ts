import { writeOut } from "../preview/write-out.ts";
import { harmlessJson } from "../system/harmless-json.ts";

/** What a verb found out: lines for people, a document for programs, and how the command ends. */
export type Answer = {
  readonly lines: readonly string[];
  readonly json: unknown;
  /** Default 0. */
  readonly exitCode?: number;
};

/** Prints an answer as lines, or as one JSON document (rao as decimal strings), and sets the exit code. */
export async function printAnswer(
  { lines, json, exitCode }: Answer,
  { asJson, stdout }: { readonly asJson: boolean; readonly stdout: NodeJS.WritableStream },
): Promise<void> {
  const text = asJson
    ? harmlessJson(
        JSON.stringify(json, (_key, value: unknown) => (typeof value === "bigint" ? value.toString() : value)),
      )
    : lines.join("\n");
  await writeOut(stdout, `${text}\n`);
  if (exitCode !== undefined) process.exitCode = exitCode;
}

/** A share in 0..1 as `12.34 %`, `-` when it is not known. */
export function percentText(share: number | null | undefined): string {
  return share === null || share === undefined ? "-" : `${(share * 100).toFixed(2)} %`;
}
