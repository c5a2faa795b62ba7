import { Template } from "@huggingface/jinja";
import { Tokenizer } from "@huggingface/tokenizers";
import { appError, errorMessage } from "@subnetkit/shared/errors/app-error";
import type { TextModel, TextPiece, TextRequest } from "@subnetkit/shared/runtime/text-model";
import { createRandom } from "@subnetkit/shared/subnet/random";
import { checkTextRequest } from "../check-text-request.ts";
import { type Expected, type LoadModules, loadOrt, openOnFirst } from "../onnx.ts";
import type { OnnxProvider } from "../providers.ts";
import { mustHaveSha256 } from "../sources/must-have-sha256.ts";
import type { ProviderRefusal } from "../thread/messages.ts";
import { createDecoder, type Decoder, type KeyValueCache } from "./decoder.ts";
import { readTextModelFolder, type TextModelFolder } from "./folder.ts";
import { chooseToken, type Sampling } from "./sampler.ts";
import { createStopWatch, createTextStream } from "./text-stream.ts";

const defaultTokens = 256;
/** For models whose configuration names no length. */
const defaultContext = 4_096;

/**
 * Loads a folder with an exported decoder (tokenizer.json, config.json, perhaps generation_config.json, tokenizer_config.json and a chat template,
 * onnx/model.onnx) into this thread, and warms it up. Each token is a run that holds this thread: it belongs into a thread of its own. Answers that are
 * written at the same time take turns token by token. Throws E_MODEL_MISSING, E_MODEL_BROKEN and E_MODEL_RUNTIME.
 */
export async function loadTextModel(
  folder: string,
  { providers, sha256 }: Expected & { readonly providers: readonly OnnxProvider[] },
  modules: LoadModules,
): Promise<LocalTextModel> {
  const { bytes, ...files } = await readTextModelFolder(folder);
  mustHaveSha256(folder, sha256, files.sha256);
  const ort = await loadOrt();
  const { modelFile } = files;
  const { heads: queryHeads = 1, keyValueHeads: heads = queryHeads, hiddenSize = 0 } = files.config;
  const { headSize = hiddenSize / queryHeads } = files.config;
  const tokenizer = brokenUnless(modelFile, () => new Tokenizer(files.tokenizer, files.tokenizerConfig));
  const { chatTemplate } = files;
  const template = chatTemplate === undefined ? undefined : brokenUnless(modelFile, () => new Template(chatTemplate));
  return openOnFirst(
    ort,
    { file: modelFile, bytes: bytes ?? modelFile, providers },
    async (session, provider, refused) => {
      const decoder = createDecoder(ort, session, modelFile, { heads, headSize });
      const warmUp = (): Promise<unknown> => decoder.read([0], undefined);
      await warmUp();
      return { ...textModel(folder, files, { decoder, tokenizer, template, provider }), refused, warmUp };
    },
    modules,
  );
}

/** A text model in this thread. */
export type LocalTextModel = TextModel & {
  /** Better providers that cannot run it. */
  readonly refused: readonly ProviderRefusal[];
  /** Reads one token. */
  warmUp(): Promise<unknown>;
};

function brokenUnless<T>(file: string, make: () => T): T {
  try {
    return make();
  } catch (error) {
    throw appError("E_MODEL_BROKEN", { file, problem: errorMessage(error).split("\n")[0] }, { cause: error });
  }
}

type Parts = {
  readonly decoder: Decoder;
  readonly tokenizer: Tokenizer;
  readonly template: Template | undefined;
  readonly provider: string;
};

type Files = Omit<TextModelFolder, "bytes">;

function textModel(name: string, files: Files, { decoder, tokenizer, template, provider }: Parts): TextModel {
  const { generation, config } = files;
  const ends = new Set([generation.eos_token_id ?? config.endTokens ?? []].flat());
  const context = config.contextLength ?? defaultContext;
  let closed = false;
  const refuse = (problem: string, cause?: unknown): never => {
    throw appError("E_MODEL_INPUT", { model: name, problem }, { cause });
  };

  const idsOf = ({ messages, prompt }: TextRequest): readonly number[] => {
    if (messages === undefined) return tokenizer.encode(prompt as string).ids;
    if (template === undefined) return refuse("it has no chat template: give a prompt");
    const { bosToken: bos_token, eosToken: eos_token } = files;
    const context = { messages, add_generation_prompt: true, bos_token, eos_token };
    let text: string;
    try {
      text = template.render(context);
    } catch (error) {
      return refuse(`its chat template refuses the messages: ${errorMessage(error)}`, error);
    }
    // The template writes the special tokens itself.
    return tokenizer.encode(text, { add_special_tokens: false }).ids;
  };

  async function* generate(
    request: TextRequest,
    { signal }: { readonly signal: AbortSignal },
  ): AsyncIterable<TextPiece> {
    checkTextRequest(name, request);
    const prompt = idsOf(request);
    if (prompt.length === 0) refuse("the prompt is empty");
    if (prompt.length >= context) refuse(`the prompt has ${prompt.length} tokens, and the model reads ${context}`);
    const most = Math.min(request.maxTokens ?? generation.max_new_tokens ?? defaultTokens, context - prompt.length);
    const sampling = samplingOf(request, files);
    const random = request.seed === undefined ? Math.random : createRandom(`text ${request.seed}`).next;
    const stream = createTextStream((ids) => tokenizer.decode(ids, { skip_special_tokens: true }), prompt);
    const watch = createStopWatch(request.stop ?? []);
    const all = [...prompt];
    let cache: KeyValueCache | undefined;
    let next: readonly number[] = prompt;
    let unsaid = 0;
    for (let written = 0; written < most; written++) {
      if (closed) refuse("it is closed");
      if (signal.aborted) throw appError("E_ABORTED", { name: "Writing an answer" }, { cause: signal.reason });
      const read = await decoder.read(next, cache);
      cache = read.cache;
      const id = chooseToken(read.logits, all, sampling, random);
      unsaid++;
      if (ends.has(id)) {
        const { text, stopped } = watch.push(stream.flush());
        yield { text: stopped ? text : text + watch.flush(), tokens: unsaid, finish: "stop" };
        return;
      }
      all.push(id);
      next = [id];
      const { text, stopped } = watch.push(stream.push(id));
      if (stopped) {
        yield { text, tokens: unsaid, finish: "stop" };
        return;
      }
      if (text === "") continue;
      yield { text, tokens: unsaid };
      unsaid = 0;
    }
    const { text, stopped } = watch.push(stream.flush());
    yield { text: stopped ? text : text + watch.flush(), tokens: unsaid, finish: stopped ? "stop" : "length" };
  }

  return {
    provider,
    sha256: files.sha256,
    generate,
    close: async () => {
      if (closed) return;
      closed = true;
      await decoder.close();
    },
  };
}

/** What the request says, else the model's own generation_config.json; without either the likeliest token. */
function samplingOf(request: TextRequest, { generation }: Files): Sampling {
  const own = generation.do_sample === true;
  return {
    temperature: request.temperature ?? (own ? (generation.temperature ?? 1) : 0),
    topP: request.topP ?? (own ? (generation.top_p ?? 1) : 1),
    topK: request.topK ?? (own ? (generation.top_k ?? 50) : 0),
    repetitionPenalty: request.repetitionPenalty ?? generation.repetition_penalty ?? 1,
  };
}
