import { readFile } from "node:fs/promises";
import { forbidOnnxTelemetry } from "@subnetkit/shared/config/process-env";
import { appError } from "@subnetkit/shared/errors/app-error";
import type { Logger } from "@subnetkit/shared/log/logger";
import type { ModelRuntime } from "@subnetkit/shared/runtime/model-runtime";
import { type ModelEntry, type ModelSource, modelSource } from "@subnetkit/shared/subnet/model-entry";
import { type OpenAiServer, openOpenAiModel } from "./http/openai-model.ts";
import { createOnnxRuntime } from "./onnx.ts";
import { placedRuntime } from "./placed.ts";
import { type OnnxProvider, onnxProviders, usableProviders } from "./providers.ts";
import type { Runtimes } from "./runtimes.ts";
import type { ThreadData } from "./thread/messages.ts";
import { type ModelThread, openModelThread } from "./thread/model-thread.ts";
import { threadModel } from "./thread/thread-model.ts";
import { threadText } from "./thread/thread-text.ts";

/** Where the operator runs a model of the variant himself: takes the place of what the variant says. */
export type ServerSetting = {
  readonly url: string;
  readonly model?: string | undefined;
  /** File that holds nothing but the key. */
  readonly keyFile?: string | undefined;
};

/** What an operator says of models. */
export type RuntimeOptions = {
  /** The bundled model-worker.ts. */
  readonly workerUrl: URL;
  readonly providers?: readonly OnnxProvider[];
  /** By the model's path. */
  readonly servers?: Readonly<Record<string, ServerSetting>>;
  /** The key of servers without a keyFile. */
  readonly key?: string | undefined;
};

/** The entries of a variant, with those that the operator runs on a server taken from there. */
export function servedElsewhere(
  models: readonly ModelEntry[],
  servers: Readonly<Record<string, ServerSetting>>,
): readonly ModelEntry[] {
  return models.map((entry) => {
    const { path } = modelSource(entry);
    const server = servers[path];
    return server === undefined ? entry : { path, kind: "openai", url: server.url };
  });
}

/** All runtimes; each is made when the first model needs it. */
export function createRuntimes(
  { workerUrl, providers = onnxProviders, servers = {}, key }: RuntimeOptions,
  modules: { readonly log: Logger; readonly onThreadRestart?: () => void },
): Runtimes {
  const { log, onThreadRestart: onRestart = () => undefined } = modules;
  // Here and not in the threads, whose environment is a copy that native code does not see.
  forbidOnnxTelemetry();
  const openThread =
    (kind: ThreadData["kind"]) =>
    (file: string): Promise<ModelThread> => {
      log.debug({ model: file, runtime: kind }, "loading a model in a thread of its own");
      return openModelThread({ kind, file, providers }, { workerUrl }, { log, onRestart });
    };
  let onnx: Promise<ModelRuntime> | undefined;
  const openOnnx = async (): Promise<ModelRuntime> => {
    log.debug({ providers: usableProviders(providers) }, "execution providers to try");
    const local = await createOnnxRuntime({ log }, { providers });
    return placedRuntime({}, { local, openThread: openThread("onnx"), log });
  };
  return {
    onnx: () => {
      onnx ??= openOnnx();
      return onnx;
    },
    tfjs: async () => ({ name: "tfjs", load: async (file) => threadModel(await openThread("tfjs")(file)) }),
    transformers: async (folder) => threadText(folder, await openThread("transformers")(folder)),
    openai: async (source) => openOpenAiModel(source.path, await serverOf(source, servers[source.path], key)),
  };
}

async function serverOf(
  source: ModelSource,
  setting: ServerSetting | undefined,
  key: string | undefined,
): Promise<OpenAiServer> {
  const url = setting?.url ?? source.url;
  if (url === undefined) throw appError("E_INTERNAL", { what: "a model server has no address" });
  return { url, model: setting?.model ?? source.model, key: (await keyIn(setting?.keyFile)) ?? key };
}

async function keyIn(file: string | undefined): Promise<string | undefined> {
  if (file === undefined) return undefined;
  const text = await readFile(file, "utf8").catch((error: unknown) => {
    throw appError("E_MODEL_MISSING", { file, problem: "the key of a model server" }, { cause: error });
  });
  return text.trim();
}
