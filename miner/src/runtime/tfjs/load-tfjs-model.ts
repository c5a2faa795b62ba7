import { appError, isAppError } from "@subnetkit/shared/errors/app-error";
import type { Tensor } from "@subnetkit/shared/runtime/model-runtime";
import type { DataType, Tensor as TfTensor } from "@tensorflow/tfjs-core";
import { type Expected, firstLine, type LoadModules, type LocalModel, type TimedOutputs } from "../onnx.ts";
import type { OnnxProvider } from "../providers.ts";
import { mustHaveSha256 } from "../sources/must-have-sha256.ts";
import type { ProviderRefusal } from "../thread/messages.ts";
import { readTfjsFiles, type TfjsFiles } from "./artifacts.ts";
import { loadTfjs, startBackend, type Tfjs, type TfjsBackend, tfjsBackends } from "./backend.ts";

type Port = { readonly name: string; readonly shape: readonly (number | null)[]; readonly type: DataType };

/** Either kind of model, as one function of tensors. */
type Net = {
  readonly inputs: readonly Port[];
  readonly outputs: readonly Port[];
  /** One tensor per output, in their order; the inputs stay the caller's. */
  run(inputs: readonly TfTensor[]): readonly TfTensor[];
  dispose(): void;
};

/**
 * Loads a TensorFlow.js model (model.json of a layers or graph model) into this thread and warms it up, on the GPU where tfjs-node-gpu is installed and
 * runs it, else on WebAssembly. A run holds this thread: it belongs into a thread of its own. Every tensor of a run is disposed of. Throws
 * E_MODEL_MISSING, E_MODEL_BROKEN, E_MODEL_HASH and E_MODEL_RUNTIME.
 */
export async function loadTfjsModel(
  file: string,
  { providers = ["cpu"], sha256 }: Expected & { readonly providers?: readonly OnnxProvider[] },
  { log, onTrying = () => undefined }: LoadModules,
): Promise<LocalModel> {
  const files = await readTfjsFiles(file);
  mustHaveSha256(file, sha256, files.sha256);
  const tf = await loadTfjs();
  const refused: ProviderRefusal[] = [];
  for (const backend of tfjsBackends(providers)) {
    onTrying(backend === "wasm" ? "cpu" : "cuda");
    try {
      await startBackend(tf, backend);
    } catch (error) {
      if (backend === "wasm")
        throw appError("E_MODEL_RUNTIME", { runtime: "tfjs", problem: firstLine(error) }, { cause: error });
      refuse(backend, error);
      continue;
    }
    let net: Net | undefined;
    try {
      net = await open(files);
      return await warmModel(tf, net, { file, sha256: files.sha256, provider: backend, refused });
    } catch (error) {
      net?.dispose();
      if (isAppError(error)) throw error;
      if (backend === "wasm") throw appError("E_MODEL_BROKEN", { file, problem: firstLine(error) }, { cause: error });
      refuse(backend, error);
    }
  }
  throw appError("E_INTERNAL", { what: "no backend of TensorFlow.js was tried" });

  function refuse(provider: TfjsBackend, error: unknown): void {
    refused.push({ provider, problem: firstLine(error) });
    log.debug({ provider, file, err: error }, "this backend cannot run the model");
  }
}

