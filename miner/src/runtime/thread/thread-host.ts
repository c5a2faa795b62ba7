import { appError } from "@subnetkit/shared/errors/app-error";
import type { Logger } from "@subnetkit/shared/log/logger";
import type { Tensor } from "@subnetkit/shared/runtime/model-runtime";
import type { TextModel, TextPiece, TextRequest } from "@subnetkit/shared/runtime/text-model";
import { createOnnxRuntime, type LocalModel, type TimedOutputs } from "../onnx.ts";
import { loadTfjsModel } from "../tfjs/load-tfjs-model.ts";
import { loadTextModel } from "../transformers/load-text-model.ts";
import type { ThreadData, ThreadFacts } from "./messages.ts";

/** The model inside a thread, of whatever kind it is. */
export type ThreadHost = {
  readonly facts: ThreadFacts;
  /** Throws E_MODEL_INPUT for a model that writes text. */
  run(inputs: Readonly<Record<string, Tensor>>): Promise<TimedOutputs>;
  /** Throws E_MODEL_INPUT for a model of tensors. */
  generate(request: TextRequest, signal: AbortSignal): AsyncIterable<TextPiece>;
  close(): Promise<void>;
};

/** Loads the model that a thread is made for. Throws the coded errors of its runtime. */
export async function openThreadHost({ kind, file, providers }: ThreadData, log: Logger): Promise<ThreadHost> {
  switch (kind) {
    case "onnx": {
      const runtime = await createOnnxRuntime({ log }, { providers });
      return tensorHost(await runtime.load(file), file);
    }
    case "transformers":
      return textHost(await loadTextModel(file, { providers }, { log }), file);
    case "tfjs":
      return tensorHost(await loadTfjsModel(file, { log }), file);
  }
}

function tensorHost(model: LocalModel, file: string): ThreadHost {
  const { inputs, outputs, provider, sha256, anyRows, steady, warmRunMs } = model;
  return {
    facts: { inputs, outputs, provider, sha256, anyRows, steady, warmRunMs },
    run: model.timedRun,
    generate: () => {
      throw appError("E_MODEL_INPUT", { model: file, problem: "it takes tensors, not text" });
    },
    close: model.close,
  };
}

function textHost(model: TextModel, file: string): ThreadHost {
  const { provider, sha256 } = model;
  return {
    facts: { inputs: [], outputs: [], provider, sha256, anyRows: false, steady: false, warmRunMs: 0 },
    run: () => Promise.reject(appError("E_MODEL_INPUT", { model: file, problem: "it takes text, not tensors" })),
    generate: (request, signal) => model.generate(request, { signal }),
    close: model.close,
  };
}
