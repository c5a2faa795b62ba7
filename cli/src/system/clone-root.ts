import { readFileSync } from "node:fs";
import path from "node:path";

/**
 * The folder of the clone: the nearest one above this file whose package.json is the project's root. Works from the sources and from a
 * bundle in dist/ alike.
 */
export function cloneRoot(from: string = import.meta.dirname): string {
  for (let folder = from; ; folder = path.dirname(folder)) {
    if (isProjectRoot(folder)) return folder;
    if (folder === path.dirname(folder)) return process.cwd();
  }
}

function isProjectRoot(folder: string): boolean {
  try {
    const manifest: unknown = JSON.parse(readFileSync(path.join(folder, "package.json"), "utf8"));
    return typeof manifest === "object" && manifest !== null && "workspaces" in manifest && "bin" in manifest;
  } catch {
    return false;
  }
}
