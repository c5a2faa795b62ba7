import { defineConfig } from "vitest/config";

/**
 * Three projects. `unit`: files share a process, because loading the libraries anew for each of them takes longer than the tests. `isolated`: files
 * that replace modules, each in a process of its own. `e2e`: real processes from the built `dist/`, one file at a time.
 */
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
          exclude: ["**/*.isolated.test.ts"],
          isolate: false,
          // Vitest leaves one core of two idle.
          maxWorkers: 2,
          testTimeout: 30_000,
          hookTimeout: 30_000,
        },
      },
      {
        test: {
          name: "isolated",
          include: ["test/unit/**/*.isolated.test.ts"],
          maxWorkers: 2,
          testTimeout: 30_000,
        },
      },
      {
        test: {
          name: "e2e",
          include: ["test/e2e/**/*.test.ts"],
          // After the others: whole networks want the machine for themselves.
          sequence: { groupOrder: 1 },
          fileParallelism: false,
          testTimeout: 120_000,
          hookTimeout: 120_000,
        },
      },
    ],
  },
});
