import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { createLogger } from "@subnetkit/shared/log/logger";
import { loadSubnetDefinition } from "@subnetkit/shared/subnet/load";
import type { SubnetDefinition } from "@subnetkit/shared/subnet";
import {
  createScoreThread,
  type ScoreThread,
  type ScoreThreadModules,
} from "../../../../../validator/src/round/scorer/score-thread.ts";
import { bundleForNode } from "../../../../support/bundle.ts";

const root = path.join(import.meta.dirname, "../../../../..");

/**
 * A subnet whose scorer does what replies tell it to: a hostile miner's dream. `each` scores by word, `all` is of kind "round", `user` also judges users'
 * requests.
 */
export const hostileSource = `
import { defineSubnet, defineTask } from ${JSON.stringify(path.join(root, "shared/src/subnet/index.ts"))};
import { writeFileSync } from "node:fs";
import { z } from "zod";
const obey = ({ word }, random) => {
  if (word === "loop") for (;;) {}
  if (word === "exit") process.exit(7);
  if (word === "eat") { const all = []; for (;;) all.push(new Array(1_000_000).fill(random())); }
  if (word === "regex") /^(a+)+$/.test("a".repeat(60) + "b");
  if (word?.later) setImmediate(() => { writeFileSync(word.later, ""); for (;;) {} });
  if (word === "throw") throw new Error("the scorer broke");
  if (word === "slow") { const end = performance.now() + 60; while (performance.now() < end) {} }
  return Math.abs(Math.sin(JSON.stringify(word ?? null).length + random()));
};
const each = (id) => defineTask({
  id,
  request: z.object({ n: z.number() }),
  response: z.object({ word: z.any() }),
  limits: { timeoutMs: 400, maxResponseBytes: 2_000 },
  challenge: ({ random }) => { const n = Math.floor(random() * 1_000); return { request: { n }, key: () => n }; },
  scorer: {
    kind: "each",
    score: ({ key }, { body, latencyMs }, { random }) => (obey(body, random) + key() / 1_000 + latencyMs / 1e6) / 3,
    ...(id === "user" ? { organic: (request) => { obey(request, Math.random); if (request.n === 13) for (;;) {} return { request, key: () => 1 }; } } : {}),
  },
});
const all = defineTask({
  id: "all",
  request: z.object({ n: z.number() }),
  response: z.object({ word: z.any() }),
  limits: { timeoutMs: 400, maxResponseBytes: 2_000 },
  challenge: () => ({ request: { n: 1 }, key: 1 }),
  scorer: { kind: "round", score: (_challenge, replies, { random }) => replies.map(({ body }) => obey(body, random)) },
});
export default defineSubnet({ name: "hostile", version: 1, description: "Obeys", tasks: { each: each("each"), all, user: each("user") } });
`;

/** The module compiled, and the thread's code. */
export async function compiled(source = hostileSource): Promise<{
  readonly definition: string;
  readonly workerUrl: URL;
  readonly subnet: SubnetDefinition;
}> {
  const folder = await mkdtemp(path.join(tmpdir(), "scorer-"));
  const entry = path.join(folder, `${path.basename(folder)}.ts`);
  await writeFile(entry, source);
  const definition = await bundleForNode(entry);
  await rm(folder, { recursive: true });
  const worker = path.join(root, "validator/src/round/scorer/score-worker.ts");
  return {
    definition,
    workerUrl: pathToFileURL(await bundleForNode(worker)),
    subnet: await loadSubnetDefinition(definition),
  };
}

export type Lines = { readonly level: string; readonly msg: string; readonly [field: string]: unknown }[];

/** A thread with short deadlines, and what it logs. */
export function threadOf(
  { definition, workerUrl }: { readonly definition: string; readonly workerUrl: URL },
  callMs: number,
  modules: Omit<ScoreThreadModules, "log"> = {},
): { readonly thread: ScoreThread; readonly lines: Lines } {
  const lines: Lines = [];
  const log = createLogger({
    name: "test",
    level: "debug",
    destination: { write: (line: string) => void lines.push(JSON.parse(line)) },
  });
  return { thread: createScoreThread({ definition, workerUrl, callMs, heapMb: 64 }, { log, ...modules }), lines };
}
