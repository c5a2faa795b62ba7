import { mkdtempSync, rmSync } from "node:fs";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { cloneRoot } from "../../../cli/src/system/clone-root.ts";
import { createScoreThread, type ScoreThread } from "../../../validator/src/round/scorer/score-thread.ts";
import { compileBenchSubnet } from "./compile-subnet.ts";
import { silentLog } from "./rig.ts";

/** The scoring thread of a validator with the bench's subnet, started. Needs a build. */
export async function openBenchScorer(): Promise<ScoreThread> {
  const root = cloneRoot();
  const folder = mkdtempSync(path.join(root, ".subnetkit", "tmp", "bench-scorer-"));
  const workerUrl = pathToFileURL(path.join(root, "dist", "score-worker.js"));
  const definition = compileBenchSubnet(folder);
  const scorer = createScoreThread({ definition, workerUrl, callMs: 10_000 }, { log: silentLog });
  await scorer.start();
  return {
    ...scorer,
    async close() {
      await scorer.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
