import type { Keypair } from "@subnetkit/shared/crypto/keypair";
import { emptyBodyHash } from "@subnetkit/shared/protocol/axon/body-hash";
import { axonMessage } from "@subnetkit/shared/protocol/axon/dialect";
import { axonHeaders } from "@subnetkit/shared/protocol/axon/headers";
import { nextNonceNs } from "@subnetkit/shared/protocol/nonce";
import { createMemoryReplayStore } from "@subnetkit/shared/protocol/replay-store";
import { randomUUID } from "node:crypto";
import { request } from "undici";
import { afterEach, describe, expect, test } from "vitest";
import { miner, startVictim, stranger, validator, type Victim, type VictimOptions } from "./support.ts";

// What SDK 10's axon answers with 200 (spec/wire-protocols.md 1.1, "Weaknesses"), and what else its rules leave open.

const victims: Victim[] = [];
const start = async (options: VictimOptions = {}): Promise<Victim> => {
  const victim = await startVictim(options);
  victims.push(victim);
  return victim;
};
afterEach(async () => {
  for (const victim of victims.splice(0)) await victim.close();
});

const hourNs = 3_600_000_000_000n;

type Signed = {
  readonly keypair?: Keypair;
  readonly nonce?: bigint;
  readonly uuid?: string;
  readonly axon?: string;
  readonly more?: Readonly<Record<string, string | undefined>>;
};

/** The headers of a dendrite. `more` changes what no signature covers; undefined takes a header away. */
function dendrite({
  keypair = validator,
  nonce = nextNonceNs(),
  uuid = randomUUID(),
  axon = miner.address,
  more = {},
}: Signed = {}) {
  const message = axonMessage({ nonce, dendrite: keypair.address, axon, uuid, bodyHash: emptyBodyHash });
  const headers: Record<string, string | undefined> = {
    "content-type": "application/json",
    [axonHeaders.name]: "Echo",
    [axonHeaders.timeout]: "12.0",
    [axonHeaders.axonHotkey]: axon,
    [axonHeaders.dendriteVersion]: "10005000",
    [axonHeaders.dendriteHotkey]: keypair.address,
    [axonHeaders.dendriteNonce]: nonce.toString(),
    [axonHeaders.dendriteUuid]: uuid,
    [axonHeaders.bodyHash]: emptyBodyHash,
    [axonHeaders.dendriteSignature]: `0x${Buffer.from(keypair.sign(message)).toString("hex")}`,
    ...more,
  };
  return Object.fromEntries(
    Object.entries(headers).filter((entry): entry is [string, string] => entry[1] !== undefined),
  );
}

const hello = '{"name":"Echo","text":"hello"}';

async function send(
  { port }: Victim,
  headers: Record<string, string>,
  { path = "/Echo", body = hello, method = "POST" as "POST" | "GET" } = {},
) {
  const response = await request(`http://127.0.0.1:${port}${path}`, {
    method,
    headers,
    ...(method === "POST" ? { body } : {}),
  });
  const text = await response.body.text();
  const { message, error } = JSON.parse(text) as { message?: string; error?: { code: string } };
  return { status: response.statusCode, code: error?.code, message };
}

