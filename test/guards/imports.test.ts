import { readdirSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { checkFile, type SourceFile } from "./import-rules.ts";

const root = fileURLToPath(new URL("../../", import.meta.url));
const sourceFolders = [
  "shared/src",
  "chain/src",
  "subnets/src",
  "subnets/examples",
  "miner/src",
  "validator/src",
  "cli/src",
];

function sourceFiles(): SourceFile[] {
  return sourceFolders.flatMap((folder) =>
    list(folder).map((path) => ({ path, text: readFileSync(`${root}${path}`, "utf8") })),
  );
}

function list(folder: string): string[] {
  try {
    const entries = readdirSync(`${root}${folder}`, { recursive: true, encoding: "utf8" });
    return entries.filter((entry) => /\.tsx?$/.test(entry)).map((entry) => `${folder}/${entry}`);
  } catch {
    return [];
  }
}

function rulesBroken(path: string, text: string): string[] {
  return [...new Set(checkFile({ path, text }).map(({ rule }) => rule.slice(0, 1)))];
}

describe("the arrows between workspaces", () => {
  it("are kept by every source file", () => {
    const files = sourceFiles();
    expect(files.length).toBeGreaterThan(30);
    expect(files.flatMap(checkFile)).toEqual([]);
  });
});

describe("the checker of arrows", () => {
  it.each([
    ["1", "shared/src/log/x.ts", `import { a } from "@subnetkit/chain/spec/scale";`],
    ["1", "shared/src/log/x.ts", `export * from "../../../miner/src/main.ts";`],
    ["1", "shared/src/errors/x.ts", `import { a } from "../util/bytes.ts";`],
    ["1", "shared/src/util/x.ts", `import { a } from "@subnetkit/shared/log/logger";`],
    ["2", "subnets/src/digits/index.ts", `import { a } from "@subnetkit/shared/crypto/keypair";`],
    ["2", "subnets/src/digits/solve.ts", `import { a } from "../../../chain/src/client/connect.ts";`],
    ["3", "chain/src/client/x.ts", `const a = await import("../node/main.ts");`],
    ["3", "chain/src/node/x.ts", `import type { A } from "../client/connect.ts";`],
    ["3", "chain/src/spec/x.ts", `type A = import("../node/state.ts").State;`],
    ["4", "chain/src/node/x.ts", `import { a } from "@subnetkit/subnets/digits";`],
    ["4", "miner/src/x.ts", `import { a } from "@subnetkit/chain/node/state";`],
    ["4", "miner/src/x.ts", `import { a } from "@subnetkit/validator/round/plan";`],
    ["4", "validator/src/x.ts", `import { a } from "../../miner/src/announce.ts";`],
    ["5", "validator/src/x.ts", `const a = require("onnxruntime-node");`],
    ["5", "validator/src/x.ts", `import a from "../../subnets/src/digits/solve.ts";`],
    ["6", "shared/src/consensus/x.ts", `import { readFileSync } from "node:fs";`],
    ["6", "shared/src/scoring/x.ts", `import { createLogger } from "../log/logger.ts";`],
    ["6", "shared/src/fixed/x.ts", `export const now = () => Date.now();`],
    ["7", "miner/src/x.ts", `export const key = process.env["KEY"];`],
    ["7", "miner/src/x.ts", `const { env } = process;`],
    ["7", "miner/src/x.ts", `export const log = createLogger({ name: "x" });`],
    ["7", "miner/src/x.ts", `export function f() { return createLifecycle({}); }`],
    ["7", "miner/src/x.ts", `export function f() { runProcess({}); }`],
  ])("sees a violation of rule %s planted in %s: %s", (rule, path, text) => {
    expect(rulesBroken(path, text)).toEqual([rule]);
  });

  it.each([
    [
      "subnets/src/digits/index.ts",
      `import { defineSubnet } from "@subnetkit/shared/subnet"; import { z } from "zod";`,
    ],
    ["chain/src/node/x.ts", `import { u8 } from "../spec/scale.ts"; import { createServer } from "node:http";`],
    ["shared/src/config/x.ts", `export const a = process.env["A"];`],
    ["cli/src/local/x.ts", `export const a = { ...process.env };`],
    ["miner/src/main.ts", `const lifecycle = createLifecycle({}); const log = createLogger({});`],
    ["shared/src/lifecycle/x.ts", `export function f() { return createLifecycle({}); }`],
    ["miner/src/x.ts", `export function open() { return setTimeout(() => 1, 2); } // process.env in a comment`],
    [
      "shared/src/consensus/x.ts",
      `import { assertNever } from "../util/assertNever.ts"; export const text = "Date.now";`,
    ],
    ["validator/src/x.ts", `import a from "@subnetkit/subnets/digits";`],
  ])("accepts %s with %s", (path, text) => {
    expect(rulesBroken(path, text)).toEqual([]);
  });
});
