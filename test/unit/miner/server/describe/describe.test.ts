import { refusals } from "@subnetkit/miner/admission/refusal";
import { openapiDocument } from "@subnetkit/miner/server/describe/openapi";
import { describePage } from "@subnetkit/miner/server/describe/page";
import { taskList } from "@subnetkit/miner/server/describe/task-list";
import { keypairFromUri } from "@subnetkit/shared/crypto/keypair";
import { defineSubnet } from "@subnetkit/shared/subnet";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { echoSubnet } from "../../support/echo-subnet.ts";

const description = {
  subnet: echoSubnet,
  netuid: 2,
  hotkey: keypairFromUri("//Miner").address,
  maxRequestBytes: 2_000,
  dialects: ["btauth", "axon"],
} as const;

type Operation = { readonly security?: readonly object[]; readonly responses: Readonly<Record<string, object>> };
type Document = { readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>> };

describe("openapiDocument", () => {
  const document = openapiDocument(description) as Document;

  test("has every path of the server, the tasks by their native and their SDK 10 names", () => {
    expect(Object.keys(document.paths)).toEqual([
      "/v1/tasks/echo",
      "/v1/tasks/impatient",
      "/Echo",
      "/Impatient",
      "/Synapse",
      "/health",
      "/v1/tasks",
      "/openapi.json",
      "/",
    ]);
  });

  const codesOf = (operation: Operation | undefined, status: number): string =>
    JSON.stringify(operation?.responses[String(status)] ?? "");

  test("names every refusal's status with its codes, and asks for a signature on every task", () => {
    const task = document.paths["/v1/tasks/echo"]?.["post"];
    expect(task?.security).toEqual([{ btauth: [] }]);
    const elsewhere = ["E_TASK_UNKNOWN", "E_TLS_EXPIRED", "E_AUTH_BODY_HASH"];
    for (const { status, code } of Object.values(refusals)) {
      if (elsewhere.includes(code)) expect(JSON.stringify(task)).not.toContain(code);
      else expect(codesOf(task, status)).toContain(code);
    }
  });

  test("gives the refusals of SDK 10 the statuses and the body that its callers get", () => {
    const synapse = document.paths["/Echo"]?.["post"];
    expect([codesOf(synapse, 422), codesOf(synapse, 504)]).toEqual(['""', '""']);
    expect(codesOf(synapse, 400)).toContain("E_REQUEST_SCHEMA");
    expect(codesOf(synapse, 408)).toContain("E_SOLVER_TIMEOUT");
    expect(codesOf(synapse, 401)).toContain("E_AUTH_BODY_HASH");
    expect(codesOf(synapse, 401)).toContain("SynapseRefusal");
    expect(JSON.stringify(document.paths["/Synapse"])).not.toContain("E_SOLVER_TIMEOUT");
  });

  test("says when to ask again wherever that is said", () => {
    const task = document.paths["/v1/tasks/echo"]?.["post"];
    for (const status of [429, 503]) expect(task?.responses[String(status)]).toHaveProperty("headers.retry-after");
    expect(task?.responses["401"]).not.toHaveProperty("headers");
  });

  test("names only the ways of signing that are answered", () => {
    const { components } = document as unknown as { components: { securitySchemes: object } };
    expect(Object.keys(components.securitySchemes)).toEqual(["btauth", "axon"]);
  });

  test("leaves the SDK 10 names out where that dialect is off", () => {
    const native = openapiDocument({ ...description, dialects: ["btauth"] }) as Document;
    expect(Object.keys(native.paths)).not.toContain("/Echo");
    expect(JSON.stringify(taskList({ ...description, dialects: ["btauth"] }))).not.toContain("synapse");
  });
});

describe("a miner with hotkey-bound TLS", () => {
  test("says so in all three descriptions, and asks for the certificate beside or instead of a signature", () => {
    const document = openapiDocument({ ...description, tls: true }) as Document & { components: object };
    expect(document.components).toMatchObject({ securitySchemes: { hotkeyTls: { type: "mutualTLS" } } });
    expect(document.paths["/v1/tasks/echo"]?.["post"]?.security).toEqual([
      { hotkeyTls: [] },
      { hotkeyTls: [], btauth: [] },
    ]);
    expect(document.paths["/Echo"]?.["post"]?.security).toEqual([{ hotkeyTls: [], axon: [] }]);
    expect(taskList({ ...description, tls: true })).toMatchObject({ transport: "hotkey-tls" });
    expect(describePage({ ...description, tls: true })).toContain("TLS 1.3 only");
  });

  test("is not what a plain one says", () => {
    expect(JSON.stringify(openapiDocument(description))).not.toContain("hotkeyTls");
    expect(taskList(description)).toMatchObject({ transport: "http" });
    expect(describePage(description)).not.toContain("TLS");
  });
});

describe("a task that streams", () => {
  const streaming = {
    ...description,
    subnet: defineSubnet({
      name: "talk",
      version: 1,
      description: "Talks.",
      tasks: { echo: { ...echoSubnet.tasks.echo, streaming: { chunk: z.string() } } },
    }),
  };

  test("has its chunk in all three descriptions", () => {
    const document = openapiDocument(streaming) as Document;
    expect(document.paths["/v1/tasks/echo"]?.["post"]?.responses["200"]).toMatchObject({
      content: { "text/event-stream": { schema: { type: "string" } }, "application/json": {} },
    });
    expect(taskList(streaming)).toMatchObject({ tasks: [{ stream: "text/event-stream", chunk: { type: "string" } }] });
    expect(describePage(streaming)).toContain("text/event-stream");
    expect(describePage(description)).not.toContain("text/event-stream");
  });
});

describe("describePage", () => {
  test("names the miner, its tasks and their schemas, and loads nothing from elsewhere", () => {
    const page = describePage(description);
    expect(page).toContain(description.hotkey);
    expect(page).toContain("POST /v1/tasks/echo");
    expect(page).toContain("POST /Impatient");
    expect(page).not.toMatch(/<script|src=|href="https?:/);
  });

  test("cannot be made to say something else by a definition", () => {
    const subnet = defineSubnet({ ...echoSubnet, description: "<script>alert('x')</script> & \"more\"" });
    expect(describePage({ ...description, subnet })).not.toContain("<script");
  });
});
