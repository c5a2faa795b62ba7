import { setTimeout as sleep } from "node:timers/promises";
import { sha256Hex } from "@subnetkit/shared/crypto/hash";
import { keypairFromUri } from "@subnetkit/shared/crypto/keypair";
import { axonBodyHash } from "@subnetkit/shared/protocol/axon/body-hash";
import { axonDialect } from "@subnetkit/shared/protocol/axon/dialect";
import { axonHeaders } from "@subnetkit/shared/protocol/axon/headers";
import { readJsonObject } from "@subnetkit/shared/protocol/axon/json-text";
import { btauthHeaders } from "@subnetkit/shared/protocol/btauth-headers";
import type { Dialect, DialectName } from "@subnetkit/shared/protocol/dialect";
import { epistulaDialect } from "@subnetkit/shared/protocol/epistula/epistula";
import { createMemoryReplayStore } from "@subnetkit/shared/protocol/replay-store";
import { signResponse } from "@subnetkit/shared/protocol/response-signature";
import { verifySigned } from "@subnetkit/shared/protocol/verify-signed";
import { createScoreEnv, makeChallenge } from "@subnetkit/shared/subnet";
import type { AnyTask } from "@subnetkit/shared/subnet";
import { afterAll, afterEach, describe, expect, it } from "vitest";
import { z } from "zod";
import { type AskOptions, askMiner } from "../../../../../validator/src/round/ask.ts";
import { openDialectMemory } from "../../../../../validator/src/round/dialects/memory.ts";
import type { Spoken } from "../../../../../validator/src/round/dialects/spoken.ts";
import type { PlannedMiner } from "../../../../../validator/src/round/plan-record.ts";
import { createMinerPools } from "../../../../../validator/src/round/pools.ts";
import type { DialectStore } from "../../../../../validator/src/store/dialect-store.ts";
import { answerSum, type Asked, startMiner, type TestMiner } from "../../support/miner.ts";
import { sumTask } from "../../support/subnet.ts";

const validator = keypairFromUri("//Asker");
const task = { ...sumTask, axon: { hashFields: ["a", "b"] } } as unknown as AnyTask;
const pools = createMinerPools();
const miners: TestMiner[] = [];
afterEach(async () => {
  await Promise.all(miners.splice(0).map((miner) => miner.close()));
});
afterAll(() => pools.close());

/** A store in memory that counts its writes. */
function memoryStore(): DialectStore & { readonly kept: Map<string, Spoken>; writes: number } {
  const kept = new Map<string, Spoken>();
  return {
    kept,
    writes: 0,
    of: (hotkeys) => Promise.resolve(new Map([...kept].filter(([hotkey]) => hotkeys.includes(hotkey)))),
    keep(learnt) {
      if (learnt.size > 0) this.writes += 1;
      for (const [hotkey, spoken] of learnt) kept.set(hotkey, spoken);
      return Promise.resolve();
    },
  };
}

type Round = {
  readonly store?: DialectStore;
  readonly nowMs?: number;
  readonly version?: number;
} & Partial<AskOptions>;

/** One question of a round; gives the outcome and what was tried. */
async function ask(miner: TestMiner, { store = memoryStore(), nowMs = 1_000, version, ...options }: Round = {}) {
  const endpoint = {
    ip: "0.0.0.1",
    port: miner.port,
    ipType: 4 as const,
    ...(version === undefined ? {} : { version }),
  };
  const planned: PlannedMiner = { hotkey: miner.keypair.address, uid: 1, endpoint };
  const memory = await openDialectMemory([planned], { store, nowMs: () => nowMs });
  const { requestJson } = await makeChallenge(task, createScoreEnv({ block: 7, seed: "seed" }));
  const tried: [DialectName, boolean][] = [];
  const outcome = await askMiner(
    planned,
    { task, requestJson, signal: new AbortController().signal },
    { allowPrivate: true, ...options },
    { pools, keypair: validator, memory, onDialect: (dialect, understood) => tried.push([dialect, understood]) },
  );
  await memory.flush();
  return { outcome, tried };
}

async function start(behave: (asked: Asked) => void | Promise<void>): Promise<TestMiner> {
  const miner = await startMiner(`//Miner//${Math.random()}`, behave);
  miners.push(miner);
  return miner;
}

function refuse({ response }: Asked, status: number): void {
  response.writeHead(status, { "content-type": "application/json" });
  response.end("{}");
}

