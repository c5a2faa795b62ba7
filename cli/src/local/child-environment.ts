import type { LocalPaths } from "./paths.ts";

/** npm's variables, and those that would make a child believe it is the bootstrap. */
const DROPPED = [/^npm_/, /^SUBNETKIT_SETUP$/, /^INIT_CWD$/];

/** What the processes of the network inherit: the caller's environment without npm's noise, with temporary files inside the state folder. */
export function childEnvironment(paths: LocalPaths, env: NodeJS.ProcessEnv = process.env): NodeJS.ProcessEnv {
  const kept = Object.entries(env).filter(([name]) => !DROPPED.some((pattern) => pattern.test(name)));
  // Fewer allocator arenas: ten processes of many threads would otherwise keep some 10 MB each that nobody uses.
  return { MALLOC_ARENA_MAX: "2", ...Object.fromEntries(kept), TMPDIR: paths.temp };
}
