import { readFileSync } from "node:fs";
import path from "node:path";

/** The version of the clone at `root`, from its package.json. */
export function packageVersion(root: string): string {
  const manifest: unknown = JSON.parse(readFileSync(path.join(root, "package.json"), "utf8"));
  return typeof manifest === "object" && manifest !== null && "version" in manifest
    ? String(manifest.version)
    : "0.0.0";
}
