import { keypairFromUri } from "@subnetkit/shared/crypto/keypair";
import { readSignedStream, type ReadSignedStreamOptions } from "@subnetkit/shared/protocol/read-signed-stream";
import { signResponse, verifyResponse } from "@subnetkit/shared/protocol/response-signature";
import { createStreamSigner, maxTrailerBytes, verifyStreamEnd } from "@subnetkit/shared/protocol/stream-signature";
import fc from "fast-check";
import { describe, expect, test } from "vitest";

const keypair = keypairFromUri("//Miner");
const validator = keypairFromUri("//Validator").address;
const request = { requestNonce: 7n, validator, target: "/v1/tasks/talk", requestSha256: "ab".repeat(32) };
const asked = { ...request, miner: keypair.address, maxBytes: 1_000 };

/** The bytes of a signed stream of these chunks. */
function signed(chunks: readonly unknown[], { status = 200, code = "", by = keypair } = {}): Buffer {
  const signer = createStreamSigner({ keypair: by, ...request });
  return Buffer.concat([...chunks.map((chunk) => signer.chunk(JSON.stringify(chunk))), signer.trailer(status, code)]);
}

async function* cut(bytes: Uint8Array, sizes: readonly number[] = []): AsyncGenerator<Uint8Array> {
  let at = 0;
  for (const size of sizes) {
    yield bytes.subarray(at, at + size);
    at += size;
  }
  if (at < bytes.length) yield bytes.subarray(at);
}

const read = (bytes: Uint8Array, change: Partial<ReadSignedStreamOptions> = {}, sizes?: readonly number[]) =>
  readSignedStream(cut(bytes, sizes), { ...asked, ...change });