async function verified(dialect: Dialect, { request, body, keypair }: Asked): Promise<boolean> {
  const context = { receiver: keypair.address, scheme: "sr25519", nowNs: BigInt(Date.now()) * 1_000_000n } as const;
  const check = dialect.precheck(request.headers, context);
  if (check.kind === "refused") return false;
  const whole = { method: "POST", target: request.url ?? "", headers: request.headers, body };
  const replay = createMemoryReplayStore({ bootNs: 0n });
  return (await verifySigned(dialect, check.claim, whole, context, { replay })).kind === "accepted";
}

/** A miner of SDK 10: one path, the synapse back with its answer, nothing signed unless asked to. */
async function sdk10(asked: Asked, { signed = false, status = 200 } = {}): Promise<void> {
  const { request, response, body, keypair } = asked;
  if (request.url !== "/Sum") return refuse(asked, 404);
  const members = readJsonObject(body.toString());
  const hash = members && axonBodyHash(members, ["a", "b"]);
  if (hash !== request.headers[axonHeaders.bodyHash] || !(await verified(axonDialect(), asked)))
    return refuse(asked, 401);
  const synapse = JSON.parse(body.toString()) as { a: number; b: number; axon: object };
  const text = JSON.stringify({
    ...synapse,
    sum: synapse.a + synapse.b,
    axon: { ...synapse.axon, status_code: status },
  });
  const signature = signed
    ? signResponse({
        keypair,
        requestNonce: String(request.headers[axonHeaders.dendriteNonce]),
        validator: validator.address,
        target: "/Sum",
        requestSha256: sha256Hex(body),
        status: 200,
        body: Buffer.from(text),
      })
    : {};
  response.writeHead(200, {
    "content-type": "application/json",
    [axonHeaders.axonStatusCode]: String(status),
    ...signature,
  });
  response.end(text);
}

async function epistula(asked: Asked): Promise<void> {
  if (!(await verified(epistulaDialect(), asked))) return refuse(asked, 401);
  const { a, b } = JSON.parse(asked.body.toString()) as { a: number; b: number };
  asked.response.end(JSON.stringify({ sum: a + b }));
}

describe("asking miners that speak other dialects", () => {
  it("finds SDK 10 behind a 404, within the same question, and asks it directly from then on", async () => {
    const miner = await start(sdk10);
    const store = memoryStore();
    const first = await ask(miner, { store, acceptUnsigned: true });
    expect(first.outcome).toMatchObject({ kind: "answered", body: { sum: expect.any(Number) } });
    expect(first.tried).toEqual([
      ["btauth", false],
      ["axon", true],
    ]);
    const second = await ask(miner, { store, acceptUnsigned: true });
    expect(second.outcome).toMatchObject({ kind: "answered" });
    expect(second.tried).toEqual([["axon", true]]);
    expect(store.writes).toBe(1);
  });

  it("finds Epistula behind two refusals", async () => {
    const miner = await start(epistula);
    const { outcome, tried } = await ask(miner, { acceptUnsigned: true });
    expect(outcome).toMatchObject({ kind: "answered" });
    expect(tried.map(([name]) => name)).toEqual(["btauth", "axon", "epistula"]);
  });

  it("asks a native miner once", async () => {
    const miner = await start(answerSum);
    expect((await ask(miner)).tried).toEqual([["btauth", true]]);
    expect(miner.asked()).toBe(1);
  });

  it("asks only in the dialects it is configured for, in their order", async () => {
    const miner = await start((asked) => refuse(asked, 404));
    expect((await ask(miner, { dialects: ["epistula", "btauth"] })).tried.map(([name]) => name)).toEqual([
      "epistula",
      "btauth",
    ]);
    expect((await ask(miner, { dialects: ["axon"] })).outcome).toMatchObject({ kind: "refused", reason: "not-found" });
  });
});

