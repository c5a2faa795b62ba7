import type { ModelRuntime } from "@subnetkit/shared/runtime/model-runtime";
import type { TextModel } from "@subnetkit/shared/runtime/text-model";
import type { ModelSource } from "@subnetkit/shared/subnet/model-entry";
import type { Expected } from "./onnx.ts";

/** Everything that can run models; each is made when the first model needs it: a variant without models must not need a native library. */
export type Runtimes = {
  /** Runs ONNX files. */
  onnx(): Promise<ModelRuntime>;
  /** Runs TensorFlow.js models. */
  tfjs(): Promise<ModelRuntime>;
  /** Loads a folder with an exported text model. */
  transformers(folder: string, expected: Expected): Promise<TextModel>;
  /** Reaches a server that runs a text model; throws when it is not there. */
  openai(source: ModelSource): Promise<TextModel>;
};
