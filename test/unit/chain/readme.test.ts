import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { adminNotBuilt } from "../../../chain/src/node/runtime/admin-utils/settings.ts";
import { notBuilt } from "../../../chain/src/node/runtime/subtensor/not-built.ts";

const readme = readFileSync(new URL("../../../chain/README.md", import.meta.url), "utf8");

/** Entries of one marked list. */
function listed(pallet: string): string[] {
  const [, after = ""] = readme.split(`<!-- not-built:${pallet} -->`);
  const [list = ""] = after.split("<!-- end -->");
  return [...list.matchAll(/^- `(\w+)`$/gm)].map(([, name]) => name as string);
}

describe("chain/README.md", () => {
  it("lists exactly the calls of SubtensorModule that are not built", () => {
    expect(listed("SubtensorModule")).toEqual([...notBuilt].sort());
  });

  it("lists exactly the calls of AdminUtils that are not built", () => {
    expect(listed("AdminUtils")).toEqual([...adminNotBuilt].sort());
  });
});
