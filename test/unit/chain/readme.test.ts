import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { runtimePallets } from "../../../chain/src/node/runtime/index.ts";
import { notBuilt } from "../../../chain/src/node/runtime/not-built.ts";
import { startDevChain } from "../../../chain/src/node/start-dev-chain.ts";
import { palletSpecs } from "../../../chain/src/spec/pallets.ts";

const readme = readFileSync(new URL("../../../chain/README.md", import.meta.url), "utf8");

/** Entries of the marked list. */
function listed(): string[] {
  const [, after = ""] = readme.split("<!-- not-built -->");
  const [list = ""] = after.split("<!-- end -->");
  return [...list.matchAll(/^- `(\w+\.\w+)`/gm)].map(([, name]) => name as string);
}

describe("chain/README.md", () => {
  it("names exactly the development verbs that are served", async () => {
    const row = readme.split("\n").find((line) => line.startsWith("| Development verbs `dev_*`")) ?? "";
    const named = [...(row.split(" | ")[0] ?? "").matchAll(/`(\w+)`/g)].map(([, name]) => `dev_${name}`);
    const chain = await startDevChain({ mode: "manual" });
    const { methods } = (await chain.rpc("rpc_methods")) as { methods: string[] };
    await chain.close();
    expect(named.sort()).toEqual(methods.filter((method) => method.startsWith("dev_")));
  });

  it("lists exactly the calls that are not built", () => {
    expect(listed()).toEqual([...notBuilt]);
    expect([...notBuilt]).toEqual([...notBuilt].sort());
  });

  it("lists every call that no pallet has a function for", () => {
    const missing = palletSpecs.flatMap((spec) => {
      const pallet = runtimePallets.find((one) => one.spec.name === spec.name);
      return Object.keys(spec.calls)
        .filter((name) => pallet?.calls[name] === undefined)
        .map((name) => `${spec.name}.${name}`);
    });
    expect(missing.filter((call) => !notBuilt.includes(call))).toEqual([]);
  });
});
