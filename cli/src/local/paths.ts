import path from "node:path";

/** Where a local network keeps what it writes. Everything is inside one folder, `.subnetkit` of the clone unless `--state-dir` says else. */
export type LocalPaths = {
  readonly root: string;
  readonly dist: string;
  readonly base: string;
  readonly state: string;
  readonly chain: string;
  readonly redis: string;
  readonly keys: string;
  readonly logs: string;
  readonly run: string;
  readonly config: string;
  readonly build: string;
  readonly cache: string;
  readonly temp: string;
  /** Which process runs the network, and its children. */
  readonly runFile: string;
  /** What the kept state belongs to. */
  readonly networkFile: string;
};

/** The folders of a clone at `root`, with the state below `base`. The download cache stays in the clone, whatever `base` is. */
export function localPaths(root: string, base: string = path.join(root, ".subnetkit")): LocalPaths {
  const inside = (...parts: string[]): string => path.join(base, ...parts);
  return {
    root,
    dist: path.join(root, "dist"),
    base,
    state: inside("state"),
    chain: inside("state", "chain"),
    redis: inside("state", "redis"),
    keys: inside("keys"),
    logs: inside("logs"),
    run: inside("run"),
    config: inside("run", "config"),
    build: path.join(root, ".subnetkit", "build"),
    cache: path.join(root, ".subnetkit", "cache"),
    temp: inside("tmp"),
    runFile: inside("run", "network.json"),
    networkFile: inside("state", "network.json"),
  };
}

/** A path as a person in the clone would type it. */
export function shortPath(paths: LocalPaths, file: string): string {
  const relative = path.relative(paths.root, file);
  return relative.startsWith("..") ? file : relative;
}
