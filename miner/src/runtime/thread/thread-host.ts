import { appError, errorMessage, isAppError } from "@subnetkit/shared/errors/app-error";
import type { Tensor } from "@subnetkit/shared/runtime/model-runtime";
import type { TextPiece, TextRequest } from "@subnetkit/shared/runtime/text-model";
import { createOnnxRuntime, type LocalModel, type LoadModules, type TimedOutputs } from "../onnx.ts";
import { loadTfjsModel } from "../tfjs/load-tfjs-model.ts";
import { loadTextModel, type LocalTextModel } from "../transformers/load-text-model.ts";
import type { ThreadData, ThreadFacts } from "./messages.ts";

/** The model inside a thread, of whatever kind it is. */
export type ThreadHost = {
  readonly facts: ThreadFacts;
  /** Throws E_MODEL_INPUT for a model that writes text. */
  run(inputs: Readonly<Record<string, Tensor>>): Promise<TimedOutputs>;
  /** Throws E_MODEL_INPUT for a model of tensors. */
  generate(request: TextRequest, signal: AbortSignal): AsyncIterable<TextPiece>;
  /** After a failed call: why the model cannot run any more, a lost device above all; undefined where only the call was wrong. */
  broken(error: unknown): Promise<string | undefined>;
  close(): Promise<void>;
};

/** Loads the model that a thread is made for. Throws the coded errors of its runtime. */
export async function openThreadHost(data: ThreadData, modules: LoadModules): Promise<ThreadHost> {
  const { kind, file, providers, sha256 } = data;
  switch (kind) {
    case "onnx": {
      const runtime = await createOnnxRuntime(modules, { providers });
      return tensorHost(await runtime.load(file, { sha256 }), file);
    }
    case "transformers":
      return textHost(await loadTextModel(file, { providers, sha256 }, modules), file);
    case "tfjs":
      return tensorHost(await loadTfjsModel(file, { providers, sha256 }, modules), file);
  }
}

function tensorHost(model: LocalModel, file: string): ThreadHost {
  const { inputs, outputs, provider, refused, sha256, anyRows, steady, warmRunMs } = model;
  return {
    facts: { inputs, outputs, provider, refused, sha256, anyRows, steady, warmRunMs },
    run: model.timedRun,
    generate: () => {
      throw appError("E_MODEL_INPUT", { model: file, problem: "it takes tensors, not text" });
    },
    broken: (error) => brokenBy(error, model),
    close: model.close,
  };
}

function textHost(model: LocalTextModel, file: string): ThreadHost {
  const { provider, refused, sha256 } = model;
  return {
    facts: { inputs: [], outputs: [], provider, refused, sha256, anyRows: false, steady: false, warmRunMs: 0 },
    run: () => Promise.reject(appError("E_MODEL_INPUT", { model: file, problem: "it takes text, not tensors" })),
    generate: (request, signal) => model.generate(request, { signal }),
    broken: (error) => brokenBy(error, model),
    close: model.close,
  };
}

/** As {@link ThreadHost.broken}: what ran when the model was warmed up has to run now: a processor does not break, and coded errors are about the call. */
export async function brokenBy(
  error: unknown,
  { provider, warmUp }: Pick<LocalModel, "provider" | "warmUp">,
): Promise<string | undefined> {
  if (provider === "cpu" || provider === "wasm" || isAppError(error)) return undefined;
  try {
    await warmUp();
    return undefined;
  } catch (again) {
    return `${provider} fails: ${errorMessage(again)}`;
  }
}
