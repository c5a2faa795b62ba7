import { readFileSync } from "node:fs";
import { emissionReport } from "@subnetkit/cli/preview/emission-report";
import { epochReport } from "@subnetkit/cli/preview/epoch-report";
import { snapshotSchema } from "@subnetkit/cli/preview/snapshot-schema";
import { describe, expect, it } from "vitest";
import { z } from "zod";
import { scratchFolder, stdinOf } from "./epoch-support.ts";

const guide = readFileSync(new URL("../../../docs/guides/preview-an-epoch.md", import.meta.url), "utf8");
const reference = readFileSync(new URL("../../../docs/reference/epoch-snapshot.md", import.meta.url), "utf8");
const snapshot = /```json\n([\s\S]*?)```/.exec(guide)![1]!;
const layout = { width: 10_000, colour: (_: string, text: string) => text };

/** What the guide shows below a command line. */
function shownBelow(command: string): string {
  const start = guide.indexOf(`$ npx subnetkit ${command}\n`);
  return guide.slice(guide.indexOf("\n", start) + 1, guide.indexOf("```", start));
}

describe("docs/guides/preview-an-epoch.md", () => {
  it("shows what the commands print", async () => {
    const folder = scratchFolder();
    try {
      const plain = await epochReport({ input: "-" }, stdinOf(snapshot), layout);
      expect(plain.stdout).toBe(shownBelow("epoch --input subnet.json"));
      const weights = folder.file("mine.json", "[[3, 1]]");
      const effect = await epochReport({ input: "-", uid: "1", weights }, stdinOf(snapshot), layout);
      expect(effect.stdout).toContain(shownBelow("epoch --input subnet.json --uid 1 --weights mine.json"));
      const schedule = emissionReport({ issuance: "10500000", days: "3", blocksPerDay: "7200" }, 200);
      expect(schedule).toContain(shownBelow("emission --issuance 10500000 --days 3"));
    } finally {
      folder.remove();
    }
  });
});

describe("docs/reference/epoch-snapshot.md", () => {
  it("names every field of the schema", () => {
    const fields = fieldsOf(snapshotSchema);
    expect(fields).toContain("bondsMovingAverage");
    const named = (name: string): boolean => new RegExp(`\`[^\`\n]*\\b${name}\\b[^\`\n]*\``).test(reference);
    expect(fields.filter((name) => !named(name))).toEqual([]);
  });
});

/** Names of all fields, however deep. */
function fieldsOf(schema: z.core.$ZodType): string[] {
  if (schema instanceof z.ZodObject)
    return Object.entries(schema.shape).flatMap(([name, field]) => [name, ...fieldsOf(field as z.core.$ZodType)]);
  if (schema instanceof z.ZodArray) return fieldsOf(schema.element as z.core.$ZodType);
  if (
    schema instanceof z.ZodOptional ||
    schema instanceof z.ZodDefault ||
    schema instanceof z.ZodPrefault ||
    schema instanceof z.ZodNullable
  )
    return fieldsOf(schema.def.innerType as z.core.$ZodType);
  return [];
}
