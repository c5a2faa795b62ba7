// How esbuild finds `@subnetkit/<workspace>/<path>`: straight to the source file, as the workspace's own `exports` says.

import { readFileSync } from "node:fs";
import path from "node:path";

/** The plugin for a clone at `root`. */
export function workspaceResolver(root) {
  return {
    name: "workspaces",
    setup(build) {
      build.onResolve({ filter: /^@subnetkit\// }, ({ path: specifier }) => {
        const [, workspace = "", ...rest] = specifier.split("/");
        const folder = path.join(root, workspace);
        const { exports } = JSON.parse(readFileSync(path.join(folder, "package.json"), "utf8"));
        const target = exports[`./${rest.join("/")}`] ?? exports["./*"].replace("*", rest.join("/"));
        return { path: path.join(folder, target) };
      });
    },
  };
}
