import { sha256Hex } from "@subnetkit/shared/crypto/hash";
import { keypairFromUri, verifySignature } from "@subnetkit/shared/crypto/keypair";
import { encodeAddress } from "@subnetkit/shared/crypto/ss58";
import { btauthDialect, signRequest, type Verdict, verifyRequest } from "@subnetkit/shared/protocol/btauth";
import { parseBtauthHeaders, type RequestHeaders } from "@subnetkit/shared/protocol/btauth-headers";
import { btauthMessage } from "@subnetkit/shared/protocol/btauth-message";
import { nextNonceNs } from "@subnetkit/shared/protocol/nonce";
import { createMemoryReplayStore, type ReplayStore } from "@subnetkit/shared/protocol/replay-store";
import { hexToBytes, utf8 } from "@subnetkit/shared/util/bytes";
import fc from "fast-check";
import { describe, expect, it, vi } from "vitest";

const alice = keypairFromUri("//Alice");
const aliceEd = keypairFromUri("//Alice", "ed25519");
const bob = keypairFromUri("//Bob").address;
const nonceNs = 1_752_076_800_000_000_000n;
const request = { method: "POST", target: "/generate?stream=false", body: utf8('{"prompt": "hello"}') };
const signed = signRequest({ ...request, keypair: alice, receiver: bob, nonceNs });

function store(): ReplayStore {
  return createMemoryReplayStore({ bootNs: 0n });
}

function verify(headers: RequestHeaders, changes: Partial<Parameters<typeof verifyRequest>[0]> = {}): Promise<Verdict> {
  return verifyRequest({
    ...request,
    headers,
    receiver: bob,
    expectedScheme: "sr25519",
    nowNs: nonceNs,
    replay: store(),
    ...changes,
  });
}

describe("the golden vector of btauth/1", () => {
  it("is eight lines without a newline at the end", () => {
    expect(
      Buffer.from(
        btauthMessage({
          ...request,
          bodySha256: sha256Hex(request.body),
          scheme: "sr25519",
          nonce: nonceNs,
          sender: alice.address,
          receiver: bob,
        }),
      ).toString(),
    ).toBe(
      [
        "btauth/1",
        "sr25519",
        "POST",
        "/generate?stream=false",
        "341c57448e531310fbbe83f44cea2a5e838bd9e8a6b82b269f01d0dbbc23c3cc",
        "1752076800000000000",
        "5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY",
        "5FHneW46xGXgs5mUiveU4sbTyGBzmstUspZC92UhjJM694ty",
      ].join("\n"),
    );
    expect(
      Buffer.from(
        btauthMessage({
          ...request,
          bodySha256: sha256Hex(request.body),
          scheme: "sr25519",
          nonce: 1n,
          sender: "s",
          receiver: undefined,
        }),
      ).toString(),
    ).toMatch(/\ns\n-$/);
  });

  it("has the pinned signature under ed25519", () => {
    expect(signRequest({ ...request, keypair: aliceEd, receiver: bob, nonceNs })).toEqual({
      "x-bittensor-version": "1",
      "x-bittensor-hotkey": "5FA9nQDVg267DEd8m1ZypXLBnvN7SFxYwV7ndqSYGiN9TTpu",
      "x-bittensor-receiver": bob,
      "x-bittensor-nonce": "1752076800000000000",
      "x-bittensor-crypto": "ed25519",
      "x-bittensor-signature":
        "0x1a6b631988bf1f7ea093ab9d5acf61f05c316d0b0e428b24b487b75a5f6ee0e1a56a26918fdf871b6cf09437e6588023a4ce423cf622621b2a7feee17612f704",
    });
  });

  it("verifies under sr25519, which names no scheme in its headers", () => {
    const message = btauthMessage({
      ...request,
      bodySha256: sha256Hex(request.body),
      scheme: "sr25519",
      nonce: nonceNs,
      sender: alice.address,
      receiver: bob,
    });
    expect(signed).not.toHaveProperty("x-bittensor-crypto");
    expect(verifySignature("sr25519", message, hexToBytes(signed["x-bittensor-signature"]!), alice.publicKey)).toBe(
      true,
    );
  });
});

