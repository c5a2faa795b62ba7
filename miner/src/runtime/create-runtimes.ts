import { readFile } from "node:fs/promises";
import { forbidOnnxTelemetry } from "@subnetkit/shared/config/process-env";
import { appError } from "@subnetkit/shared/errors/app-error";
import type { Logger } from "@subnetkit/shared/log/logger";
import type { ModelRuntime } from "@subnetkit/shared/runtime/model-runtime";
import { type ModelEntry, type ModelSource, modelSource } from "@subnetkit/shared/subnet/model-entry";
import { type OpenAiServer, openOpenAiModel } from "./http/openai-model.ts";
import { createOnnxRuntime, type Expected } from "./onnx.ts";
import { placedRuntime } from "./placed.ts";
import { type OnnxProvider, onnxProviders, usableProviders } from "./providers.ts";
import type { Runtimes } from "./runtimes.ts";
import { tfjsBackends } from "./tfjs/backend.ts";
import type { CarrierKind } from "./thread/carrier.ts";
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

/** How the models do that run in threads and processes. */
export type ModelsState = {
  /** Some have died and cannot be asked until they run again. */
  readonly down: boolean;
  /** Some run on something worse than they did before, where they failed. */
  readonly fellBack: boolean;
};

/** All runtimes; each is made when the first model needs it. `onState` hears when a model died, runs again, or runs on something else than before. */
export function createRuntimes(
  { workerUrl, providers = onnxProviders, servers = {}, key }: RuntimeOptions,
  modules: {
    readonly log: Logger;
    readonly onThreadRestart?: () => void;
    readonly onState?: (state: ModelsState) => void;
  },
): Runtimes {
  const { log, onThreadRestart: onRestart = () => undefined, onState = () => undefined } = modules;
  // Here and not in the threads, whose environment is a copy that native code does not see.
  forbidOnnxTelemetry();
  const usable = usableProviders(providers);
  const gpu = usable.some((name) => name !== "cpu");
  const states = new Set<ModelsState>();
  const tell = (): void =>
    onState({ down: [...states].some(({ down }) => down), fellBack: [...states].some(({ fellBack }) => fellBack) });

  const open = async (
    kind: ThreadData["kind"],
    carrier: CarrierKind,
    file: string,
    { sha256 }: Expected,
  ): Promise<ModelThread> => {
    log.debug({ model: file, runtime: kind, carrier, providers: usable }, "loading a model by itself");
    const state = { down: false, fellBack: false };
    const order: readonly string[] = kind === "tfjs" ? tfjsBackends(usable, workerUrl) : usable;
    let best = Number.POSITIVE_INFINITY;
    const thread = await openModelThread(
      { kind, file, providers: usable, sha256 },
      { workerUrl, carrier },
      {
        log,
        onRestart,
        onState: (now) => {
          state.down = now.kind === "down";
          if (now.kind === "up") {
            const place = order.indexOf(now.provider);
            best = Math.min(best, place);
            state.fellBack = place > best;
          }
          if (now.kind === "closed") states.delete(state);
          else states.add(state);
          tell();
        },
      },
    );
    const { provider, refused } = thread.facts();
    // The first question of who owns a GPU that stays idle.
    for (const { provider: better, problem } of refused)
      log.warn({ model: file, better, reason: problem, provider }, "a better execution provider cannot run the model");
    return thread;
  };

  const byOnnx: CarrierKind = gpu ? "process" : "thread";
  let onnx: Promise<ModelRuntime> | undefined;
  const openOnnx = async (): Promise<ModelRuntime> => {
    const local = await createOnnxRuntime({ log });
    const openThread = (file: string, expected: Expected): Promise<ModelThread> => open("onnx", byOnnx, file, expected);
    return placedRuntime({ gpu }, { local, openThread, log });
  };
  return {
    onnx: () => {
      onnx ??= openOnnx();
      return onnx;
    },
    tfjs: async () => ({
      name: "tfjs",
      load: async (file, expected = {}) =>
        threadModel(
          await open("tfjs", tfjsBackends(usable, workerUrl).length > 1 ? "process" : "thread", file, expected),
        ),
    }),
    transformers: async (folder, expected) => threadText(folder, await open("transformers", byOnnx, folder, expected)),
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
