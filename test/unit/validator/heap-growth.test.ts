import { execFile } from "node:child_process";
import { rmSync } from "node:fs";
import path from "node:path";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { z } from "zod";
import { bundleForNode } from "../../support/bundle.ts";

test("garbage that outlives the young generation takes no more than about as much as what is kept", async () => {
  const script = await bundleForNode(path.join(import.meta.dirname, "support", "churn.ts"));
  try {
    const { stdout } = await promisify(execFile)(process.execPath, ["--max-semi-space-size=1", script]);
    // V8 left alone: above 4.
    expect(z.object({ times: z.number() }).parse(JSON.parse(stdout)).times).toBeLessThan(2.6);
  } finally {
    rmSync(script);
  }
});
