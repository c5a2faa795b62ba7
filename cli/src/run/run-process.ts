import { existsSync } from "node:fs";
import { homedir } from "node:os";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { loadConfig } from "@subnetkit/shared/config/define";
import { configHelp } from "@subnetkit/shared/config/help";
import { giveSecretSetting, requestJsonLog } from "@subnetkit/shared/config/process-env";
import { appError } from "@subnetkit/shared/errors/app-error";
import { chainEndpoint } from "../chain/endpoint.ts";
import { localPaths } from "../local/paths.ts";
import { cloneRoot } from "../system/clone-root.ts";
import type { ProcessKind } from "./network.ts";
import { inOptions, processArgv, type RunFlags } from "./process-argv.ts";

/**
 * Runs a miner or validator in this process. Everything that can be wrong with the command line is found before, and said as the command line's
 * errors are; from then on the process speaks: in lines for people at a terminal, in JSON lines elsewhere.
 */
export async function runProcessHere(kind: ProcessKind, flags: RunFlags, rest: readonly string[]): Promise<void> {
  const root = cloneRoot();
  const bundle = path.join(root, "dist", `${kind}.js`);
  if (!existsSync(bundle)) throw appError("E_NOT_BUILT", { file: `${kind}.js` });
  const argv = await processArgv(kind, flags, rest, {
    home: homedir(),
    localEndpoint: () => chainEndpoint(undefined),
    compile: async (nameOrPath) => {
      const { compileSubnet, findSubnet } = await import("../local/network/subnet-file.ts");
      const source = findSubnet(nameOrPath, { root, cwd: process.cwd() });
      return compileSubnet(source, { root, buildDir: localPaths(root).build });
    },
  });
  if (flags.redis !== undefined) giveSecretSetting("SUBNETKIT_VALIDATOR_REDIS_URL", withoutPassword(flags.redis));
  await checkConfig(kind, argv);
  if (flags.json === true) requestJsonLog();
  process.argv = [process.execPath, bundle, ...argv];
  await import(pathToFileURL(bundle).href);
}

/** The settings of a process, for `--help`. */
export async function settingsHelp(kind: ProcessKind): Promise<string> {
  if (kind === "miner") return configHelp((await import("@subnetkit/miner/config")).minerConfig);
  return configHelp((await import("@subnetkit/validator/config")).validatorConfig);
}

async function checkConfig(kind: ProcessKind, argv: readonly string[]): Promise<void> {
  try {
    if (kind === "miner") loadConfig((await import("@subnetkit/miner/config")).minerConfig, { argv });
    else loadConfig((await import("@subnetkit/validator/config")).validatorConfig, { argv });
  } catch (error) {
    throw inOptions(error);
  }
}

/** A Redis URL may come by the command line as long as it holds no secret, for every user of the machine can read that. */
function withoutPassword(url: string): string {
  if (/^rediss?(?:\+\w+)?:\/\/(?:[^/]*@|.*[?&]sentinelPassword=)/i.test(url))
    throw appError("E_SECRET_FLAG", { flag: "--redis", env: "SUBNETKIT_VALIDATOR_REDIS_URL" });
  return url;
}
