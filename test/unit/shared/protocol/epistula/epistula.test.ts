import { readFileSync } from "node:fs";
import { keypairFromUri } from "@subnetkit/shared/crypto/keypair";
import { epistulaDialect, epistulaHeaders, signEpistula } from "@subnetkit/shared/protocol/epistula/epistula";
import { createMemoryReplayStore } from "@subnetkit/shared/protocol/replay-store";
import { verifySigned } from "@subnetkit/shared/protocol/verify-signed";
import fc from "fast-check";
import { describe, expect, it } from "vitest";

const alice = keypairFromUri("//Alice");
const bob = keypairFromUri("//Bob");
const nowMs = 1_752_076_800_000;
const body = Buffer.from('{"prompt": "hello"}');
const uuid = "2f0c6d4e-8a9b-4c1d-9e2f-0123456789ab";
const dialect = epistulaDialect();

const sign = (options: { keypair?: typeof alice; receiver?: string; timestampMs?: number; uuid?: string } = {}) =>
  signEpistula({ body, keypair: alice, receiver: bob.address, timestampMs: nowMs, uuid, ...options }).headers;

async function verify(
  headers: Record<string, string>,
  sent: Uint8Array = body,
  replay = createMemoryReplayStore({ bootNs: 0n }),
) {
  const context = { receiver: bob.address, scheme: "sr25519", nowNs: BigInt(nowMs) * 1_000_000n } as const;
  const check = dialect.precheck(headers, context);
  if (check.kind === "refused") return check.code;
  const request = { method: "POST", target: "/any", headers, body: sent };
  const verdict = await verifySigned(dialect, check.claim, request, context, { replay });
  return verdict.kind === "refused" ? verdict.code : "accepted";
}

describe("epistulaDialect", () => {
  it("accepts what is signed for us, now, over this body", async () => {
    expect(dialect.sender(sign())).toBe(alice.address);
    expect(await verify(sign())).toBe("accepted");
  });

  it("refuses another body, another signer's name, another uuid and another time", async () => {
    expect(await verify(sign(), Buffer.from("{}"))).toBe("E_AUTH_SIGNATURE");
    expect(await verify({ ...sign(), [epistulaHeaders.signedBy]: bob.address })).toBe("E_AUTH_SIGNATURE");
    expect(await verify({ ...sign(), [epistulaHeaders.uuid]: uuid.replace("2", "3") })).toBe("E_AUTH_SIGNATURE");
    expect(await verify({ ...sign(), [epistulaHeaders.timestamp]: String(nowMs - 1) })).toBe("E_AUTH_SIGNATURE");
  });

  it("refuses what is for another receiver or for nobody, which deployed servers accept", async () => {
    expect(await verify(sign({ receiver: alice.address }))).toBe("E_AUTH_RECEIVER");
    const { [epistulaHeaders.signedFor]: _gone, ...unaddressed } = sign();
    expect(await verify(unaddressed)).toBe("E_AUTH_RECEIVER");
  });

  it("refuses what is too old, and what is from the future, which deployed servers accept", async () => {
    expect(await verify(sign({ timestampMs: nowMs - 8_000 }))).toBe("accepted");
    expect(await verify(sign({ timestampMs: nowMs - 8_001 }))).toBe("E_AUTH_STALE");
    expect(await verify(sign({ timestampMs: nowMs + 2_000 }))).toBe("accepted");
    expect(await verify(sign({ timestampMs: nowMs + 2_001 }))).toBe("E_AUTH_STALE");
  });

  it("accepts a request once, also when its uuid is written in capitals", async () => {
    const replay = createMemoryReplayStore({ bootNs: 0n });
    expect(await verify(sign(), body, replay)).toBe("accepted");
    expect(await verify(sign(), body, replay)).toBe("E_AUTH_REPLAY");
    expect(await verify(sign({ uuid: uuid.toUpperCase() }), body, replay)).toBe("E_AUTH_REPLAY");
  });

  it("never throws, whatever the headers", async () => {
    const names = Object.values(epistulaHeaders);
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...names), fc.string({ unit: "binary" }), async (name, value) => {
        if (value === sign()[name]) return;
        expect(await verify({ ...sign(), [name]: value })).toMatch(/^E_AUTH_/);
      }),
      { numRuns: 300 },
    );
  });

  it("accepts what an implementation in Python signed", async () => {
    const file = new URL("../../../../vectors/epistula-request.json", import.meta.url);
    const { requests } = JSON.parse(readFileSync(file, "utf8")) as {
      readonly requests: readonly { readonly headers: Record<string, string>; readonly body: string }[];
    };
    for (const { headers, body: sent } of requests) {
      const nowNs = BigInt(headers[epistulaHeaders.timestamp]!) * 1_000_000n;
      const context = { receiver: bob.address, scheme: "sr25519", nowNs } as const;
      const check = dialect.precheck(headers, context);
      if (check.kind === "refused") throw new Error(check.code);
      const request = { method: "POST", target: "/any", headers, body: Buffer.from(sent) };
      const replay = createMemoryReplayStore({ bootNs: 0n });
      expect(await verifySigned(dialect, check.claim, request, context, { replay })).toEqual({ kind: "accepted" });
    }
    expect(requests.length).toBeGreaterThan(0);
  });
});
