import { existsSync } from "node:fs";
import { localPaths } from "../local/paths.ts";
import { cloneRoot } from "../system/clone-root.ts";

/** Where a development chain listens unless told otherwise. */
export const DEFAULT_ENDPOINT = "ws://127.0.0.1:9944";

/** The endpoint a verb talks to: the one given, else the chain of the network that runs in this clone, else {@link DEFAULT_ENDPOINT}. */
export async function chainEndpoint(
  given: string | undefined,
  runFile = localPaths(cloneRoot()).runFile,
): Promise<string> {
  if (given !== undefined) return given;
  if (!existsSync(runFile)) return DEFAULT_ENDPOINT;
  const { runningNetwork } = await import("../local/supervisor/run-file.ts");
  const running = runningNetwork(runFile);
  return running === undefined
    ? DEFAULT_ENDPOINT
    : (running.urls["chain"] ?? `ws://127.0.0.1:${running.portBase + 44}`);
}
