import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { openOpenAiModel } from "@subnetkit/miner/runtime/http/openai-model";
import { type TextModel, type TextRequest, writeText } from "@subnetkit/shared/runtime/text-model";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { until } from "../../../../support/until.ts";

type Asked = { readonly path: string; readonly authorization: string | undefined; readonly body: unknown };
type Handler = (response: ServerResponse) => void;

const signal = new AbortController().signal;
const hello: TextRequest = { messages: [{ role: "user", content: "Say hello." }] };

let server: Server;
let base: string;
let asked: Asked[];
let answer: Handler;
let list: Handler;
let open: number;
let model: TextModel | undefined;
beforeEach(async () => {
  asked = [];
  open = 0;
  model = undefined;
  list = (response) => response.end(JSON.stringify({ object: "list", data: [{ id: "llama" }, { id: "other" }] }));
  answer = (response) => stream(response, [delta("Hel"), delta("lo"), end("stop"), "[DONE]"]);
  server = createServer((request, response) => void handle(request, response));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  base = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`;
});
afterEach(async () => {
  await model?.close();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
  let text = "";
  for await (const chunk of request) text += String(chunk);
  asked.push({
    path: request.url ?? "",
    authorization: request.headers.authorization,
    body: text === "" ? undefined : JSON.parse(text),
  });
  if (request.url === "/v1/models") {
    list(response);
    return;
  }
  open++;
  response.on("close", () => open--);
  answer(response);
}

const delta = (content: string) => JSON.stringify({ choices: [{ index: 0, delta: { content }, finish_reason: null }] });
const end = (reason: string) => JSON.stringify({ choices: [{ index: 0, delta: {}, finish_reason: reason }] });
const plain = (text: string, reason: string | null = null) =>
  JSON.stringify({ choices: [{ index: 0, text, finish_reason: reason }] });

function begin(response: ServerResponse): void {
  response.writeHead(200, { "content-type": "text/event-stream; charset=utf-8" });
}
function stream(response: ServerResponse, data: readonly string[]): void {
  begin(response);
  for (const one of data) response.write(`data: ${one}\n\n`);
  response.end();
}

async function opened(over: { model?: string; key?: string; idleMs?: number; answerMs?: number } = {}) {
  model = await openOpenAiModel("chat", { url: base, idleMs: 1_000, ...over });
  return model;
}

describe("openOpenAiModel", () => {
  test("streams the pieces of an answer, and says how it ended", async () => {
    const model = await opened();
    const pieces = [];
    for await (const piece of model.generate(hello, { signal })) pieces.push(piece);
    expect(pieces).toEqual([{ text: "Hel" }, { text: "lo" }, { text: "", finish: "stop" }]);
    expect(model.provider).toBe(new URL(base).origin);
  });

  test("asks for what it was asked for, and of the first model of the server when none is named", async () => {
    await writeText(
      await opened({ key: "sesame" }),
      { ...hello, maxTokens: 5, temperature: 0, topP: 0.9, topK: 40, repetitionPenalty: 1.1, stop: ["\n"], seed: 7 },
      { signal },
    );
    expect(asked[1]).toEqual({
      path: "/v1/chat/completions",
      authorization: "Bearer sesame",
      body: {
        model: "llama",
        stream: true,
        messages: hello.messages,
        max_tokens: 5,
        temperature: 0,
        top_p: 0.9,
        top_k: 40,
        repetition_penalty: 1.1,
        stop: ["\n"],
        seed: 7,
      },
    });
  });

  test("completes a prompt through the other endpoint, and takes what comes without [DONE] when the model ended", async () => {
    answer = (response) => stream(response, [plain("once "), plain("upon", "length")]);
    const model = await opened({ model: "other" });
    expect(await writeText(model, { prompt: "Tell" }, { signal })).toBe("once upon");
    expect(asked[1]).toMatchObject({ path: "/v1/completions", body: { model: "other", prompt: "Tell" } });
    expect(asked[1]?.authorization).toBeUndefined();
  });

  test("reads a stream however it is cut into pieces, with comments and any line ends", async () => {
    const text = `: ping\r\nevent: message\r\ndata: ${delta("grüße ✓")}\r\n\r\ndata:${end("stop")}\n\ndata: [DONE]\n\n`;
    answer = (response) => {
      begin(response);
      const bytes = Buffer.from(text);
      let at = 0;
      const next = (): void => {
        if (at === bytes.length) response.end();
        else response.write(bytes.subarray(at, ++at), () => setImmediate(next));
      };
      next();
    };
    expect(await writeText(await opened(), hello, { signal })).toBe("grüße ✓");
  });

  test("the server must be there when the miner starts, and have the model", async () => {
    await expect(opened({ model: "unknown" })).rejects.toMatchObject({ code: "E_MODEL_SERVER" });
    list = (response) => response.end("<html>");
    await expect(opened()).rejects.toMatchObject({ code: "E_MODEL_SERVER_ANSWER" });
    list = (response) => response.writeHead(401).end();
    await expect(opened()).rejects.toMatchObject({ code: "E_MODEL_SERVER", data: { problem: "the answer is 401" } });
    list = () => undefined;
    await expect(opened({ idleMs: 50 })).rejects.toMatchObject({ code: "E_MODEL_SERVER" });
    const nobody = openOpenAiModel("chat", { url: "http://127.0.0.1:1/v1" });
    await expect(nobody).rejects.toMatchObject({ code: "E_MODEL_SERVER" });
  });

  test.each([429, 503])("says that the server is busy when it answers %i", async (status) => {
    answer = (response) => response.writeHead(status).end("slow down, sesame");
    const writing = writeText(await opened(), hello, { signal });
    await expect(writing).rejects.toMatchObject({ code: "E_MODEL_SERVER_BUSY", data: { status } });
    await writing.catch((error: unknown) => expect(JSON.stringify(error)).not.toContain("sesame"));
  });

  test.each<[string, string, Handler]>([
    ["an error", "E_MODEL_SERVER", (response) => response.writeHead(500).end()],
    ["JSON instead of a stream", "E_MODEL_SERVER_ANSWER", (response) => response.end('{"choices":[]}')],
    [
      "lines that are no events",
      "E_MODEL_SERVER_ANSWER",
      (response) => {
        begin(response);
        response.end("hello there\n\n");
      },
    ],
    ["an event that is no JSON", "E_MODEL_SERVER_ANSWER", (response) => stream(response, ["{"])],
    ["an event of another shape", "E_MODEL_SERVER_ANSWER", (response) => stream(response, ['{"error":"no"}'])],
    ["a stream that just ends", "E_MODEL_SERVER_ANSWER", (response) => stream(response, [delta("Hel")])],
    [
      "bytes that are no text",
      "E_MODEL_SERVER_ANSWER",
      (response) => {
        begin(response);
        response.end(Buffer.from([0x64, 0xff, 0xfe, 0x0a, 0x0a]));
      },
    ],
    [
      "a connection that breaks",
      "E_MODEL_SERVER",
      (response) => {
        begin(response);
        response.write(`data: ${delta("Hel")}\n\n`, () => response.destroy());
      },
    ],
    [
      "a line without end",
      "E_MODEL_SERVER_ANSWER",
      (response) => {
        begin(response);
        const more = (): void => {
          if (!response.destroyed) response.write("data".repeat(16_384), () => setImmediate(more));
        };
        more();
      },
    ],
  ])("an answer that is %s is a coded error", async (_, code, handler) => {
    answer = handler;
    await expect(writeText(await opened(), hello, { signal })).rejects.toMatchObject({ code });
  });

  test("gives up a server that falls silent, or writes past the deadline", async () => {
    answer = (response) => {
      begin(response);
      response.write(`data: ${delta("Hel")}\n\n`);
    };
    await expect(writeText(await opened({ idleMs: 300 }), hello, { signal })).rejects.toMatchObject({
      code: "E_MODEL_SERVER",
    });
    await model?.close();
    answer = (response) => {
      begin(response);
      const timer = setInterval(() => response.write(`data: ${delta("a")}\n\n`), 5);
      response.on("close", () => clearInterval(timer));
    };
    await expect(writeText(await opened({ answerMs: 100 }), hello, { signal })).rejects.toMatchObject({
      code: "E_MODEL_SERVER",
      data: { problem: "it took longer than 100 ms" },
    });
  });

  test("stops the server's work when the caller gives up or leaves the loop", async () => {
    answer = (response) => {
      begin(response);
      response.write(`data: ${delta("Hel")}\n\n`);
    };
    const model = await opened({ idleMs: 10_000 });
    for await (const piece of model.generate(hello, { signal })) {
      expect(piece.text).toBe("Hel");
      break;
    }
    await until("the request to end", () => open === 0);
    const stop = new AbortController();
    const writing = writeText(model, hello, { signal: stop.signal });
    await until("the second request", () => open === 1);
    stop.abort();
    await expect(writing).rejects.toMatchObject({ code: "E_ABORTED" });
    await until("the second request to end", () => open === 0);
  });

  test.each<TextRequest>([
    {},
    { prompt: "a", messages: [] },
    { messages: [] },
    { prompt: "a", maxTokens: 0 },
    { prompt: "a", temperature: -1 },
    { prompt: "a", topP: 0 },
    { prompt: "a", stop: [""] },
    { prompt: "a", seed: 0.5 },
  ])("refuses %j before it asks anybody", async (request) => {
    const model = await opened();
    await expect(writeText(model, request, { signal })).rejects.toMatchObject({ code: "E_MODEL_INPUT" });
    expect(asked).toHaveLength(1);
  });
});
