import { readFile } from "node:fs/promises";
import { forbidOnnxTelemetry } from "@subnetkit/shared/config/process-env";
import { sha256Hex } from "@subnetkit/shared/crypto/hash";
import { appError, errorMessage, isAppError } from "@subnetkit/shared/errors/app-error";
import type { Logger } from "@subnetkit/shared/log/logger";
import type { Model, Tensor, TensorType } from "@subnetkit/shared/runtime/model-runtime";
import type { InferenceSession, Tensor as OrtTensor } from "onnxruntime-node";
import { mustHaveSha256 } from "./sources/must-have-sha256.ts";
import type { OnnxProvider } from "./providers.ts";
import type { ProviderRefusal } from "./thread/messages.ts";
import { worksByValue } from "./works-by-value.ts";

/** Execution providers by name, best first; each is tried until the model runs on one. Default: cpu. */
export type OnnxOptions = { readonly providers?: readonly OnnxProvider[] };

/** onnxruntime-node's own interface. */
export type Ort = typeof import("onnxruntime-node");

/** A model in this thread, with what its place is decided by (placed.ts). */
export type LocalModel = Model & {
  /** Better providers that cannot run it. */
  readonly refused: readonly ProviderRefusal[];
  /** True when nothing but the number of rows can make a run longer: every other dimension is fixed by the file, and values decide nothing. */
  readonly steady: boolean;
  /** Milliseconds a run with one row held this thread: the least of three, after the first. */
  readonly warmRunMs: number;
  /** Runs it with zeros. */
  warmUp(): Promise<unknown>;
  /** Like `run`, with the milliseconds it held this thread. */
  timedRun(inputs: Readonly<Record<string, Tensor>>): Promise<TimedOutputs>;
};

/** What a timed run gives. */
export type TimedOutputs = { readonly outputs: Readonly<Record<string, Tensor>>; readonly runMs: number };

/** Which file a model must be; another one is not loaded (E_MODEL_HASH). */
export type Expected = { readonly sha256?: string | undefined };

/** Loads models into this thread. */
export type LocalRuntime = { readonly name: string; load(file: string, expected?: Expected): Promise<LocalModel> };

/** What loading works with. */
export type LoadModules = {
  readonly log: Logger;
  /** Told before each provider is tried: native code that fails may take the whole process with it. */
  readonly onTrying?: (provider: OnnxProvider) => void;
};

const warmRuns = 3;

/**
 * Runs ONNX files through onnxruntime-node, on CUDA where its libraries are there, else on WebGPU, else on the CPU; which one it is stands in
 * `model.provider`, in the log and in the metrics.
 *
 * Cost: the library runs a session in `setImmediate` on this thread, so `run` blocks the event loop for as long as the inference takes, whatever the
 * provider (about 0.03 ms for a small network, 100 ms for one that is not); loading blocks as well. placed.ts decides by measuring which models may
 * stay in the thread that answers requests. One thread per session: requests are the parallelism here. Batching goes around `Model.run` (batching.ts).
 */
export async function createOnnxRuntime(modules: LoadModules, options: OnnxOptions = {}): Promise<LocalRuntime> {
  const ort = await loadOrt();
  const { providers = ["cpu"] } = options;
  return { name: "onnx", load: (file, expected = {}) => loadModel(ort, { file, providers, ...expected }, modules) };
}

/** Loads the native library, with its usage reports and its own log off. Throws E_MODEL_RUNTIME. */
export async function loadOrt(): Promise<Ort> {
  try {
    forbidOnnxTelemetry();
    const ort = await import("onnxruntime-node");
    // Its native log goes to stderr past ours, and reports each provider that is tried in vain; what fails is thrown as well.
    ort.env.logLevel = "fatal";
    return ort;
  } catch (error) {
    throw appError("E_MODEL_RUNTIME", { runtime: "onnx", problem: firstLine(error) }, { cause: error });
  }
}

