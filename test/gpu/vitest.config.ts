import { defineConfig } from "vitest/config";

/** Models on WebGPU, and a whole miner with them: half a minute where a Vulkan device is there, be it in software; says why not elsewhere. */
export default defineConfig({
  test: {
    name: "gpu",
    include: ["test/gpu/**/*.test.ts"],
    fileParallelism: false,
    testTimeout: 120_000,
    hookTimeout: 120_000,
  },
});
