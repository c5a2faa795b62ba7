import type { Decoded } from "@subnetkit/chain/client/dev/inspect";
import { pairLines, valueText } from "./lines.ts";

/** What bytes are, as lines; other ways to read them below. */
export function decodedLines({ kind, also = [], ...parts }: Decoded): string[] {
  const names: Readonly<Record<string, string>> = { storageKey: "storage key" };
  const fields = Object.entries(parts).map(([name, value]): [string, string] => [name, valueText(value)]);
  return [
    ...pairLines([["kind", names[kind] ?? kind], ...fields]),
    ...also.flatMap((other) => ["", "or", ...decodedLines(other)]),
  ];
}
