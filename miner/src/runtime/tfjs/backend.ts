import { createRequire } from "node:module";
import path from "node:path";
import { appError, errorMessage } from "@subnetkit/shared/errors/app-error";
import type { Logger } from "@subnetkit/shared/log/logger";

/** TensorFlow.js with a backend that works. */
export type Tfjs = { readonly tf: typeof import("@tensorflow/tfjs-core"); readonly provider: string };

/** Brings its own native library; optional, and usually not installed. */
const gpuPackage = "@tensorflow/tfjs-node-gpu";

/** Loads TensorFlow.js on the GPU where tfjs-node-gpu is installed and works, else on WebAssembly. Throws E_MODEL_RUNTIME. */
export async function loadTfjs({ log }: { readonly log: Logger }): Promise<Tfjs> {
  try {
    const tf = await import("@tensorflow/tfjs-core");
    tf.env().set("PROD", true);
    if (await gpuWorks(tf, log)) return { tf, provider: gpuPackage };
    const { setWasmPaths } = await import("@tensorflow/tfjs-backend-wasm");
    const resolved = createRequire(import.meta.url).resolve("@tensorflow/tfjs-backend-wasm/package.json");
    setWasmPaths(`${path.join(path.dirname(resolved), "dist")}${path.sep}`);
    if (!(await tf.setBackend("wasm"))) throw new Error("the wasm backend does not start");
    return { tf, provider: "wasm" };
  } catch (error) {
    throw appError("E_MODEL_RUNTIME", { runtime: "tfjs", problem: errorMessage(error) }, { cause: error });
  }
}

async function gpuWorks(tf: Tfjs["tf"], log: Logger): Promise<boolean> {
  try {
    await import(gpuPackage);
    return await tf.setBackend("tensorflow");
  } catch (error) {
    log.debug({ reason: errorMessage(error).split("\n")[0] }, "tfjs-node-gpu is not there");
    return false;
  }
}
