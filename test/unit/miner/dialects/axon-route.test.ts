import { Readable } from "node:stream";
import type { RequestOutcome } from "@subnetkit/miner/metrics";
import { sha256Hex } from "@subnetkit/shared/crypto/hash";
import { verifySignature } from "@subnetkit/shared/crypto/keypair";
import { axonBodyHash } from "@subnetkit/shared/protocol/axon/body-hash";
import { axonMessage } from "@subnetkit/shared/protocol/axon/dialect";
import { axonHeaders } from "@subnetkit/shared/protocol/axon/headers";
import { readJsonObject } from "@subnetkit/shared/protocol/axon/json-text";
import { signRequest } from "@subnetkit/shared/protocol/btauth";
import { nextNonceNs } from "@subnetkit/shared/protocol/nonce";
import { verifyResponse } from "@subnetkit/shared/protocol/response-signature";
import { defineSolvers, defineSubnet, defineTask } from "@subnetkit/shared/subnet";
import { request } from "undici";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import { miner, startPublicServer, validator } from "../../../support/miner/public-server.ts";

const sum = defineTask({
  id: "sum-up",
  request: z.object({ numbers: z.array(z.number()).max(100), note: z.string().optional() }),
  response: z.object({ total: z.number() }),
  limits: { timeoutMs: 2_000, maxResponseBytes: 10_000 },
  axon: { hashFields: ["numbers"] },
  challenge: () => ({ request: { numbers: [1] }, key: 1 }),
  scorer: { kind: "each", score: () => 1 },
});
const subnet = defineSubnet({ name: "sums", version: 1, description: "Adds.", tasks: { "sum-up": sum } });
const solvers = defineSolvers<typeof subnet>({
  "sum-up": async ({ numbers }, { signal }) => {
    if (numbers.length === 0) await new Promise((_, reject) => signal.addEventListener("abort", reject));
    return { total: numbers.reduce((total, number) => total + number, 0) };
  },
});

let origin: string;
let close: () => Promise<void>;
let outcomes: RequestOutcome[];

beforeAll(async () => {
  const started = await startPublicServer({ subnet, solvers, dialects: ["btauth", "axon"] });
  ({ outcomes } = started);
  origin = `http://127.0.0.1:${started.port}`;
  close = () => started.server.close();
});
afterAll(() => close());

/** What a dendrite sends: its own nonce is a number beyond JavaScript's integers, inside the body as well. */
function synapse(body: string, hashed: readonly string[], more: Record<string, string> = {}) {
  const nonce = nextNonceNs();
  const text = `{"name":"SumUp","timeout":12.0,"dendrite":{"nonce":${nonce}},"axon":{"port":1},"computed_body_hash":"",${body}}`;
  const uuid = "0a1b2c3d-8a9b-11f0-9e2f-0123456789ab";
  const bodyHash = axonBodyHash(readJsonObject(text) ?? new Map(), hashed) ?? "";
  const message = axonMessage({ nonce, dendrite: validator.address, axon: miner.address, uuid, bodyHash });
  const headers: Record<string, string> = {
    "content-type": "application/json",
    [axonHeaders.name]: "SumUp",
    [axonHeaders.timeout]: "12.0",
    [axonHeaders.axonHotkey]: miner.address,
    [axonHeaders.dendriteHotkey]: validator.address,
    [axonHeaders.dendriteNonce]: nonce.toString(),
    [axonHeaders.dendriteUuid]: uuid,
    [axonHeaders.bodyHash]: bodyHash,
    [axonHeaders.dendriteSignature]: `0x${Buffer.from(validator.sign(message)).toString("hex")}`,
    ...more,
  };
  return { text, headers, nonce };
}

async function post(path: string, { text, headers }: { text: string; headers: Record<string, string> }) {
  const response = await request(`${origin}${path}`, { method: "POST", headers, body: text });
  const bytes = Buffer.from(await response.body.arrayBuffer());
  return { status: response.statusCode, headers: response.headers, bytes, text: bytes.toString("utf8") };
}

