import { execFileSync } from "node:child_process";
import path from "node:path";
import { cloneRoot } from "../../../cli/src/system/clone-root.ts";

/** Compiles the bench's subnet into a folder, as validators load one. Gives the file. */
export function compileBenchSubnet(folder: string): string {
  const root = cloneRoot();
  const definition = path.join(folder, "definition.mjs");
  execFileSync(path.join(root, "node_modules/.bin/esbuild"), [
    path.join(root, "test/bench/validator/subnet.ts"),
    "--bundle",
    "--platform=node",
    "--format=esm",
    "--external:zod",
    "--external:pino",
    `--outfile=${definition}`,
    "--log-level=error",
  ]);
  return definition;
}
