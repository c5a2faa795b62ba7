import { readdirSync } from "node:fs";
import { namesVulkanDriver } from "@subnetkit/shared/config/process-env";

/** Execution providers of onnxruntime that a miner may use, best first. */
export const onnxProviders = ["cuda", "webgpu", "cpu"] as const;

/** One of {@link onnxProviders}. */
export type OnnxProvider = (typeof onnxProviders)[number];

/** Where Linux shows a device that computes: NVIDIA's driver, WSL's, the kernel's own (a mere display has no render node). */
const devices = [
  { folder: "/dev", names: /^(nvidia\d+|dxg)$/ },
  { folder: "/dev/dri", names: /^renderD\d+$/ },
];

/**
 * The providers worth trying, in order, each once. On Linux those of a GPU are left out when no device is there: asking for them in vain costs 0.1 s per model and
 * writes past our log. Elsewhere, where a device is there, and where the environment names a Vulkan driver, the library decides. A list without cpu is
 * tried as it is: who writes it wants no other.
 */
export function usableProviders(
  wanted: readonly OnnxProvider[] = onnxProviders,
  hasGpu: () => boolean = gpuPresent,
): readonly OnnxProvider[] {
  const mayFallBack = wanted.includes("cpu") && wanted.some((name) => name !== "cpu");
  return mayFallBack && !hasGpu() ? ["cpu"] : [...new Set(wanted)];
}

function gpuPresent(): boolean {
  if (process.platform !== "linux" || namesVulkanDriver()) return true;
  return devices.some(({ folder, names }) => {
    try {
      return readdirSync(folder).some((name) => names.test(name));
    } catch {
      return false;
    }
  });
}