describe("the axon route", () => {
  test("answers with the synapse filled in, and the status a dendrite looks for", async () => {
    const asked = synapse('"numbers":[1, 2.0, 3],"note":"x"', ["numbers"]);
    const reply = await post("/SumUp", asked);
    expect(reply.status).toBe(200);
    expect(reply.headers).toMatchObject({
      [axonHeaders.axonStatusCode]: "200",
      [axonHeaders.axonStatusMessage]: "Success",
      [axonHeaders.axonHotkey]: miner.address,
    });
    expect(JSON.parse(reply.text)).toMatchObject({ total: 6, note: "x", axon: { status_code: 200 } });
    // The members come back as they were written, large integers included.
    expect(reply.text).toContain(`"dendrite":{"nonce":${asked.nonce}}`);
    expect(reply.text).toContain('"numbers":[1, 2.0, 3]');
  });

  test("signs the answer as SDK 10 does, and its body as we do", async () => {
    const asked = synapse('"numbers":[1]', ["numbers"]);
    const reply = await post("/SumUp", asked);
    const axon = (name: string) => String(reply.headers[name]);
    const message = `${axon(axonHeaders.axonNonce)}.${validator.address}.${miner.address}.${axon(axonHeaders.axonUuid)}`;
    const signature = Buffer.from(axon(axonHeaders.axonSignature).slice(2), "hex");
    expect(verifySignature("sr25519", Buffer.from(message), signature, miner.publicKey)).toBe(true);
    expect(
      verifyResponse({
        headers: reply.headers,
        miner: miner.address,
        requestNonce: asked.nonce,
        validator: validator.address,
        target: "/SumUp",
        requestSha256: sha256Hex(asked.text),
        status: 200,
        body: reply.bytes,
      }),
    ).toBe(true);
  });

  test("refuses a body whose hashed fields were changed on the way", async () => {
    const asked = synapse('"numbers":[1]', ["numbers"]);
    const reply = await post("/SumUp", { ...asked, text: asked.text.replace("[1]", "[2]") });
    expect(reply.status).toBe(401);
    expect(reply.headers[axonHeaders.axonStatusCode]).toBe("401");
    expect(JSON.parse(reply.text)).toMatchObject({
      message: expect.any(String),
      error: { code: "E_AUTH_BODY_HASH" },
    });
  });

  test("refuses a class that hashes other fields than the task", async () => {
    expect((await post("/SumUp", synapse('"numbers":[1]', []))).status).toBe(401);
  });

  test("answers the ping, which counts as no answer, and only to those who may ask", async () => {
    const before = outcomes.length;
    expect((await post("/Synapse", synapse('"note":""', []))).status).toBe(200);
    expect(outcomes.slice(before)).toEqual(["ping"]);
    const { headers, text } = synapse('"note":""', []);
    expect(
      (await post("/Synapse", { headers: { ...headers, [axonHeaders.dendriteSignature]: "0x" }, text })).status,
    ).toBe(401);
    expect((await post("/Synapse", { headers: {}, text: "{}" })).status).toBe(401);
  });

  test("refuses a body that turns out too long in the words of SDK 10, as one that is announced so", async () => {
    const { headers, text } = synapse(`"numbers":[],"note":"${"x".repeat(30_000)}"`, ["numbers"]);
    const inChunks = Readable.from([text.slice(0, 15_000), text.slice(15_000)]);
    for (const body of [text, inChunks]) {
      const response = await request(`${origin}/SumUp`, { method: "POST", headers, body });
      expect(response.statusCode).toBe(413);
      expect(await response.body.json()).toMatchObject({
        message: expect.stringContaining("large"),
        error: { code: "E_REQUEST_TOO_LARGE" },
      });
    }
  });

  test("knows no other synapse", async () => {
    expect((await post("/Nothing", synapse('"numbers":[1]', []))).status).toBe(404);
  });

  test("gives up when the caller's own, shorter time-out has passed", async () => {
    const startedMs = performance.now();
    const reply = await post("/SumUp", synapse('"numbers":[]', ["numbers"], { [axonHeaders.timeout]: "0.2" }));
    // 408 is what a dendrite calls a time-out.
    expect(reply.status).toBe(408);
    expect(performance.now() - startedMs).toBeLessThan(1_500);
  });

  test("refuses what does not fit the task's schema, and what is no JSON", async () => {
    expect((await post("/SumUp", synapse('"numbers":["a"]', ["numbers"]))).status).toBe(400);
    const asked = synapse('"numbers":[1]', ["numbers"]);
    expect((await post("/SumUp", { ...asked, text: "[]" })).status).toBe(400);
  });

  test("speaks one dialect per path", async () => {
    const body = Buffer.from('{"numbers":[1]}');
    const signed = (target: string) =>
      signRequest({ method: "POST", target, body, keypair: validator, receiver: miner.address });
    expect((await post("/SumUp", { headers: signed("/SumUp"), text: body.toString() })).status).toBe(401);
    expect((await post("/v1/tasks/sum-up", synapse('"numbers":[1]', ["numbers"]))).status).toBe(401);
  });
});