describe("a request signed by the Python SDK 11.3.0", () => {
  it("is accepted", async () => {
    const headers = {
      "x-bittensor-version": "1",
      "x-bittensor-hotkey": "5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY",
      "x-bittensor-nonce": "1795324069442898723",
      "x-bittensor-signature":
        "0xf4fded582c84ac142fbf121581b9ce6d31b2a057039570c31d06ab3301f18f6192bb899a3830eb65b52c92138dd5f94815df0a367fb08e9abbbd484346f4388f",
      "x-bittensor-receiver": "5FHneW46xGXgs5mUiveU4sbTyGBzmstUspZC92UhjJM694ty",
    };
    await expect(verify(headers, { nowNs: 1_795_324_069_442_898_723n })).resolves.toMatchObject({ kind: "accepted" });
  });
});

describe("verifyRequest", () => {
  it("accepts what signRequest made, under both schemes, once", async () => {
    const replay = store();
    await expect(verify(signed, { replay })).resolves.toEqual({
      kind: "accepted",
      hotkey: alice.address,
      nonce: nonceNs,
    });
    await expect(verify(signed, { replay })).resolves.toMatchObject({
      kind: "refused",
      code: "E_AUTH_REPLAY",
      httpStatus: 401,
    });
    const ed = signRequest({ ...request, keypair: aliceEd, receiver: bob, nonceNs });
    await expect(verify(ed, { expectedScheme: "ed25519" })).resolves.toMatchObject({
      kind: "accepted",
      hotkey: aliceEd.address,
    });
  });

  it("accepts a method in any case, as clients differ", async () => {
    await expect(verify(signed, { method: "post" })).resolves.toMatchObject({ kind: "accepted" });
  });

  it.each([
    ["another method", { method: "PUT" }],
    ["another path", { target: "/generate2?stream=false" }],
    ["another query", { target: "/generate?stream=true" }],
    ["another body", { body: utf8('{"prompt": "hello"} ') }],
    ["an empty body", { body: new Uint8Array() }],
  ])("refuses the signature over %s", async (_what, changes) => {
    await expect(verify(signed, changes)).resolves.toMatchObject({ code: "E_AUTH_SIGNATURE", httpStatus: 401 });
  });

  it("refuses a nonce, a sender or a signature that was changed", async () => {
    const other = keypairFromUri("//Charlie").address;
    const flipped = signed["x-bittensor-signature"]!.replace(/^0x./, (start) => (start === "0x0" ? "0x1" : "0x0"));
    for (const change of [
      { "x-bittensor-nonce": `${nonceNs + 1n}` },
      { "x-bittensor-hotkey": other },
      { "x-bittensor-signature": flipped },
    ]) {
      await expect(verify({ ...signed, ...change })).resolves.toMatchObject({ code: "E_AUTH_SIGNATURE" });
    }
  });

  it("refuses a request for another receiver, and one that is for nobody in particular", async () => {
    const charlie = keypairFromUri("//Charlie").address;
    await expect(
      verify(signRequest({ ...request, keypair: alice, receiver: charlie, nonceNs })),
    ).resolves.toMatchObject({ code: "E_AUTH_RECEIVER" });
    const { "x-bittensor-receiver": _receiver, ...unbound } = signed;
    await expect(verify(unbound)).resolves.toMatchObject({ code: "E_AUTH_RECEIVER" });
  });

  it("keeps the window: ten seconds back, two ahead, to the nanosecond", async () => {
    const second = 1_000_000_000n;
    await expect(verify(signed, { nowNs: nonceNs + 10n * second })).resolves.toMatchObject({ kind: "accepted" });
    await expect(verify(signed, { nowNs: nonceNs + 10n * second + 1n })).resolves.toMatchObject({
      code: "E_AUTH_STALE",
    });
    await expect(verify(signed, { nowNs: nonceNs - 2n * second })).resolves.toMatchObject({ kind: "accepted" });
    await expect(verify(signed, { nowNs: nonceNs - 2n * second - 1n })).resolves.toMatchObject({
      code: "E_AUTH_STALE",
    });
    await expect(verify(signed, { nowNs: nonceNs + second, maxAgeMs: 500 })).resolves.toMatchObject({
      code: "E_AUTH_STALE",
    });
  });

  it("takes the scheme from the server, never from the request", async () => {
    await expect(verify({ ...signed, "x-bittensor-crypto": "ed25519" })).resolves.toMatchObject({
      code: "E_AUTH_SIGNATURE",
    });
    await expect(verify({ ...signed, "x-bittensor-crypto": "mldsa" })).resolves.toMatchObject({
      code: "E_AUTH_SIGNATURE",
    });
    const ed = signRequest({ ...request, keypair: aliceEd, receiver: bob, nonceNs });
    await expect(verify(ed)).resolves.toMatchObject({ code: "E_AUTH_SIGNATURE" });
    const { "x-bittensor-crypto": _crypto, ...unnamed } = ed;
    await expect(verify(unnamed)).resolves.toMatchObject({ code: "E_AUTH_SIGNATURE" });
  });

  it("checks in the order of the specification: shape, receiver, freshness, signature, replay", async () => {
    const claim = vi.fn(() => true);
    const charlie = keypairFromUri("//Charlie").address;
    const wrong = { nowNs: 0n, receiver: charlie, body: new Uint8Array(), replay: { claim } };
    const codeOf = (verdict: Verdict) => (verdict.kind === "refused" ? verdict.code : verdict.kind);
    expect(codeOf(await verify({ ...signed, "x-bittensor-version": "2" }, wrong))).toBe("E_AUTH_MALFORMED");
    expect(codeOf(await verify(signed, wrong))).toBe("E_AUTH_RECEIVER");
    expect(codeOf(await verify(signed, { ...wrong, receiver: bob }))).toBe("E_AUTH_STALE");
    expect(codeOf(await verify(signed, { ...wrong, receiver: bob, nowNs: nonceNs }))).toBe("E_AUTH_SIGNATURE");
    expect(claim).not.toHaveBeenCalled();
  });

  it("does not record the nonce of a request whose signature is wrong, so nobody can burn another's", async () => {
    const replay = store();
    await verify(signed, { body: new Uint8Array(), replay });
    await expect(verify(signed, { replay })).resolves.toMatchObject({ kind: "accepted" });
  });

  it("refuses when the replay store fails or does not answer", async () => {
    const failing: ReplayStore = { claim: () => Promise.reject(new Error("redis is down")) };
    const throwing: ReplayStore = {
      claim: () => {
        throw new Error("redis is down");
      },
    };
    const silent: ReplayStore = { claim: () => new Promise(() => undefined) };
    for (const replay of [failing, throwing, silent]) {
      await expect(verify(signed, { replay, replayTimeoutMs: 10 })).resolves.toMatchObject({
        code: "E_AUTH_REPLAY_STORE",
        httpStatus: 503,
      });
    }
  });
});

