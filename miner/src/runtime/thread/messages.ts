import type { Tensor } from "@subnetkit/shared/runtime/model-runtime";
import type { TextPiece, TextRequest } from "@subnetkit/shared/runtime/text-model";
import type { OnnxProvider } from "../providers.ts";

/** What a model thread is started with: the one model that it holds. */
export type ThreadData = {
  readonly kind: "onnx" | "transformers" | "tfjs";
  /** Absolute path of the model's file or folder. */
  readonly file: string;
  readonly providers: readonly OnnxProvider[];
};

/** To a thread. A `cancel` that comes too late is no error. */
export type ToThread =
  | { readonly kind: "run"; readonly id: number; readonly inputs: Readonly<Record<string, Tensor>> }
  | { readonly kind: "generate"; readonly id: number; readonly request: TextRequest }
  | { readonly kind: "cancel"; readonly id: number }
  | { readonly kind: "close" };

/** What a thread says of its model once it is loaded and warm. */
export type ThreadFacts = {
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly provider: string;
  readonly sha256: string;
  readonly anyRows: boolean;
  readonly steady: boolean;
  readonly warmRunMs: number;
};

/** An error on its way between threads: coded ones arrive as what they are. */
export type ThreadError = {
  readonly code?: string;
  readonly data?: Readonly<Record<string, unknown>>;
  readonly message: string;
};

/** From a thread. `loaded` or `unloadable` comes once and first; each call gets any number of pieces and one `done` or `failed`. */
export type FromThread =
  | { readonly kind: "loaded"; readonly facts: ThreadFacts }
  | { readonly kind: "unloadable"; readonly error: ThreadError }
  | { readonly kind: "piece"; readonly id: number; readonly piece: TextPiece }
  | { readonly kind: "done"; readonly id: number; readonly result: CallResult }
  | { readonly kind: "failed"; readonly id: number; readonly error: ThreadError };

/** What ends a call: tensors of a run with the milliseconds it took, nothing for a generation. */
export type CallResult =
  | { readonly kind: "tensors"; readonly outputs: Readonly<Record<string, Tensor>>; readonly runMs: number }
  | { readonly kind: "end" };