async function warmModel(
  tf: Tfjs,
  net: Net,
  { file, ...said }: { readonly file: string } & Pick<LocalModel, "sha256" | "provider" | "refused">,
): Promise<LocalModel> {
  let closed = false;
  const refuse = (problem: string): never => {
    throw appError("E_MODEL_INPUT", { model: file, problem });
  };
  const timedRun = async (given: Readonly<Record<string, Tensor>>): Promise<TimedOutputs> => {
    if (closed) refuse("it is closed");
    for (const name of Object.keys(given)) {
      if (!net.inputs.some((port) => port.name === name)) refuse(`it has no input ${name}`);
    }
    for (const port of net.inputs) {
      const problem = inputProblem(port, given[port.name]);
      if (problem !== undefined) refuse(`input ${port.name} ${problem}`);
    }
    const startedMs = performance.now();
    const results = tf.tidy(() => [...net.run(net.inputs.map(({ name }) => tensorIn(tf, given[name] as Tensor)))]);
    try {
      const outputs: Record<string, Tensor> = {};
      for (const [i, { name }] of net.outputs.entries()) outputs[name] = await tensorOut(results[i] as TfTensor);
      return { outputs, runMs: performance.now() - startedMs };
    } finally {
      tf.dispose(results);
    }
  };
  const ports = [...net.inputs, ...net.outputs];
  const zeros = Object.fromEntries(net.inputs.map((port) => [port.name, zerosFor(port)]));
  await timedRun(zeros);
  return {
    ...said,
    inputs: net.inputs.map(({ name }) => name),
    outputs: net.outputs.map(({ name }) => name),
    anyRows: ports.every(({ shape }) => shape.length > 0 && isOpen(shape[0])),
    steady: net.inputs.every(({ shape }) => shape.slice(1).every((size) => !isOpen(size))),
    warmRunMs: (await timedRun(zeros)).runMs,
    warmUp: () => timedRun(zeros),
    timedRun,
    run: async (inputs) => (await timedRun(inputs)).outputs,
    close: async () => {
      if (closed) return;
      closed = true;
      net.dispose();
    },
  };
}

async function open({ kind, artifacts }: TfjsFiles): Promise<Net> {
  const source = { load: async () => artifacts };
  if (kind === "layers") {
    const { loadLayersModel } = await import("@tensorflow/tfjs-layers");
    const model = await loadLayersModel(source);
    // Named by their layers, as in Python: the tensors' own names count up with every model that is loaded.
    const port = ({ sourceLayer, shape, dtype }: (typeof model.inputs)[number]): Port => ({
      name: sourceLayer.name,
      shape,
      type: dtype,
    });
    return {
      inputs: model.inputs.map(port),
      outputs: model.outputs.map(port),
      run: (inputs) => [model.predict([...inputs]) as TfTensor | TfTensor[]].flat(),
      dispose: () => void model.dispose(),
    };
  }
  const { loadGraphModel } = await import("@tensorflow/tfjs-converter");
  const model = await loadGraphModel(source);
  const port = ({ name, shape, dtype }: (typeof model.inputs)[number]): Port => ({
    name,
    shape: shape ?? [null],
    type: dtype,
  });
  const outputs = model.outputs.map(port);
  return {
    inputs: model.inputs.map(port),
    outputs,
    run: (inputs) =>
      [
        model.execute(
          Object.fromEntries(model.inputs.map(({ name }, i) => [name, inputs[i] as TfTensor])),
          outputs.map(({ name }) => name),
        ),
      ].flat(),
    dispose: () => model.dispose(),
  };
}

/** Graph models write an open dimension as -1, layers models as null. */
function isOpen(size: number | null | undefined): boolean {
  return size === null || size === undefined || size < 0;
}

function inputProblem({ shape, type }: Port, tensor: Tensor | undefined): string | undefined {
  if (tensor === undefined) return "is missing";
  if (tensor.type !== type) return `is ${tensor.type} instead of ${type}`;
  const size = tensor.dims.reduce((product, dim) => product * dim, 1);
  if (size !== tensor.data.length) return `has ${tensor.data.length} values, its dimensions ask for ${size}`;
  const fits = tensor.dims.length === shape.length && shape.every((dim, i) => isOpen(dim) || dim === tensor.dims[i]);
  return fits ? undefined : `has dimensions ${tensor.dims.join("x")}`;
}

function tensorIn(tf: Tfjs, { type, dims, data }: Tensor): TfTensor {
  return tf.tensor(data as Float32Array, [...dims], type as DataType);
}

async function tensorOut(tensor: TfTensor): Promise<Tensor> {
  return { type: tensor.dtype, dims: tensor.shape, data: await tensor.data() } as Tensor;
}

function zerosFor({ shape, type }: Port): Tensor {
  const dims = shape.map((size) => (isOpen(size) ? 1 : (size as number)));
  const size = dims.reduce((product, dim) => product * dim, 1);
  const data =
    type === "int32" ? new Int32Array(size) : type === "bool" ? new Uint8Array(size) : new Float32Array(size);
  return { type, dims, data } as Tensor;
}