/** Reads, opens and warms up a model: the first run of a session allocates and is many times slower than the rest. */
async function loadModel(
  ort: Ort,
  { file, providers, sha256 }: Expected & { readonly file: string; readonly providers: readonly OnnxProvider[] },
  modules: LoadModules,
): Promise<LocalModel> {
  const bytes = await readFile(file).catch((error: unknown) => {
    throw appError("E_MODEL_MISSING", { file, problem: codeOf(error) }, { cause: error });
  });
  const actual = sha256Hex(bytes);
  mustHaveSha256(file, sha256, actual);
  return openOnFirst(
    ort,
    { file, bytes, providers },
    (session, provider, refused) => warmModel(ort, session, { file, bytes, sha256: actual, provider, refused }),
    modules,
  );
}

async function warmModel(
  ort: Ort,
  session: InferenceSession,
  {
    file,
    bytes,
    ...said
  }: { readonly file: string; readonly bytes: Uint8Array } & Pick<LocalModel, "sha256" | "provider" | "refused">,
): Promise<LocalModel> {
  let closed = false;
  const timedRun = async (inputs: Readonly<Record<string, Tensor>>): Promise<TimedOutputs> => {
    if (closed) throw appError("E_MODEL_INPUT", { model: file, problem: "it is closed" });
    const feeds = feedsOf(ort, session, inputs, file);
    let startedMs = 0;
    // The library asks for the next turn in the same tick, so that this runs right before it: what others do meanwhile is not counted.
    setImmediate(() => {
      startedMs = performance.now();
    });
    const results = await session.run(feeds);
    const runMs = performance.now() - startedMs;
    const outputs = Object.fromEntries(Object.entries(results).map(([name, value]) => [name, tensorOf(value)]));
    return { outputs, runMs };
  };
  const empty = emptyInputs(session);
  await timedRun(empty);
  let warmRunMs = Number.POSITIVE_INFINITY;
  for (let i = 0; i < warmRuns; i++) warmRunMs = Math.min(warmRunMs, (await timedRun(empty)).runMs);
  return {
    ...said,
    inputs: [...session.inputNames],
    outputs: [...session.outputNames],
    anyRows: hasAnyRows(session),
    steady: isSteady(session) && !worksByValue(bytes),
    warmRunMs,
    warmUp: () => timedRun(empty),
    timedRun,
    run: async (inputs) => (await timedRun(inputs)).outputs,
    close: async () => {
      if (closed) return;
      closed = true;
      await session.release();
    },
  };
}

/**
 * A session of a file's bytes, which may name no other file, or of its path where it has parts beside it, with the first provider that can make one and
 * run it: `warm` makes the model of it and runs it once. Throws E_MODEL_BROKEN when none can, and at once what is coded already: that is the file's fault.
 */
export async function openOnFirst<T>(
  ort: Ort,
  {
    file,
    bytes,
    providers,
  }: {
    readonly file: string;
    readonly bytes: Uint8Array | string;
    readonly providers: readonly OnnxProvider[];
  },
  warm: (session: InferenceSession, provider: OnnxProvider, refused: readonly ProviderRefusal[]) => Promise<T>,
  { log, onTrying = () => undefined }: LoadModules,
): Promise<T> {
  const supported = new Set(ort.listSupportedBackends().map(({ name }) => name));
  const refused: ProviderRefusal[] = [];
  let last: unknown = new Error("no execution provider is available");
  for (const provider of providers) {
    let session: InferenceSession | undefined;
    try {
      if (!supported.has(provider)) throw new Error("onnxruntime has no such provider on this system");
      onTrying(provider);
      session = await ort.InferenceSession.create(bytes as string, {
        executionProviders: [provider],
        intraOpNumThreads: 1,
        interOpNumThreads: 1,
        logSeverityLevel: 4,
        ...(typeof bytes === "string" ? {} : { extra: nothingBeside(file) }),
      });
      return await warm(session, provider, refused);
    } catch (error) {
      await session?.release();
      if (isAppError(error)) throw error;
      last = error;
      refused.push({ provider, problem: firstLine(error) });
      log.debug({ provider, file, err: error }, "this execution provider cannot run the model");
    }
  }
  throw appError("E_MODEL_BROKEN", { file, problem: firstLine(last) }, { cause: last });
}

