import { appError } from "@subnetkit/shared/errors/app-error";
import { bundleSubnet, findSubnet } from "../local/network/subnet-file.ts";
import { localPaths } from "../local/paths.ts";
import { cloneRoot } from "../system/clone-root.ts";
import { runTrial, trialWorkerUrl } from "./run-trial.ts";
import type { TrialResult } from "./trial-messages.ts";

const MAX_CHALLENGES = 1_000;

/** Compiles a subnet's file and checks it: the printed answer, as text or as JSON. Throws the code of what is wrong with it. */
export async function checkSubnetFile(
  subnet: string,
  flags: { readonly challenges?: string; readonly json?: boolean },
): Promise<string> {
  const root = cloneRoot();
  const challenges = Number(flags.challenges ?? 20);
  if (!Number.isInteger(challenges) || challenges < 1 || challenges > MAX_CHALLENGES)
    throw appError("E_USAGE", { problem: `--challenges takes a whole number from 1 to ${MAX_CHALLENGES}` });
  const { build, dist } = localPaths(root);
  const source = findSubnet(subnet, { root, cwd: process.cwd() });
  const files = await bundleSubnet(source, { root, buildDir: build });
  const result = await runTrial({ source, files, root, challenges }, { workerUrl: trialWorkerUrl(dist) });
  return flags.json === true ? `${JSON.stringify({ v: 1, ...result })}\n` : text(result);
}

function text({ name, version, variants }: TrialResult): string {
  const width = Math.max(7, ...variants.map(({ variant }) => variant.length));
  const taskWidth = Math.max(4, ...variants.map(({ task }) => task.length));
  const lines = variants.map(({ variant, task, score, problem }) =>
    `${variant.padEnd(width)}  ${task.padEnd(taskWidth)}  ${score === null ? "    -" : score.toFixed(3)}  ${problem}`.trimEnd(),
  );
  const head = `${"VARIANT".padEnd(width)}  ${"TASK".padEnd(taskWidth)}  SCORE`;
  return [`${name}, version ${version}: holds`, "", head, ...lines, ""].join("\n");
}
