"use strict";
// What `npm start` and `npm test` run on a bare clone: no package is installed yet, so only Node's own modules are used.
// This file is kept to syntax that a very old Node can read; the rest is loaded once the version is known to be good.

const wanted = [20, 19];
const have = process.versions.node.split(".").map(Number);

function printTooOld() {
  const text = "needs Node >= " + wanted.join(".") + ", this is " + process.versions.node;
  if (process.argv.indexOf("--json") !== -1) {
    const at = new Date().toISOString();
    const error = {
      code: "E_NODE_TOO_OLD",
      message: text,
      cause: "Node " + process.versions.node + " runs this command",
      remedy: "nvm install 20",
      docs: "docs/reference/errors.md#e_node_too_old",
      log: "",
    };
    const failed = { v: 1, seq: 1, at: at, type: "error", error: error };
    const stopped = { v: 1, seq: 2, at: at, type: "run.stopped", exitCode: 3, reason: "E_NODE_TOO_OLD", summary: null };
    process.stdout.write(JSON.stringify(failed) + "\n" + JSON.stringify(stopped) + "\n");
  }
  const lines = [
    "error E_NODE_TOO_OLD  subnetkit " + text,
    "  cause   Node " + process.versions.node + " runs this command (" + process.execPath + ")",
    "  remedy  nvm install 20",
    "          or get the current LTS release from https://nodejs.org",
    "  more    docs/reference/errors.md#e_node_too_old",
  ];
  process.stderr.write(lines.join("\n") + "\n");
}

if (have[0] < wanted[0] || (have[0] === wanted[0] && have[1] < wanted[1])) {
  printTooOld();
  process.exitCode = 3;
} else {
  require("./lib/enter.cjs")(process.argv[2], process.argv.slice(3));
}
