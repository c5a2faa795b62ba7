import { readdirSync } from "node:fs";

/** Execution providers of onnxruntime that a miner may use, best first. */
export const onnxProviders = ["cuda", "webgpu", "cpu"] as const;

/** One of {@link onnxProviders}. */
export type OnnxProvider = (typeof onnxProviders)[number];

/** Names under /dev by which Linux shows a graphics device: NVIDIA's driver, the kernel's own, WSL's. */
const devices = /^(nvidia\d+|dri|dxg)$/;

/**
 * The providers worth trying, in order. On Linux those of a GPU are left out when no device is there: asking for them in vain costs 0.1 s per model and
 * writes past our log. Elsewhere, and where a device is there, the library decides.
 */
export function usableProviders(
  wanted: readonly OnnxProvider[] = onnxProviders,
  hasGpu: () => boolean = gpuPresent,
): readonly OnnxProvider[] {
  return wanted.some((name) => name !== "cpu") && !hasGpu() ? wanted.filter((name) => name === "cpu") : wanted;
}

function gpuPresent(): boolean {
  if (process.platform !== "linux") return true;
  try {
    return readdirSync("/dev").some((name) => devices.test(name));
  } catch {
    return true;
  }
}
