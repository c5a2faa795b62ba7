import { defineConfig } from "vitest/config";

/** Real sentinels and a real cluster, with servers that are killed: a minute, and on their own. */
export default defineConfig({
  test: {
    name: "redis",
    include: ["test/redis/**/*.test.ts"],
    fileParallelism: false,
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
});
