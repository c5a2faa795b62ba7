// Everything set-up writes lies in the clone: packages in node_modules, bundles in dist, the rest under .subnetkit.
import path from "node:path";

export const root = path.resolve(import.meta.dirname, "..", "..");
export const state = path.join(root, ".subnetkit");
export const logs = path.join(state, "logs");
export const cache = path.join(state, "cache");
export const run = path.join(state, "run");
export const temp = path.join(state, "tmp");
