import { existsSync, mkdirSync, readdirSync, renameSync, rmSync } from "node:fs";
import path from "node:path";
import { runTool } from "./run-tool.ts";

/** A server binary that needs a library path, or why there is none. */
export type PrivateCopy =
  | { readonly kind: "copy"; readonly command: string; readonly env: NodeJS.ProcessEnv; readonly fresh: boolean }
  | { readonly kind: "none"; readonly reason: string };

const APT_DEADLINE_MS = 60_000;

/**
 * A Redis server unpacked from the distribution's own packages into `folder`: nothing is installed, no root is needed and nothing outside
 * the folder is written (apt gets list and cache folders of its own). Kept for the next run.
 */
export async function privateCopy(folder: string, log: (text: string) => void): Promise<PrivateCopy> {
  const unpacked = path.join(folder, "unpacked");
  const kept = serverIn(unpacked);
  if (kept !== undefined) return { kind: "copy", ...kept, fresh: false };
  if (process.platform !== "linux") return { kind: "none", reason: "not a Linux" };
  for (const tool of ["apt-get", "dpkg-deb"]) {
    if ((await runTool(tool, ["--version"], { timeoutMs: 5000 })).code !== 0)
      return { kind: "none", reason: `no ${tool} here` };
  }
  rmSync(folder, { recursive: true, force: true });
  const debs = path.join(folder, "debs");
  for (const sub of ["lists/partial", "cache/archives/partial", "debs"])
    mkdirSync(path.join(folder, sub), { recursive: true });
  const downloaded = await download(folder, debs, log);
  if (downloaded !== undefined) return { kind: "none", reason: downloaded };
  const staging = path.join(folder, "staging");
  for (const file of readdirSync(debs).filter((name) => name.endsWith(".deb"))) {
    log(`unpacking ${file.split("_")[0]}`);
    const { code, stderr } = await runTool("dpkg-deb", ["-x", path.join(debs, file), staging], {
      timeoutMs: APT_DEADLINE_MS,
    });
    if (code !== 0) return { kind: "none", reason: `dpkg-deb: ${firstLine(stderr)}` };
  }
  renameSync(staging, unpacked);
  for (const sub of ["lists", "cache", "debs"]) rmSync(path.join(folder, sub), { recursive: true, force: true });
  const server = serverIn(unpacked);
  return server === undefined
    ? { kind: "none", reason: "the packages hold no redis-server" }
    : { kind: "copy", ...server, fresh: true };
}

/** Downloads redis-server and those of its dependencies that this system lacks. Returns what went wrong, if anything did. */
async function download(folder: string, debs: string, log: (text: string) => void): Promise<string | undefined> {
  // The system's lists are read first (nothing is fetched); a bare machine has none, or old ones: then lists of our own are updated.
  const shared = [
    "-o",
    `Dir::Cache=${path.join(folder, "cache")}`,
    "-o",
    "Debug::NoLocking=1",
    "-o",
    "APT::Sandbox::User=root",
  ];
  const own = [...shared, "-o", `Dir::State::Lists=${path.join(folder, "lists")}`];
  let problem = "";
  for (const options of [shared, own]) {
    if (options === own) {
      log("reading the package lists");
      const update = await runTool("apt-get", [...own, "-qq", "update"], { timeoutMs: APT_DEADLINE_MS });
      if (update.code !== 0) return `apt-get update: ${firstLine(update.stderr)}`;
    }
    const packages = await neededPackages(options);
    if (packages.length === 0) {
      problem = "apt knows no redis-server";
      continue;
    }
    log(`fetching ${packages.join(", ")}`);
    const fetched = await runTool("apt-get", [...options, "-qq", "download", ...packages], {
      timeoutMs: APT_DEADLINE_MS,
      cwd: debs,
    });
    if (fetched.code === 0) return undefined;
    problem = `apt-get download: ${firstLine(fetched.stderr)}`;
  }
  return problem;
}

/** What `apt-get install redis-server` would fetch, read from its plan; nothing is installed. */
async function neededPackages(options: readonly string[]): Promise<string[]> {
  const args = [
    ...options,
    "-o",
    "APT::Install-Recommends=false",
    "--print-uris",
    "-y",
    "-qq",
    "install",
    "redis-server",
  ];
  const { code, stdout } = await runTool("apt-get", args, { timeoutMs: APT_DEADLINE_MS });
  if (code !== 0) return [];
  return stdout.split("\n").flatMap((line) => {
    const file = /^'[^']+' (\S+)_[^_]+_[^_]+\.deb /.exec(line)?.[1];
    return file === undefined ? [] : [file];
  });
}

/** The server in an unpacked tree. Its name must stay `redis-server`: it is a link to redis-check-rdb, which looks at its own name. */
function serverIn(tree: string): { command: string; env: NodeJS.ProcessEnv } | undefined {
  const command = path.join(tree, "usr", "bin", "redis-server");
  if (!existsSync(command)) return undefined;
  const folders = [path.join(tree, "usr", "lib"), path.join(tree, "lib")].flatMap((lib) => [
    lib,
    ...multiarchFolders(lib),
  ]);
  const inherited = process.env["LD_LIBRARY_PATH"];
  return {
    command,
    env: { LD_LIBRARY_PATH: [...folders.filter((f) => existsSync(f)), ...(inherited ? [inherited] : [])].join(":") },
  };
}

function multiarchFolders(lib: string): string[] {
  if (!existsSync(lib)) return [];
  return readdirSync(lib)
    .filter((name) => name.includes("-linux-"))
    .map((name) => path.join(lib, name));
}

function firstLine(text: string): string {
  return (text.split("\n").find((line) => /^E:|^W:|rror/.test(line)) ?? text.split("\n")[0] ?? "").trim().slice(0, 200);
}