describe("what is remembered of a miner", () => {
  it("does not outlive the address or the version it was learnt at, nor six hours", async () => {
    const miner = await start(sdk10);
    const store = memoryStore();
    const of = async (round: Round) => (await ask(miner, { store, acceptUnsigned: true, ...round })).tried.length;
    expect(await of({ version: 1 })).toBe(2);
    expect(await of({ version: 1 })).toBe(1);
    expect(await of({ version: 2 })).toBe(2);
    expect(await of({ version: 2, nowMs: 6 * 3_600_000 })).toBe(1);
    expect(await of({ version: 2, nowMs: 6 * 3_600_000 + 1_001 })).toBe(2);
    const moved = await startMiner("//Moved", sdk10);
    miners.push(moved);
    const before = store.kept.get(miner.keypair.address);
    if (before === undefined) throw new Error("nothing was learnt");
    store.kept.set(moved.keypair.address, before);
    expect((await ask(moved, { store, acceptUnsigned: true, version: 2 })).tried.length).toBe(2);
  });

  it("is tried first, and the others after it when the miner speaks another dialect now", async () => {
    let behave = sdk10 as (asked: Asked) => void | Promise<void>;
    const miner = await start((asked) => behave(asked));
    const store = memoryStore();
    await ask(miner, { store, acceptUnsigned: true });
    behave = (asked) => (asked.request.url === "/Sum" ? refuse(asked, 404) : answerSum(asked));
    const { outcome, tried } = await ask(miner, { store });
    expect(outcome).toMatchObject({ kind: "answered" });
    expect(tried.map(([name]) => name)).toEqual(["axon", "btauth"]);
    expect(store.kept.get(miner.keypair.address)).toMatchObject({ dialect: "btauth" });
  });

  it("is nothing when no dialect was understood; the outcome is that of the first", async () => {
    const miner = await start((asked) => refuse(asked, asked.request.url === "/Sum" ? 401 : 404));
    const store = memoryStore();
    const { outcome, tried } = await ask(miner, { store });
    expect(outcome).toMatchObject({ kind: "refused", status: 404 });
    expect(tried.map(([, understood]) => understood)).toEqual([false, false, false]);
    expect(store.kept.size).toBe(0);
  });

  it("is kept even when its answers do not count, so that the miner is not probed in every round", async () => {
    const miner = await start(sdk10);
    const store = memoryStore();
    expect((await ask(miner, { store })).outcome).toMatchObject({ kind: "malformed", reason: "unsigned" });
    expect((await ask(miner, { store })).tried).toEqual([["axon", true]]);
  });
});

describe("refusals that end the asking", () => {
  it.each([403, 429, 500, 503])("a %i was understood, or says nothing about the dialect", async (status) => {
    const miner = await start((asked) => refuse(asked, status));
    expect((await ask(miner)).outcome).toMatchObject({ kind: "refused", status });
    expect(miner.asked()).toBe(1);
  });

  it("a 404 that the miner signed", async () => {
    const miner = await start(({ request, response, keypair, body: asked }) => {
      const body = "{}";
      const signature = signResponse({
        keypair,
        requestNonce: String(request.headers[btauthHeaders.nonce]),
        validator: validator.address,
        target: request.url ?? "",
        requestSha256: sha256Hex(asked),
        status: 404,
        body: Buffer.from(body),
      });
      response.writeHead(404, signature);
      response.end(body);
    });
    expect((await ask(miner)).tried).toEqual([["btauth", true]]);
  });

  it("an axon's own status in an answer of HTTP status 200", async () => {
    const miner = await start((asked) => sdk10(asked, { status: 403 }));
    expect((await ask(miner, { acceptUnsigned: true })).outcome).toMatchObject({ kind: "refused", status: 403 });
  });
});

describe("answers without the miner's signature", () => {
  it("count only where the validator is told so", async () => {
    const miner = await start(sdk10);
    expect((await ask(miner)).outcome).toMatchObject({ kind: "malformed", reason: "unsigned" });
    expect((await ask(miner, { acceptUnsigned: true })).outcome).toMatchObject({ kind: "answered" });
    const signing = await start((asked) => sdk10(asked, { signed: true }));
    expect((await ask(signing)).outcome).toMatchObject({ kind: "answered" });
  });

  it("never excuse a wrong one", async () => {
    const other = keypairFromUri("//Other");
    const miner = await start((asked) => sdk10({ ...asked, keypair: asked.keypair }, { signed: false }));
    const forged = await start(async (asked) => {
      const { response, keypair, request, body } = asked;
      if (request.url !== "/Sum") return refuse(asked, 404);
      const { a, b } = JSON.parse(body.toString()) as { a: number; b: number };
      const text = JSON.stringify({ sum: a + b });
      const requestNonce = String(request.headers[axonHeaders.dendriteNonce]);
      const signature = signResponse({
        keypair: { ...other, address: keypair.address },
        requestNonce,
        validator: validator.address,
        target: "/Sum",
        requestSha256: sha256Hex(body),
        status: 200,
        body: Buffer.from(text),
      });
      response.writeHead(200, signature);
      response.end(text);
    });
    expect((await ask(miner, { acceptUnsigned: true })).outcome).toMatchObject({ kind: "answered" });
    expect((await ask(forged, { acceptUnsigned: true })).outcome).toMatchObject({
      kind: "malformed",
      reason: "bad-signature",
    });
  });
});