function feedsOf(
  ort: Ort,
  session: InferenceSession,
  inputs: Readonly<Record<string, Tensor>>,
  file: string,
): Record<string, OrtTensor> {
  const refuse = (problem: string): never => {
    throw appError("E_MODEL_INPUT", { model: file, problem });
  };
  for (const name of Object.keys(inputs)) if (!session.inputNames.includes(name)) refuse(`it has no input ${name}`);
  const feeds: Record<string, OrtTensor> = {};
  for (const name of session.inputNames) {
    const tensor = inputs[name] ?? refuse(`input ${name} is missing`);
    const size = tensor.dims.reduce((product, dim) => product * dim, 1);
    if (size !== tensor.data.length)
      refuse(`input ${name} has ${tensor.data.length} values, its dimensions ask for ${size}`);
    feeds[name] = new ort.Tensor(tensor.type, tensor.data as Float32Array, [...tensor.dims]);
  }
  return feeds;
}

/** Whether every input and output leaves its first dimension open under the same name, which is how exporters mark a batch. */
function hasAnyRows({ inputMetadata, outputMetadata }: InferenceSession): boolean {
  const firsts = [...inputMetadata, ...outputMetadata].map((meta) => (meta.isTensor ? meta.shape[0] : undefined));
  return typeof firsts[0] === "string" && firsts[0] !== "" && firsts.every((first) => first === firsts[0]);
}

/** Whether the file fixes every dimension of the inputs after the first, and the first too unless it counts rows. */
function isSteady(session: InferenceSession): boolean {
  const rows = hasAnyRows(session);
  return session.inputMetadata.every(
    (meta) => meta.isTensor && meta.shape.every((dim, i) => typeof dim === "number" || (i === 0 && rows)),
  );
}

/**
 * A file may name others that hold its weights. The library looks for those of a model that is given as bytes in the working directory, where they may be
 * anything, keys above all, and answers would show them; their hash is no part of the model's. Below a file there is none.
 */
function nothingBeside(file: string): Record<string, unknown> {
  return { session: { model_external_initializers_file_folder_path: file } };
}

/** The first line of an error's message: the rest is the library's own stack. */
export function firstLine(error: unknown): string {
  return errorMessage(error).split("\n")[0] ?? "";
}

/** Zeros in the shapes of the file; a dimension that is left open gets length 1. */
function emptyInputs(session: InferenceSession): Record<string, Tensor> {
  const inputs: Record<string, Tensor> = {};
  for (const meta of session.inputMetadata) {
    if (!meta.isTensor) throw new Error(`input ${meta.name} is not a tensor`);
    const dims = meta.shape.map((dim) => (typeof dim === "number" && dim > 0 ? dim : 1));
    const size = dims.reduce((product, dim) => product * dim, 1);
    inputs[meta.name] = { type: meta.type, dims, data: zeros(meta.type, size) } as Tensor;
  }
  return inputs;
}

const arrays = {
  float32: Float32Array,
  float64: Float64Array,
  int8: Int8Array,
  uint8: Uint8Array,
  int16: Int16Array,
  uint16: Uint16Array,
  int32: Int32Array,
  uint32: Uint32Array,
  int64: BigInt64Array,
  uint64: BigUint64Array,
  bool: Uint8Array,
} as const satisfies Record<TensorType, unknown>;

function zeros(type: string, size: number): Tensor["data"] {
  if (!(type in arrays)) throw new Error(`tensors of ${type} are not supported`);
  return new arrays[type as TensorType](size);
}

function tensorOf(value: OrtTensor): Tensor {
  return { type: value.type, dims: value.dims, data: value.data } as Tensor;
}

function codeOf(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : errorMessage(error);
}
