import { streamContentType } from "@subnetkit/shared/protocol/stream-signature";
import { responseHeaders } from "@subnetkit/shared/protocol/response-signature";
import { defineSolvers, defineSubnet, defineTask } from "@subnetkit/shared/subnet";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import { startPublicServer } from "../../../../support/miner/public-server.ts";
import { bodyOf, open } from "../../support/miner-server.ts";

const task = defineTask({
  id: "lengthen",
  request: z.object({ text: z.string().max(100), times: z.number().int().min(1).max(9).default(2) }),
  response: z.object({ text: z.string() }),
  limits: { timeoutMs: 500, maxResponseBytes: 1_000 },
  streaming: { chunk: z.string(), assemble: (chunks) => ({ text: chunks.join("") }) },
  challenge: () => ({ request: { text: "a", times: 1 }, key: "a" }),
  scorer: { kind: "each", score: () => 1 },
});
const subnet = defineSubnet({ name: "lengthen", version: 1, description: "Repeats.", tasks: { lengthen: task } });
const solvers = defineSolvers<typeof subnet>({
  async *lengthen({ text, times }) {
    if (text === "throw") throw new Error("as told");
    for (let i = 0; i < times; i++) yield text;
  },
});

type Schema = { required?: string[]; properties?: Record<string, unknown>; additionalProperties?: boolean };
type Body = { content: Record<string, { schema: Schema }>; description?: string; headers?: Record<string, unknown> };
type Operation = { requestBody: Body; responses: Record<string, Body>; security: object[]; operationId: string };
type Document = { paths: Record<string, Record<string, Operation>> };

let started: Awaited<ReturnType<typeof startPublicServer>>;
let document: Document;
const url = (path: string): string => `http://127.0.0.1:${started.port}${path}`;

beforeAll(async () => {
  started = await startPublicServer({ subnet, solvers });
  document = (await (await fetch(url("/openapi.json"))).json()) as Document;
});
afterAll(() => started.server.close());

const operation = (): Operation => {
  const found = document.paths["/v1/tasks/lengthen"]?.["post"];
  if (found === undefined) throw new Error("the task is not in the document");
  return found;
};

describe("the OpenAPI document against the server that gave it", () => {
  test("its request schema asks for no more than the server does", async () => {
    const schema = operation().requestBody.content["application/json"]?.schema;
    expect(schema?.required).toEqual(["text"]);
    expect(schema?.additionalProperties).not.toBe(false);
    const reply = await open(started.port, "lengthen", { text: "ab", unread: true });
    expect([reply.statusCode, await bodyOf(reply)]).toEqual([200, '{"text":"abab"}']);
  });

  test("its answer has the headers, the types and the members that come", async () => {
    const described = operation().responses["200"];
    const whole = await open(started.port, "lengthen", { text: "ab" });
    await bodyOf(whole);
    for (const name of Object.values(responseHeaders)) {
      expect(Object.keys(described?.headers ?? {})).toContain(name);
      expect(whole.headers[name]).toBeDefined();
    }
    const stream = await open(started.port, "lengthen", { text: "ab" }, { accept: streamContentType });
    await bodyOf(stream);
    expect(Object.keys(described?.content ?? {})).toEqual(["application/json", String(stream.headers["content-type"])]);
    expect(described?.content["application/json"]?.schema.required).toEqual(["text"]);
  });

  test.each([
    ["a body that does not fit", { text: 1 }, 422],
    ["a solver that throws", { text: "throw" }, 500],
    ["a body that is too large", { text: "x".repeat(30_000) }, 413],
  ])("has the status and the code of %s", async (_what, body, status) => {
    const reply = await open(started.port, "lengthen", body);
    const { error } = JSON.parse(await bodyOf(reply)) as { error: { code: string } };
    expect(reply.statusCode).toBe(status);
    expect(operation().responses[String(status)]?.description).toContain(error.code);
  });

  test("every page it names is there, for HEAD as well, and asks for no signature", async () => {
    const pages = Object.entries(document.paths).filter(([path]) => !path.includes("engthen") && path !== "/Synapse");
    expect(pages.map(([path]) => path)).toEqual(["/health", "/v1/tasks", "/openapi.json", "/"]);
    for (const [path, { get }] of pages) {
      expect(get?.security).toEqual([]);
      const whole = await fetch(url(path));
      const head = await fetch(url(path), { method: "HEAD" });
      expect([whole.status, head.status, await head.text()]).toEqual([200, 200, ""]);
      expect(Object.keys(get?.responses["200"]?.content ?? {})[0]).toBe(
        whole.headers.get("content-type")?.split(";")[0],
      );
      await whole.text();
    }
    expect(document.paths["/health"]?.["get"]?.responses).toHaveProperty("503");
  });

  test("SDK 10's ping is on it, by both methods, and refuses who does not sign", async () => {
    for (const method of ["get", "post"]) {
      const described = document.paths["/Synapse"]?.[method];
      const reply = await fetch(url("/Synapse"), { method: method.toUpperCase() });
      const { message, error } = (await reply.json()) as { message: string; error: { code: string; message: string } };
      expect(reply.status).toBe(401);
      expect(message).toBe(error.message);
      expect(described?.responses["401"]?.description).toContain(error.code);
      expect(described?.security).toEqual([{ axon: [] }]);
    }
  });

  test("no two operations share a name", () => {
    const names = Object.values(document.paths).flatMap((path) =>
      Object.values(path).map(({ operationId }) => operationId),
    );
    expect(new Set(names).size).toBe(names.length);
  });
});
