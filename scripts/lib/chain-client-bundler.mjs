// The polkadot.js client is some 700 small modules: loading them takes every process 0.6 s of CPU and 15 MB more than one bundled file does.
// So it, and what it imports, is bundled; all other npm packages stay outside.

import { readFileSync } from "node:fs";

const insideClient = /[\\/]node_modules[\\/]@polkadot[\\/]/;
/** A map without a single mapping: the client's code takes no room in the source maps, which Node reads at start. */
const emptyMap = Buffer.from(JSON.stringify({ version: 3, sources: [""], mappings: "A" })).toString("base64");

/** The esbuild plugin that decides which packages are bundled. */
export function chainClientBundler() {
  return {
    name: "chain client",
    setup(build) {
      build.onResolve({ filter: /^[^./]/ }, ({ path: specifier, importer, kind }) => {
        if (kind === "entry-point" || specifier.startsWith("node:") || specifier.startsWith("@subnetkit/"))
          return undefined;
        const bundled = specifier.startsWith("@polkadot/") || importer.includes("node_modules");
        return bundled ? undefined : { path: specifier, external: true };
      });
      build.onLoad({ filter: insideClient }, ({ path: file }) => {
        if (!/\.[cm]?js$/.test(file)) return undefined;
        return {
          contents: `${readFileSync(file, "utf8")}\n//# sourceMappingURL=data:application/json;base64,${emptyMap}`,
          loader: "js",
        };
      });
    },
  };
}
