import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import type { InputStream } from "@subnetkit/cli/preview/read-document";

/** Two validators and two miners; fields can be replaced. */
export function snapshotDocument(changes: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    v: 1,
    netuid: 2,
    block: 7_200,
    lastStepBlock: 6_840,
    emissionRao: "1000000000",
    hyperparameters: {},
    stake: { totalRao: ["600", "400", "0", "0"] },
    registeredAt: [0, 0, 0, 0],
    permits: [true, true, false, false],
    lastUpdate: [7_199, 7_199, 0, 0],
    weights: [
      [
        [2, 65_535],
        [3, 32_768],
      ],
      [
        [2, 65_535],
        [3, 65_535],
      ],
      [],
      [],
    ],
    ...changes,
  };
}

/** A stdin with this text in it. */
export function stdinOf(text: string): InputStream {
  return {
    async *[Symbol.asyncIterator]() {
      yield Buffer.from(text.slice(0, 10));
      yield Buffer.from(text.slice(10));
    },
  };
}

/** A folder for files of one test, and how to write one. */
export function scratchFolder(): { file(name: string, content: unknown): string; remove(): void } {
  const folder = mkdtempSync(path.join(tmpdir(), "subnetkit-epoch-"));
  return {
    file(name, content) {
      const target = path.join(folder, name);
      writeFileSync(target, typeof content === "string" ? content : JSON.stringify(content));
      return target;
    },
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}
