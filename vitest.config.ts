import { defineConfig } from "vitest/config";

/** Two projects: `unit` is fast and parallel; `e2e` starts real processes, one file at a time, from the built `dist/`. */
export default defineConfig({
  test: {
    coverage: {
      provider: "v8",
      include: ["{shared,chain,subnets,miner,validator,cli}/src/**/*.ts"],
      reporter: ["text-summary", "html"],
    },
    projects: [
      {
        test: {
          name: "unit",
          // The maker of onnxruntime collects usage data unless told otherwise, and leaves files in /tmp.
          env: { ORT_DISABLE_TELEMETRY: "1" },
          include: ["test/{unit,contract,guards}/**/*.test.ts"],
          testTimeout: 30_000,
          hookTimeout: 30_000,
        },
      },
      {
        test: {
          name: "e2e",
          include: ["test/e2e/**/*.test.ts"],
          fileParallelism: false,
          testTimeout: 120_000,
          hookTimeout: 120_000,
        },
      },
    ],
  },
});
