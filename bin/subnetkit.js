#!/usr/bin/env node
// The `subnetkit` command of a clone: the bundle when it is there, a word on how to make it when it is not.
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";

const bundle = new URL("../dist/cli.js", import.meta.url);
if (existsSync(fileURLToPath(bundle))) {
  await import(bundle.href);
} else {
  process.stderr.write(
    "error E_NOT_BUILT  subnetkit is not built yet\n" +
      "  cause   dist/cli.js is not there\n" +
      "  remedy  npm start          sets everything up and runs the local subnet\n" +
      "          npm run build      only builds\n" +
      "  more    docs/reference/errors.md#e_not_built\n",
  );
  process.exitCode = 3;
}
