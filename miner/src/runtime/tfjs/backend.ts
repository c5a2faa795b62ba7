import { createRequire } from "node:module";
import path from "node:path";
import { appError, errorMessage } from "@subnetkit/shared/errors/app-error";
import type { OnnxProvider } from "../providers.ts";

/** TensorFlow.js itself. */
export type Tfjs = typeof import("@tensorflow/tfjs-core");

/** Brings its own native library; optional, and usually not installed. */
const gpuPackage = "@tensorflow/tfjs-node-gpu";

/** What may run a TensorFlow.js model, best first. */
export type TfjsBackend = typeof gpuPackage | "wasm";

/** The backends to try, best first: the GPU where cuda comes before cpu and its package is installed where the module `from` finds it. */
export function tfjsBackends(
  providers: readonly OnnxProvider[],
  from: string | URL = import.meta.url,
): readonly TfjsBackend[] {
  if (providers.find((name) => name !== "webgpu") !== "cuda") return ["wasm"];
  try {
    createRequire(from).resolve(gpuPackage);
    return [gpuPackage, "wasm"];
  } catch {
    return ["wasm"];
  }
}

/** Loads TensorFlow.js without a backend. Throws E_MODEL_RUNTIME. */
export async function loadTfjs(): Promise<Tfjs> {
  try {
    const tf = await import("@tensorflow/tfjs-core");
    tf.env().set("PROD", true);
    return tf;
  } catch (error) {
    throw appError("E_MODEL_RUNTIME", { runtime: "tfjs", problem: errorMessage(error) }, { cause: error });
  }
}

/** Makes a backend the one that runs everything from now on. Throws Error in words; a GPU package that would compute on the processor is refused too. */
export async function startBackend(tf: Tfjs, backend: TfjsBackend): Promise<void> {
  if (backend === "wasm") {
    const { setWasmPaths } = await import("@tensorflow/tfjs-backend-wasm");
    const resolved = createRequire(import.meta.url).resolve("@tensorflow/tfjs-backend-wasm/package.json");
    setWasmPaths(`${path.join(path.dirname(resolved), "dist")}${path.sep}`);
    if (!(await tf.setBackend("wasm"))) throw new Error("the wasm backend does not start");
    return;
  }
  await import(gpuPackage);
  if (!(await tf.setBackend("tensorflow"))) throw new Error("its backend does not start");
  const { isUsingGpuDevice } = tf.backend() as { readonly isUsingGpuDevice?: boolean };
  // It says so where it finds no CUDA, and goes on.
  if (isUsingGpuDevice !== true) throw new Error("it finds no GPU that it can use");
}
