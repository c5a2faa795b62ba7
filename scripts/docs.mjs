// Writes the references that are made from code: `npm run docs`. A test compares each with its source both ways.
import { mkdirSync, rmSync } from "node:fs";
import path from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { build } from "esbuild";
import { workspaceResolver } from "./lib/workspace-resolver.mjs";

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), "..");
const outfile = path.join(root, ".subnetkit/build/generate-docs.mjs");
mkdirSync(path.dirname(outfile), { recursive: true });
await build({
  stdin: {
    contents: `
      import { writeFileSync } from "node:fs";
      import { references } from "@subnetkit/cli/reference/references";
      for (const [file, text] of Object.entries(references())) {
        writeFileSync("docs/reference/" + file, text);
        process.stderr.write("wrote docs/reference/" + file + "\\n");
      }
    `,
    resolveDir: root,
    loader: "ts",
  },
  outfile,
  bundle: true,
  platform: "node",
  format: "esm",
  target: "node20",
  packages: "external",
  plugins: [workspaceResolver(root)],
  absWorkingDir: root,
});
process.chdir(root);
await import(pathToFileURL(outfile).href);
rmSync(outfile);
