import { mkdirSync, rmSync } from "node:fs";
import path from "node:path";
import { build } from "esbuild";

const root = path.join(import.meta.dirname, "../..");

/** Bundles a TypeScript entry so that plain `node` can run it as a process of its own, until this one ends. npm packages stay outside, the workspaces go in. */
export async function bundleForNode(entry: string): Promise<string> {
  const folder = path.join(root, ".subnetkit", "tmp");
  mkdirSync(folder, { recursive: true });
  const outfile = path.join(folder, `${path.basename(entry, ".ts")}-${process.pid}.mjs`);
  await build({
    entryPoints: [entry],
    outfile,
    bundle: true,
    platform: "node",
    format: "esm",
    target: "node20",
    logLevel: "silent",
    plugins: [
      {
        name: "npm packages stay outside",
        setup(setup) {
          setup.onResolve({ filter: /^[^./]/ }, ({ path: name, kind }) =>
            kind === "entry-point" || name.startsWith("@subnetkit/") || path.isAbsolute(name)
              ? undefined
              : { path: name, external: true },
          );
        },
      },
    ],
  });
  process.once("exit", () => rmSync(outfile, { force: true }));
  return outfile;
}
