import { readFileSync } from "node:fs";
import { devFunctions } from "@subnetkit/chain/client/dev/dev-functions";
import { startDevChain } from "@subnetkit/chain/node/start-dev-chain";
import { verbTable } from "@subnetkit/cli/chain/verb-table";
import { chainVerbs } from "@subnetkit/cli/chain/verbs";
import { chainCommand } from "@subnetkit/cli/commands/chain";
import { beforeAll, describe, expect, it } from "vitest";

let served: string[];

beforeAll(async () => {
  const chain = await startDevChain({ mode: "manual" });
  const { methods } = (await chain.rpc("rpc_methods")) as { methods: string[] };
  await chain.close();
  served = methods.filter((name) => name.startsWith("dev_")).sort();
});

describe("the dev_* methods of a chain", () => {
  it("have a typed client function each, and no function is without a method", () => {
    expect(Object.keys(devFunctions).sort()).toEqual(served);
  });

  it("are reached by a verb each, and no verb names another method", () => {
    const used = new Set(chainVerbs.flatMap(({ methods }) => methods));
    expect([...used].sort()).toEqual(served);
  });
});

describe("the help of subnetkit chain", () => {
  it("has two examples first for every verb, and its own name in each", () => {
    for (const { name, examples } of chainVerbs) {
      expect(examples).toHaveLength(2);
      for (const example of examples) expect(example.split(" ")[0]).toBe(name);
    }
  });

  it("lists every verb once, under a heading", () => {
    const names = chainCommand().commands.map((command) => command.name());
    expect(names).toEqual(["dev", ...chainVerbs.map(({ name }) => name)]);
    expect(new Set(names).size).toBe(names.length);
  });
});

describe("docs/guides/dev-chain-verbs.md", () => {
  it("holds the table of verbs exactly as the code renders it", () => {
    const page = readFileSync(new URL("../../../../docs/guides/dev-chain-verbs.md", import.meta.url), "utf8");
    const [, after = ""] = page.split("<!-- verbs -->\n");
    const [table] = after.split("<!-- end -->");
    expect(table).toBe(verbTable(chainVerbs));
  });
});
