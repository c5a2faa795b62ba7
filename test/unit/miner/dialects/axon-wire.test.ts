import { axonWire } from "@subnetkit/miner/dialects/axon-wire";
import { keypairFromUri } from "@subnetkit/shared/crypto/keypair";
import { axonBodyHash } from "@subnetkit/shared/protocol/axon/body-hash";
import { axonHeaders } from "@subnetkit/shared/protocol/axon/headers";
import { readJsonObject } from "@subnetkit/shared/protocol/axon/json-text";
import { defineTask } from "@subnetkit/shared/subnet";
import type { FastifyReply } from "fastify";
import { describe, expect, test } from "vitest";
import { z } from "zod";

const miner = keypairFromUri("//Miner");
const validator = keypairFromUri("//Validator");

const task = defineTask({
  id: "guess",
  request: z.object({ text: z.string() }),
  response: z.object({ text: z.string(), label: z.string().optional() }),
  limits: { timeoutMs: 1_000, maxResponseBytes: 1_000 },
  challenge: () => ({ request: { text: "x" }, key: 1 }),
  scorer: { kind: "each", score: () => 1 },
});

/** The body that the wire sends for an answer to this request. */
function sentFor(request: string, answer: string): unknown {
  let sent = "";
  const raw = {
    writeHead: () => undefined,
    end: (body: string) => {
      sent = body;
    },
  };
  const reply = { hijack: () => reply, raw };
  const headers = { [axonHeaders.bodyHash]: axonBodyHash(new Map(), []) };
  const wire = axonWire(miner)({ headers, body: Buffer.from(request) });
  expect(wire.read(task)).toMatchObject({ kind: "read" });
  const proven = { validator: validator.address, requestNonce: "1", target: "/Guess", requestSha256: "" };
  wire.answer(reply as unknown as FastifyReply, { body: answer, solveMs: 1, proven });
  return JSON.parse(sent);
}

describe("axonWire", () => {
  test("reads no body that has more values, or deeper ones, than its readers take", () => {
    const read = (body: string) => axonWire(miner)({ headers: {}, body: Buffer.from(body) }).read(task);
    expect(read(`{"text":${"[".repeat(5_000)}`)).toMatchObject({ code: "E_REQUEST_COMPLEX", status: 413 });
    expect(read(`{"text":[${"0,".repeat(9_000)}0]}`)).toMatchObject({ code: "E_REQUEST_COMPLEX" });
  });

  test("takes the body hash of any Python, whatever it knows of Unicode", () => {
    const hashing = { ...task, axon: { hashFields: ["words"] } };
    const body = `{"text":"a","words":["${String.fromCodePoint(0x1f9cc, 0x1fa77, 0x1fadf)}"]}`;
    const members = readJsonObject(body) ?? new Map();
    for (const level of [1, 2, 3, 4, 5]) {
      const headers = { [axonHeaders.bodyHash]: axonBodyHash(members, ["words"], level) };
      expect(axonWire(miner)({ headers, body: Buffer.from(body) }).read(hashing)).toMatchObject({ kind: "read" });
    }
    const wrong = { [axonHeaders.bodyHash]: axonBodyHash(members, ["text"]) };
    expect(axonWire(miner)({ headers: wrong, body: Buffer.from(body) }).read(hashing)).toMatchObject({
      code: "E_AUTH_BODY_HASH",
    });
  });

  test("sends back the members of the request, filled in", () => {
    expect(sentFor('{"text":"a","name":"Guess","extra":12345678901234567890}', '{"text":"b"}')).toMatchObject({
      name: "Guess",
      text: "b",
      extra: expect.any(Number),
      axon: { status_code: 200, hotkey: miner.address },
    });
  });

  test("signs nothing of the caller's as a part of the answer", () => {
    const sent = sentFor('{"text":"a","label":"said by the caller","axon":{"hotkey":"x"}}', '{"text":"a"}');
    expect(sent).not.toHaveProperty("label");
    expect(sent).toMatchObject({ axon: { hotkey: miner.address } });
  });
});
