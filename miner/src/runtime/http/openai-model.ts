import { type AppError, appError, errorMessage, isAppError } from "@subnetkit/shared/errors/app-error";
import type { TextModel, TextPiece, TextRequest } from "@subnetkit/shared/runtime/text-model";
import { linkAbort } from "@subnetkit/shared/util/linkAbort";
import { Agent, type Dispatcher, request } from "undici";
import { z } from "zod";
import { checkTextRequest } from "../check-text-request.ts";
import { sseData } from "./sse.ts";

/** A server that runs a model. */
export type OpenAiServer = {
  /** Up to and with `/v1`. */
  readonly url: string;
  /** The model's name there; without it the first one the server lists. */
  readonly model?: string | undefined;
  /** Sent as bearer token. */
  readonly key?: string | undefined;
  /** Longest silence, before the first piece and between two. */
  readonly idleMs?: number;
  /** For a whole answer. */
  readonly answerMs?: number;
};

const connectMs = 5_000;
const mostConnections = 256;
/** Longest answer, in characters, and longest list of models, in bytes. */
const longestAnswer = 4 << 20;
const longestList = 1 << 20;

const listSchema = z.object({ data: z.array(z.object({ id: z.string() })).min(1) });
const choiceSchema = z.object({
  delta: z.object({ content: z.string().nullish() }).optional(),
  text: z.string().nullish(),
  finish_reason: z.string().nullish(),
});
/** The last chunk of some servers has counts and no choice. */
const chunkSchema = z.object({ choices: z.array(choiceSchema) });

/**
 * A model behind a server that speaks OpenAI's API (vLLM, llama.cpp and others): `/chat/completions` for messages, `/completions` for a prompt, always
 * streamed. The server must be there and list the model when this is called: throws E_MODEL_SERVER, E_MODEL_SERVER_BUSY or E_MODEL_SERVER_ANSWER, and so
 * does `generate`. What the server says in an error is not passed on.
 */
export async function openOpenAiModel(name: string, server: OpenAiServer): Promise<TextModel> {
  const { url, key, idleMs = 60_000, answerMs = 600_000 } = server;
  const base = url.replace(/\/+$/, "");
  const from = new URL(base).origin;
  const agent = new Agent({
    connect: { timeout: connectMs },
    connections: mostConnections,
    headersTimeout: idleMs,
    bodyTimeout: idleMs,
  });
  const headers: Record<string, string> = key === undefined ? {} : { authorization: `Bearer ${key}` };
  const failed = (problem: string, cause?: unknown): AppError =>
    appError("E_MODEL_SERVER", { model: name, from, problem }, { cause });
  const garbled = (problem: string, cause?: unknown): AppError =>
    appError("E_MODEL_SERVER_ANSWER", { model: name, from, problem }, { cause });

  const ask = async (
    path: string,
    signal: AbortSignal,
    body?: Readonly<Record<string, unknown>>,
  ): Promise<Dispatcher.ResponseData> => {
    const response = await request(`${base}${path}`, {
      dispatcher: agent,
      signal,
      ...(body === undefined
        ? { headers }
        : { method: "POST", headers: { ...headers, "content-type": "application/json" }, body: JSON.stringify(body) }),
    });
    const { statusCode: status } = response;
    if (status === 200) return response;
    response.body.on("error", () => undefined).destroy();
    if (status === 429 || status === 503) throw appError("E_MODEL_SERVER_BUSY", { model: name, from, status });
    throw failed(`the answer is ${status}`);
  };

  const model = await firstModel();
  let closed = false;

  async function firstModel(): Promise<string> {
    try {
      const { body } = await ask("/models", AbortSignal.timeout(idleMs));
      let text = "";
      for await (const chunk of body.setEncoding("utf8")) {
        text += String(chunk);
        if (text.length > longestList) throw garbled("its list of models has no end");
      }
      const list = listSchema.safeParse(parseJson(text));
      if (!list.success) throw garbled("its list of models is none");
      const names = list.data.data.map(({ id }) => id);
      const wanted = server.model ?? (names[0] as string);
      if (!names.includes(wanted)) throw failed(`it has no model ${wanted}`);
      return wanted;
    } catch (error) {
      await agent.destroy();
      throw isAppError(error) ? error : failed(problemOf(error), error);
    }
  }

  async function* generate(given: TextRequest, { signal }: { readonly signal: AbortSignal }): AsyncIterable<TextPiece> {
    checkTextRequest(name, given);
    if (closed) throw appError("E_MODEL_INPUT", { model: name, problem: "it is closed" });
    const stop = new AbortController();
    const unlink = linkAbort(signal, stop);
    const deadline = setTimeout(() => stop.abort(new Error(`it took longer than ${answerMs} ms`)), answerMs);
    try {
      const path = given.messages === undefined ? "/completions" : "/chat/completions";
      const response = await ask(path, stop.signal, bodyOf(model, given));
      if (!String(response.headers["content-type"]).startsWith("text/event-stream"))
        throw garbled("it is not a stream of events");
      yield* pieces(response.body);
    } catch (error) {
      if (signal.aborted) throw appError("E_ABORTED", { name: "Writing an answer" }, { cause: error });
      if (stop.signal.aborted) throw failed(errorMessage(stop.signal.reason), error);
      throw isAppError(error) ? error : failed(problemOf(error), error);
    } finally {
      clearTimeout(deadline);
      unlink();
      stop.abort();
    }
  }

  async function* pieces(body: AsyncIterable<Uint8Array>): AsyncIterable<TextPiece> {
    let length = 0;
    let finish: TextPiece["finish"];
    const events = strictly(body);
    for await (const data of events) {
      if (data === "[DONE]") {
        yield { text: "", finish: finish ?? "stop" };
        return;
      }
      const chunk = chunkSchema.safeParse(parseJson(data));
      if (!chunk.success) throw garbled("an event is no chunk of an answer");
      const choice = chunk.data.choices[0];
      const text = choice?.delta?.content ?? choice?.text ?? "";
      length += text.length;
      if (length > longestAnswer) throw garbled("its answer has no end");
      if (choice?.finish_reason) finish = choice.finish_reason === "length" ? "length" : "stop";
      if (text !== "") yield { text };
    }
    if (finish === undefined) throw garbled("its answer is cut off");
    yield { text: "", finish };
  }

  /** Events, with what is wrong with their form as a coded error. */
  async function* strictly(body: AsyncIterable<Uint8Array>): AsyncIterable<string> {
    try {
      yield* sseData(body);
    } catch (error) {
      if (error instanceof Error && "code" in error && String(error.code).startsWith("UND_ERR")) throw error;
      if (error instanceof Error && error.name === "AbortError") throw error;
      throw garbled(errorMessage(error), error);
    }
  }

  return {
    provider: from,
    sha256: "",
    generate,
    close: async () => {
      closed = true;
      await agent.destroy();
    },
  };
}

function bodyOf(model: string, request: TextRequest): Record<string, unknown> {
  const { messages, prompt, maxTokens, temperature, topP, topK, repetitionPenalty, stop, seed } = request;
  return {
    model,
    stream: true,
    messages,
    prompt,
    max_tokens: maxTokens,
    temperature,
    top_p: topP,
    // Not OpenAI's own, but vLLM's and llama.cpp's.
    top_k: topK === 0 ? undefined : topK,
    repetition_penalty: repetitionPenalty,
    stop,
    seed,
  };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function problemOf(error: unknown): string {
  const code = error instanceof Error && "code" in error ? String(error.code) : undefined;
  return code === undefined ? errorMessage(error) : `${code} (${errorMessage(error)})`;
}
