/** The array that holds the values of a tensor, by element type. `bool` is one byte per value, 0 or 1. */
export type TensorDataByType = {
  readonly float32: Float32Array;
  readonly float64: Float64Array;
  readonly int8: Int8Array;
  readonly uint8: Uint8Array;
  readonly int16: Int16Array;
  readonly uint16: Uint16Array;
  readonly int32: Int32Array;
  readonly uint32: Uint32Array;
  readonly int64: BigInt64Array;
  readonly uint64: BigUint64Array;
  readonly bool: Uint8Array;
};

/** Element type of a tensor. */
export type TensorType = keyof TensorDataByType;

/** A dense tensor in row-major order: `data.length` is the product of `dims`. */
export type TensorOf<T extends TensorType> = {
  readonly type: T;
  readonly dims: readonly number[];
  readonly data: TensorDataByType[T];
};

/** A dense tensor of any element type; `switch` on `type`. */
export type Tensor = { [T in TensorType]: TensorOf<T> }[TensorType];

/**
 * A loaded model.
 *
 * `run` takes one tensor per name in `inputs` and gives one per name in `outputs`; it rejects on a missing or ill-shaped input.
 * Calls may overlap. After `close` every call rejects.
 */
export type Model = {
  /** Names of the inputs, in the order of the model file. */
  readonly inputs: readonly string[];
  /** Names of the outputs, in the order of the model file. */
  readonly outputs: readonly string[];
  /** What really runs it, e.g. "cpu" or "cuda": the provider that was chosen, not the one asked for. */
  readonly provider: string;
  /** Lower-case hex of the SHA-256 of the model file. */
  readonly sha256: string;
  /** True when the first dimension of every input and output counts independent rows, as many as one likes: then calls can be batched. */
  readonly anyRows: boolean;
  run(inputs: Readonly<Record<string, Tensor>>, options?: RunOptions): Promise<Readonly<Record<string, Tensor>>>;
  close(): Promise<void>;
};

/** How a run may treat its inputs. */
export type RunOptions = {
  /** The caller needs the inputs' arrays no more: they may be moved to another thread instead of copied, and are empty afterwards. Each must own its whole buffer. */
  readonly giveAway?: boolean;
};

/** How a model file is loaded. */
export type LoadOptions = {
  /** Requests are being answered meanwhile: loading must not block the event loop either. */
  readonly serving?: boolean;
  /** Lower-case hex that the file must have; another file is not loaded (E_MODEL_HASH). */
  readonly sha256?: string | undefined;
};

/** Something that can load model files of one kind (ONNX, TensorFlow.js, ...). Validators never hold one. */
export type ModelRuntime = {
  readonly name: string;
  /** Loads a model file by absolute path and warms it up. Rejects with a coded error when it is missing or not a model. */
  load(file: string, options?: LoadOptions): Promise<Model>;
};