describe("a miner of SDK 10 that streams", () => {
  const streaming = (chunk: z.ZodType, assemble: (chunks: readonly never[]) => unknown): AnyTask =>
    ({ ...task, axon: { stream: true }, streaming: { chunk, assemble } }) as unknown as AnyTask;
  const words = streaming(z.string(), (chunks: readonly string[]) => ({ sum: Number(chunks.join("")) }));
  const numbers = streaming(z.object({ part: z.number() }), (chunks: readonly { part: number }[]) => ({
    sum: chunks.reduce((sum, { part }) => sum + part, 0),
  }));

  const streamed = async (of: AnyTask, text: string, headers: Record<string, string> = {}) => {
    const miner = await start(({ response, request }) => {
      if (request.url !== "/Sum") return void response.writeHead(404).end();
      response.writeHead(200, { "content-type": "text/event-stream; charset=utf-8", ...headers });
      for (const character of text) response.write(character);
      response.end();
    });
    const endpoint = { ip: "0.0.0.1", port: miner.port, ipType: 4 as const };
    const { requestJson } = await makeChallenge(task, createScoreEnv({ block: 7, seed: "seed" }));
    return askMiner(
      { hotkey: miner.keypair.address, uid: 1, endpoint },
      { task: of, requestJson, signal: new AbortController().signal },
      { allowPrivate: true, acceptUnsigned: true },
      { pools, keypair: validator },
    );
  };

  it("is read as what the task makes of its chunks: text, or lines of JSON", async () => {
    expect(await streamed(words, "42")).toMatchObject({ kind: "answered", body: { sum: 42 } });
    expect(await streamed(numbers, '{"part":1}\n{"part":2}\n')).toMatchObject({ kind: "answered", body: { sum: 3 } });
  });

  it("is no answer when it says so, when it is no stream of the task, or when nothing says that it is one", async () => {
    expect(await streamed(words, "42", { [axonHeaders.axonStatusCode]: "500" })).toMatchObject({ kind: "malformed" });
    expect(await streamed(numbers, "words")).toMatchObject({ kind: "malformed", reason: "not-json" });
    expect(await streamed(words, "forty-two")).toMatchObject({ kind: "malformed", reason: "schema" });
    expect(await streamed(words, "42", { "content-type": "text/plain" })).toMatchObject({ reason: "not-json" });
    expect(await streamed(task, "42")).toMatchObject({ reason: "not-json" });
  });
});

describe("the time of a question in several dialects", () => {
  it("runs from the first request on, so that nobody gains by pretending not to understand", async () => {
    const miner = await start(async (asked) => {
      if (asked.request.url !== "/Sum") await sleep(120);
      await sdk10(asked);
    });
    const { outcome } = await ask(miner, { acceptUnsigned: true });
    expect(outcome).toMatchObject({ kind: "answered" });
    expect((outcome as { latencyMs: number }).latencyMs).toBeGreaterThanOrEqual(115);
  });

  it("ends at the task's limit, whatever is still untried", async () => {
    const miner = await start(async (asked) => {
      await sleep(300);
      refuse(asked, 404);
    });
    const startedAt = performance.now();
    expect((await ask(miner)).outcome).toMatchObject({ kind: "late" });
    expect(performance.now() - startedAt).toBeLessThan(800);
    expect(miner.asked()).toBe(2);
  });
});

describe("tasks that a dialect cannot carry", () => {
  const answers = z.array(z.number()).max(3);

  it("takes the response of another shape from the member our miner puts it in", async () => {
    const list = { ...task, response: answers } as unknown as AnyTask;
    const miner = await start(({ response, request }) => {
      if (request.url !== "/Sum") return void response.writeHead(404).end();
      response.end('{"a":1,"response":[1,2]}');
    });
    const planned = {
      hotkey: miner.keypair.address,
      uid: 1,
      endpoint: { ip: "0.0.0.1", port: miner.port, ipType: 4 as const },
    };
    const { requestJson } = await makeChallenge(task, createScoreEnv({ block: 7, seed: "seed" }));
    const question = { task: list, requestJson, signal: new AbortController().signal };
    const options = { allowPrivate: true, acceptUnsigned: true };
    expect(await askMiner(planned, question, options, { pools, keypair: validator })).toMatchObject({
      kind: "answered",
      body: [1, 2],
    });
  });

  it("leaves the miner without an outcome when it is our configuration that cannot ask", async () => {
    const miner = await start(answerSum);
    const planned = {
      hotkey: miner.keypair.address,
      uid: 1,
      endpoint: { ip: "0.0.0.1", port: miner.port, ipType: 4 as const },
    };
    const question = { task, requestJson: "[1]" as never, signal: new AbortController().signal };
    const options = { allowPrivate: true, dialects: ["axon"] as const };
    expect(await askMiner(planned, question, options, { pools, keypair: validator })).toBeUndefined();
    expect(miner.asked()).toBe(0);
  });
});
