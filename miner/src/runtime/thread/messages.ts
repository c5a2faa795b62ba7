import type { Tensor } from "@subnetkit/shared/runtime/model-runtime";
import type { TextPiece, TextRequest } from "@subnetkit/shared/runtime/text-model";
import type { OnnxProvider } from "../providers.ts";

/** What a model thread is started with: the one model that it holds. */
export type ThreadData = {
  readonly kind: "onnx" | "transformers" | "tfjs";
  /** Absolute path of the model's file or folder. */
  readonly file: string;
  readonly providers: readonly OnnxProvider[];
  /** What the file must have; another one is not loaded. Absent where any will do. */
  readonly sha256?: string | undefined;
};

/** To a thread. A `cancel` that comes too late is no error. */
export type ToThread =
  | { readonly kind: "run"; readonly id: number; readonly inputs: Readonly<Record<string, Tensor>> }
  | { readonly kind: "generate"; readonly id: number; readonly request: TextRequest }
  | { readonly kind: "cancel"; readonly id: number }
  | { readonly kind: "close" };

/** A provider that was tried for a model and cannot run it. */
export type ProviderRefusal = { readonly provider: string; readonly problem: string };

/** What a thread says of its model once it is loaded and warm. */
export type ThreadFacts = {
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly provider: string;
  /** Better providers that were tried before. */
  readonly refused: readonly ProviderRefusal[];
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

/**
 * From a thread. `trying` comes before each provider is tried, since native code that fails may take everything with it; then `loaded` or `unloadable`,
 * once; each call gets any number of pieces and one `done` or `failed`. `broken` says that what runs the model has failed for good: the thread is to be
 * ended, with the calls it has.
 */
export type FromThread =
  | { readonly kind: "trying"; readonly provider: OnnxProvider }
  | { readonly kind: "loaded"; readonly facts: ThreadFacts }
  | { readonly kind: "unloadable"; readonly error: ThreadError }
  | { readonly kind: "piece"; readonly id: number; readonly piece: TextPiece }
  | { readonly kind: "done"; readonly id: number; readonly result: CallResult }
  | { readonly kind: "failed"; readonly id: number; readonly error: ThreadError }
  | { readonly kind: "broken"; readonly problem: string };

/** What ends a call: tensors of a run with the milliseconds it took, nothing for a generation. */
export type CallResult =
  | { readonly kind: "tensors"; readonly outputs: Readonly<Record<string, Tensor>>; readonly runMs: number }
  | { readonly kind: "end" };
