import { accessSync, constants } from "node:fs";
import path from "node:path";
import { appError } from "@subnetkit/shared/errors/app-error";
import { privateCopy } from "./private-copy.ts";
import { runTool } from "./run-tool.ts";

/** Where a Redis comes from. `url`: somebody runs it already. */
export type RedisSource = "url" | "path" | "private" | "docker";

/** A Redis server that can be started: `command` with `args` before the server's own options. With source `url` there is nothing to start. */
export type RedisServer = {
  readonly source: RedisSource;
  readonly command: string;
  readonly args: readonly string[];
  readonly env: NodeJS.ProcessEnv;
  readonly version: string;
  /** True when it was fetched just now. */
  readonly fresh: boolean;
  /** Only with source `url`. */
  readonly url?: string;
};

export type ProvisionOptions = {
  /** Folder for the private copy, inside the clone. */
  readonly cacheDir: string;
  /** Told what is going on, a few words at a time. */
  readonly log: (text: string) => void;
  /** Environment to read REDIS_URL and PATH from; the process's own by default. */
  readonly env?: NodeJS.ProcessEnv;
};

const DOCKER_IMAGE = "redis:7-alpine";
const NAMES = ["redis-server", "valkey-server"];

/**
 * Finds a Redis, in this order: REDIS_URL; `redis-server` or `valkey-server` on PATH; a private copy unpacked from the distribution's
 * packages; docker. Throws E_REDIS_MISSING with install lines when all four fail.
 */
export async function provisionRedis({ cacheDir, log, env = process.env }: ProvisionOptions): Promise<RedisServer> {
  const url = env["REDIS_URL"];
  if (url !== undefined && url !== "")
    return { source: "url", command: "", args: [], env: {}, version: "", fresh: false, url };
  const tried: string[] = [];
  for (const command of onPath(env["PATH"] ?? "")) {
    const version = await versionOf(command, {});
    if (version !== undefined) return { source: "path", command, args: [], env: {}, version, fresh: false };
    tried.push(`${command} does not run`);
  }
  if (tried.length === 0) tried.push(`${NAMES.join(" and ")} are not on PATH`);
  const copy = await privateCopy(cacheDir, log);
  if (copy.kind === "copy") {
    const version = await versionOf(copy.command, copy.env);
    if (version !== undefined)
      return { source: "private", command: copy.command, args: [], env: copy.env, version, fresh: copy.fresh };
    tried.push("the private copy does not run on this system");
  } else {
    tried.push(`private copy: ${copy.reason}`);
  }
  const docker = await dockerServer(log);
  if (docker !== undefined) return docker;
  tried.push("docker: no engine that answers");
  throw appError("E_REDIS_MISSING", {
    causeText: tried.join("\n"),
    remedies: [
      "Debian, Ubuntu:   sudo apt-get install redis-server",
      "macOS:            brew install redis",
      "Windows:          wsl --install, then the Debian line inside it",
      "elsewhere:        REDIS_URL=redis://host:6379 npm start",
    ],
  });
}

function onPath(searchPath: string): string[] {
  return NAMES.flatMap((name) =>
    searchPath
      .split(path.delimiter)
      .filter((folder) => folder !== "")
      .map((folder) => path.join(folder, name)),
  ).filter(isExecutable);
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

async function versionOf(command: string, env: NodeJS.ProcessEnv): Promise<string | undefined> {
  const { code, stdout } = await runTool(command, ["--version"], { timeoutMs: 5000, env: { ...process.env, ...env } });
  return code === 0 ? (/v=(\S+)/.exec(stdout)?.[1] ?? "unknown version") : undefined;
}

async function dockerServer(log: (text: string) => void): Promise<RedisServer | undefined> {
  const info = await runTool("docker", ["info", "--format", "{{.ServerVersion}}"], { timeoutMs: 5000 });
  if (info.code !== 0) return undefined;
  const present = await runTool("docker", ["image", "inspect", DOCKER_IMAGE], { timeoutMs: 5000 });
  if (present.code !== 0) {
    log(`docker pull ${DOCKER_IMAGE}`);
    if ((await runTool("docker", ["pull", "--quiet", DOCKER_IMAGE], { timeoutMs: 180_000 })).code !== 0)
      return undefined;
  }
  // Host network: the server binds 127.0.0.1 itself, exactly as a native one does.
  const args = ["run", "--rm", "--init", "--network", "host", DOCKER_IMAGE, "redis-server"];
  return { source: "docker", command: "docker", args, env: {}, version: DOCKER_IMAGE, fresh: present.code !== 0 };
}