describe("the shape of the headers", () => {
  const zero = encodeAddress(new Uint8Array(32));

  it.each([
    ["x-bittensor-version", [undefined, "", "2", "1 ", "01", ["1"]]],
    [
      "x-bittensor-hotkey",
      [
        undefined,
        "",
        `${alice.address}x`,
        alice.address.replace("5G", "5H"),
        `${alice.address}, ${alice.address}`,
        encodeAddress(alice.publicKey, 0),
        "5".repeat(10_000),
      ],
    ],
    ["x-bittensor-receiver", ["", "-", `${bob} `, [bob]]],
    [
      "x-bittensor-nonce",
      [
        undefined,
        "",
        "0",
        "-1",
        "1e18",
        "1.5",
        "0x10",
        "01752076800000000000",
        "9".repeat(21),
        "9".repeat(100_000),
        "١",
      ],
    ],
    ["x-bittensor-crypto", ["", "SR25519", "sr25519, sr25519", "a".repeat(17)]],
    [
      "x-bittensor-signature",
      [undefined, "", "0x", `0x${"A".repeat(128)}`, "0".repeat(130), `0x${"0".repeat(130)}`, `0x${"0".repeat(128)}\n`],
    ],
  ] as const)("is exact for %s", (name, values) => {
    for (const value of values)
      expect(parseBtauthHeaders({ ...signed, [name]: value } as RequestHeaders)).toEqual({ malformed: name });
  });

  it("lets only a well-formed request through, whatever its claims", () => {
    expect(parseBtauthHeaders({ ...signed, "x-bittensor-hotkey": zero })).toMatchObject({ hotkey: zero });
  });

  it("is never a reason to throw: any headers, any target, any body are refused with a code", async () => {
    const names = ["version", "hotkey", "receiver", "nonce", "crypto", "signature"].map(
      (name) => `x-bittensor-${name}`,
    );
    const value = fc.oneof(
      fc.string(),
      fc.string({ unit: "binary" }),
      fc.constantFrom(...Object.values(signed)),
      fc.array(fc.string(), { maxLength: 2 }),
      fc.constant(undefined),
    );
    const garbage = fc.dictionary(fc.oneof(fc.constantFrom(...names), fc.string()), value, { maxKeys: 8 });
    await fc.assert(
      fc.asyncProperty(
        garbage,
        fc.boolean(),
        fc.string(),
        fc.string(),
        fc.uint8Array(),
        async (headers, overSigned, method, target, body) => {
          const verdict = await verify(overSigned ? { ...signed, ...headers } : headers, { method, target, body });
          expect(verdict).toMatchObject({ kind: "refused", code: expect.stringMatching(/^E_AUTH_/), httpStatus: 401 });
        },
      ),
      { numRuns: 500 },
    );
  });

  it("never comes back in the reason of a refusal", async () => {
    const hostile = "<script>alert(1)</script>";
    for (const name of Object.keys(signed))
      expect(JSON.stringify(await verify({ ...signed, [name]: hostile }))).not.toContain("script");
  });
});