describe("what SDK 10's axon lets in", () => {
  test("an honest dendrite is answered, so that the refusals below mean something", async () => {
    const victim = await start();
    expect(await send(victim, dendrite())).toMatchObject({ status: 200 });
    expect(victim.offered()).toBe(1);
  });

  test.each<[string, Signed, string]>([
    ["without a signature", { more: { [axonHeaders.dendriteSignature]: undefined } }, "E_AUTH_MALFORMED"],
    ["with an empty signature", { more: { [axonHeaders.dendriteSignature]: "" } }, "E_AUTH_MALFORMED"],
    ["signed an hour ahead", { nonce: nextNonceNs() + hourNs }, "E_AUTH_STALE"],
    ["signed an hour ago", { nonce: nextNonceNs() - hourNs }, "E_AUTH_STALE"],
    [
      "signed an hour ago, with a version that knows no age",
      { nonce: nextNonceNs() - hourNs, more: { [axonHeaders.dendriteVersion]: "7001999" } },
      "E_AUTH_STALE",
    ],
    [
      "signed an hour ago, without a version",
      { nonce: nextNonceNs() - hourNs, more: { [axonHeaders.dendriteVersion]: undefined } },
      "E_AUTH_STALE",
    ],
    [
      "signed an hour ago, with a time-out of a day",
      { nonce: nextNonceNs() - hourNs, more: { [axonHeaders.timeout]: "99999" } },
      "E_AUTH_STALE",
    ],
    ["with a time-out that is no number of seconds", { more: { [axonHeaders.timeout]: "NaN" } }, "E_AUTH_MALFORMED"],
    [
      "signed an hour ago, with a time-out beyond all numbers",
      { nonce: nextNonceNs() - hourNs, more: { [axonHeaders.timeout]: "1e999" } },
      "E_AUTH_STALE",
    ],
    ["for another axon", { axon: stranger.address }, "E_AUTH_RECEIVER"],
    [
      "for another axon, readdressed",
      { axon: stranger.address, more: { [axonHeaders.axonHotkey]: miner.address } },
      "E_AUTH_SIGNATURE",
    ],
    ["with another uuid than was signed", { more: { [axonHeaders.dendriteUuid]: randomUUID() } }, "E_AUTH_SIGNATURE"],
    ["with a body hash of its own", { more: { [axonHeaders.bodyHash]: "0".repeat(64) } }, "E_AUTH_SIGNATURE"],
    [
      "in the name of a validator, by somebody else",
      { keypair: { ...stranger, address: validator.address } },
      "E_AUTH_SIGNATURE",
    ],
  ])("refuses a request %s", async (_what, signed, code) => {
    const victim = await start();
    expect(await send(victim, dendrite(signed))).toMatchObject({ status: 401, code, message: expect.any(String) });
    expect(victim.offered()).toBe(0);
  });

  test("refuses who is not registered before anything is verified", async () => {
    const victim = await start();
    expect(await send(victim, dendrite({ keypair: stranger }))).toMatchObject({
      status: 403,
      message: expect.any(String),
    });
    expect(victim.passed.get("signature") ?? 0).toBe(0);
  });

  test("refuses a replay, also after a newer request and with everything unsigned changed", async () => {
    const victim = await start();
    const first = dendrite();
    expect(await send(victim, first)).toMatchObject({ status: 200 });
    expect(await send(victim, dendrite())).toMatchObject({ status: 200 });
    const changed = {
      [axonHeaders.timeout]: "3",
      [axonHeaders.dendriteVersion]: "7001999",
      [axonHeaders.name]: "Other",
    };
    expect(await send(victim, { ...first, ...changed })).toMatchObject({ status: 401, code: "E_AUTH_REPLAY" });
    expect(await send(victim, first, { path: "/Impatient" })).toMatchObject({ status: 401, code: "E_AUTH_REPLAY" });
    expect(await send(victim, first, { path: "/Synapse" })).toMatchObject({ status: 401, code: "E_AUTH_REPLAY" });
  });

  test("takes the requests of one dendrite in any order, which SDK 10 refuses", async () => {
    const victim = await start();
    const uuid = randomUUID();
    const [early, late] = [dendrite({ uuid }), dendrite({ uuid })];
    expect(await send(victim, late)).toMatchObject({ status: 200 });
    expect(await send(victim, early)).toMatchObject({ status: 200 });
  });

  test("remembers nothing of what nobody signed, and a uuid no longer than its window", async () => {
    const replay = createMemoryReplayStore({ bootNs: 0n, maxAgeMs: 16_000 });
    const victim = await start({ replay });
    const forged = { keypair: { ...stranger, address: validator.address } };
    for (let i = 0; i < 50; i++) expect(await send(victim, dendrite(forged))).toMatchObject({ status: 401 });
    expect(replay.size).toBe(0);
    for (let i = 0; i < 50; i++) expect(await send(victim, dendrite())).toMatchObject({ status: 200 });
    expect(replay.size).toBe(50);
    // A hundred seconds of a dendrite that has a new uuid for every request.
    const fromNs = nextNonceNs();
    const sizes = Array.from({ length: 10_000 }, (_, i) => {
      const issuedNs = fromNs + BigInt(i) * 10_000_000n;
      replay.claim({ hotkey: validator.address, replayId: `${issuedNs}.${i}`, issuedNs });
      return replay.size;
    });
    expect(Math.max(...sizes)).toBeLessThan(2_200);
  });

  test.each(["99999", "1e999"])("ends work at the task's own limit, not after %s seconds", async (timeout) => {
    const victim = await start();
    const startedAt = performance.now();
    const patient = dendrite({ more: { [axonHeaders.timeout]: timeout } });
    expect(await send(victim, patient, { path: "/Impatient" })).toMatchObject({
      status: 408,
      message: expect.any(String),
    });
    expect(performance.now() - startedAt).toBeLessThan(2_000);
  });
});

describe("statuses a dendrite knows", () => {
  test.each<[string, Parameters<typeof send>[2], number]>([
    ["a synapse that is not served", { path: "/Nothing" }, 404],
    ["a body that is no JSON", { body: "{" }, 400],
    ["a body that does not fit the task", { body: '{"name":"Echo","text":5}' }, 400],
    ["a solver that fails", { body: '{"text":"throw"}' }, 500],
    ["a solver that answers nonsense", { body: '{"text":"wrong"}' }, 500],
    ["a solver that is too slow", { path: "/Impatient" }, 408],
  ])("%s", async (_what, change, status) => {
    const victim = await start();
    expect(await send(victim, dendrite(), change)).toMatchObject({ status, message: expect.any(String) });
  });

  test("a GET may ping as a POST may, unsigned no more than signed; it has no body, so that it can ask for nothing", async () => {
    const victim = await start();
    expect(await send(victim, dendrite(), { method: "GET", path: "/Synapse" })).toMatchObject({ status: 200 });
    expect(await send(victim, {}, { method: "GET", path: "/Synapse" })).toMatchObject({ status: 401 });
    expect(await send(victim, dendrite(), { method: "GET", path: "/Echo" })).toMatchObject({ status: 400 });
    expect(await send(victim, {}, { method: "GET", path: "/Nothing" })).toMatchObject({ status: 404 });
  });
});
