// Writes the references that are made from code: `npm run docs`. A test compares each with its source both ways.
import { mkdirSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { build } from "esbuild";

const root = join(dirname(fileURLToPath(import.meta.url)), "..");
const outfile = join(root, ".subnetkit/build/generate-docs.mjs");
mkdirSync(dirname(outfile), { recursive: true });
await build({
  stdin: {
    contents: `
      import { writeFileSync } from "node:fs";
      import { renderErrorsReference } from "@subnetkit/shared/errors/reference";
      writeFileSync("docs/reference/errors.md", renderErrorsReference());
      process.stderr.write("wrote docs/reference/errors.md\\n");
    `,
    resolveDir: root,
    loader: "ts",
  },
  outfile,
  bundle: true,
  platform: "node",
  format: "esm",
  target: "node20",
  external: ["pino", "zod", "prom-client"],
  absWorkingDir: root,
});
process.chdir(root);
await import(pathToFileURL(outfile).href);
rmSync(outfile);