describe("btauthDialect", () => {
  it("tells what the headers alone can tell, before the body is there", () => {
    const { sender, precheck } = btauthDialect();
    const context = { receiver: bob, scheme: "sr25519", nowNs: nonceNs } as const;
    expect(sender(signed)).toBe(alice.address);
    expect(sender({})).toBeUndefined();
    expect(precheck(signed, context)).toMatchObject({
      kind: "plausible",
      claim: { hotkey: alice.address, issuedNs: nonceNs, replayId: nonceNs.toString() },
    });
    expect(precheck(signed, { ...context, receiver: alice.address })).toMatchObject({
      kind: "refused",
      code: "E_AUTH_RECEIVER",
    });
  });
});

describe("signRequest", () => {
  it.each([
    ["POST", "/a\nb"],
    ["POST", "/a b"],
    ["POST", "/ä"],
    ["POST", ""],
    ["POST", `/${"x".repeat(2_048)}`],
    ["PO\nST", "/"],
  ])("refuses to sign %j %j, which could smuggle a line", (method, target) => {
    expect(() => signRequest({ ...request, method, target, keypair: alice, receiver: bob })).toThrowError(
      expect.objectContaining({ code: "E_AUTH_TARGET" }),
    );
  });

  it("signs with the time of now, and never twice with the same nonce", async () => {
    const headers = signRequest({ ...request, keypair: alice, receiver: bob });
    const nowNs = BigInt(Date.now()) * 1_000_000n;
    await expect(verify(headers, { nowNs })).resolves.toMatchObject({ kind: "accepted" });
    const nonces = Array.from({ length: 10_000 }, nextNonceNs);
    expect(nonces.every((nonce, i) => i === 0 || nonce > nonces[i - 1]!)).toBe(true);
  });
});