describe("readSignedStream", () => {
  test("gives the chunks of a stream, however it was cut on the way", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.jsonValue({ maxDepth: 2 }), { maxLength: 8 }),
        fc.array(fc.integer({ min: 1, max: 40 }), { maxLength: 60 }),
        async (values, sizes) => {
          const chunks = values.map((value) => JSON.parse(JSON.stringify(value)) as unknown);
          const outcome = await read(signed(chunks), { maxBytes: 100_000 }, sizes);
          expect(outcome).toEqual({ kind: "complete", chunks });
        },
      ),
      { numRuns: 60 },
    );
  });

  test("shows each chunk before the stream has ended, and waits for whoever looks", async () => {
    const seen: unknown[] = [];
    let looking = 0;
    await readSignedStream(cut(signed(["a", "b"])), {
      ...asked,
      onChunk: async (chunk) => {
        expect(++looking).toBe(1);
        await Promise.resolve();
        looking--;
        seen.push(chunk);
      },
    });
    expect(seen).toEqual(["a", "b"]);
  });

  test("holds the signature against the scheme that the miner is known for, and nothing else", async () => {
    const by = keypairFromUri("//Miner", "ed25519");
    const stream = signed(["a"], { by });
    const [forged, sr25519] = [{ kind: "malformed", reason: "bad-signature" }, signed(["a"])];
    expect(await read(stream, { miner: by.address, scheme: "ed25519" })).toEqual({ kind: "complete", chunks: ["a"] });
    for (const scheme of [undefined, "sr25519"] as const)
      expect(await read(stream, { miner: by.address, ...(scheme && { scheme }) })).toEqual(forged);
    expect(await read(sr25519, { scheme: "ed25519" })).toEqual(forged);
  });

  test("tells a signed failure from a stream that was cut off", async () => {
    expect(await read(signed(["a"], { status: 504, code: "E_SOLVER_TIMEOUT" }))).toEqual({
      kind: "failed",
      status: 504,
      code: "E_SOLVER_TIMEOUT",
      chunks: ["a"],
    });
    const whole = signed(["a", "b"]);
    const beforeTrailer = whole.indexOf("event: trailer");
    for (const end of [0, 3, beforeTrailer, whole.length - 1])
      expect(await read(whole.subarray(0, end))).toEqual({ kind: "malformed", reason: "truncated" });
  });

  test("believes no stream with a single byte changed", async () => {
    const whole = signed(["hello", { n: 1 }]);
    for (let at = 0; at < whole.length; at++) {
      const changed = Buffer.from(whole);
      changed[at] = (changed[at] ?? 0) ^ 1;
      expect((await read(changed)).kind, `byte ${at}`).toBe("malformed");
    }
  });

  test("believes no stream for another request, another validator or from another miner, nor one that is repeated or reordered", async () => {
    const whole = signed(["a", "b"]);
    const stranger = keypairFromUri("//Stranger").address;
    const others = [{ requestNonce: 8n }, { target: "/v1/tasks/other" }, { requestSha256: "cd".repeat(32) }];
    for (const change of [...others, { validator: stranger }, { miner: stranger }])
      expect(await read(whole, change)).toEqual({ kind: "malformed", reason: "bad-signature" });
    const frames = whole.toString().split(/(?<=\n\n)/);
    const [a = "", b = "", trailer = ""] = frames;
    for (const order of [
      [b, a, trailer],
      [a, trailer],
      [a, a, b, trailer],
    ])
      expect(await read(Buffer.from(order.join("")))).toEqual({ kind: "malformed", reason: "bad-signature" });
    for (const order of [
      [a, b, trailer, a],
      [a, b, trailer, "x"],
      [a, b, trailer, trailer],
    ])
      expect(await read(Buffer.from(order.join("")))).toEqual({ kind: "malformed", reason: "trailing-bytes" });
  });

  test("keeps no more than it may, whatever comes, and leaves the source at once", async () => {
    let pieces = 0;
    let left = false;
    async function* endless(): AsyncGenerator<Uint8Array> {
      try {
        for (;;) {
          pieces++;
          yield Buffer.from("data: [");
        }
      } finally {
        left = true;
      }
    }
    expect(await readSignedStream(endless(), asked)).toEqual({ kind: "malformed", reason: "too-large" });
    expect(pieces).toBeLessThan((asked.maxBytes + maxTrailerBytes) / 7 + 2);
    expect(left).toBe(true);
    const exact = signed(["x".repeat(990 - 8)]);
    expect((await read(exact, { maxBytes: 992 })).kind).toBe("complete");
    expect(await read(exact, { maxBytes: 991 })).toEqual({ kind: "malformed", reason: "too-large" });
  });

  test("takes nothing but the events we send", async () => {
    for (const [text, reason] of [
      ["hello\n\n", "not-events"],
      ["event: other\ndata: 1\n\n", "not-events"],
      ["data: 1\ndata: 2\n\n", "not-events"],
      ["data: {\n\n", "not-json"],
      ["event: trailer\ndata: {}\n\n", "bad-signature"],
      ["event: trailer\ndata: {\n\n", "bad-signature"],
    ] as const)
      expect(await read(Buffer.from(text)), text).toEqual({ kind: "malformed", reason });
  });

  test("takes no trailer of another form than the one it knows", async () => {
    const text = signed(["a"]).toString();
    expect(text).toContain('event: trailer\ndata: {"version":2,"status":200,"count":1,"sha256":"');
    for (const version of ['"version":1,', '"version":3,', ""])
      expect(await read(Buffer.from(text.replace('"version":2,', version)))).toEqual({
        kind: "malformed",
        reason: "bad-signature",
      });
  });

  test("passes on what the source throws, so that the caller's own deadline is not mistaken for the miner's doing", async () => {
    async function* failing(): AsyncGenerator<Uint8Array> {
      yield Buffer.from("data: 1\n\n");
      throw new Error("too late");
    }
    await expect(readSignedStream(failing(), asked)).rejects.toThrow("too late");
  });
});

describe("signatures of streams and of plain responses", () => {
  test("are never taken for each other", () => {
    const body = Buffer.from("x");
    const headers = signResponse({ keypair, ...request, status: 200, body });
    const end = { status: 200, count: 0, sha256: "0".repeat(64), code: "" };
    const ofResponse = headers["x-subnetkit-response-signature"] ?? "";
    expect(verifyStreamEnd(end, ofResponse, asked)).toBe(false);
    const trailer = createStreamSigner({ keypair, ...request })
      .trailer(200)
      .toString();
    const signature = /0x[0-9a-f]{128}/.exec(trailer)?.[0] ?? "";
    const claimed = { ...headers, "x-subnetkit-response-signature": signature };
    expect(verifyResponse({ headers: claimed, ...asked, status: 200, body: Buffer.alloc(0) })).toBe(false);
  });
});
