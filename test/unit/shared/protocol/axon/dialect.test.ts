import { keypairFromUri } from "@subnetkit/shared/crypto/keypair";
import { emptyBodyHash } from "@subnetkit/shared/protocol/axon/body-hash";
import { axonDialect, axonMessage } from "@subnetkit/shared/protocol/axon/dialect";
import { axonHeaders } from "@subnetkit/shared/protocol/axon/headers";
import { createMemoryReplayStore } from "@subnetkit/shared/protocol/replay-store";
import { verifySigned } from "@subnetkit/shared/protocol/verify-signed";
import fc from "fast-check";
import { describe, expect, it } from "vitest";

const alice = keypairFromUri("//Alice");
const bob = keypairFromUri("//Bob");
const nowNs = 1_752_076_800_000_000_000n;
const second = 1_000_000_000n;
const uuid = "0a1b2c3d-8a9b-11f0-9e2f-0123456789ab";
const dialect = axonDialect();

function sign({ nonce = nowNs, axon = bob.address, more = {} as Record<string, string> } = {}): Record<string, string> {
  const message = axonMessage({ nonce, dendrite: alice.address, axon, uuid, bodyHash: emptyBodyHash });
  return {
    [axonHeaders.name]: "Classify",
    [axonHeaders.timeout]: "12.0",
    [axonHeaders.axonHotkey]: axon,
    [axonHeaders.dendriteHotkey]: alice.address,
    [axonHeaders.dendriteNonce]: nonce.toString(),
    [axonHeaders.dendriteUuid]: uuid,
    [axonHeaders.dendriteVersion]: "10005000",
    [axonHeaders.bodyHash]: emptyBodyHash,
    [axonHeaders.dendriteSignature]: `0x${Buffer.from(alice.sign(message)).toString("hex")}`,
    ...more,
  };
}

async function verify(
  headers: Record<string, string>,
  replay = createMemoryReplayStore({ bootNs: 0n, maxAgeMs: 20_000 }),
) {
  const context = { receiver: bob.address, scheme: "sr25519", nowNs } as const;
  const check = dialect.precheck(headers, context);
  if (check.kind === "refused") return check.code;
  const request = { method: "POST", target: "/Classify", headers, body: Buffer.from("{}") };
  const verdict = await verifySigned(dialect, check.claim, request, context, { replay });
  return verdict.kind === "refused" ? verdict.code : "accepted";
}

describe("axonDialect", () => {
  it("accepts what a dendrite signed for us", async () => {
    expect(dialect.sender(sign())).toBe(alice.address);
    expect(await verify(sign())).toBe("accepted");
  });

  it("refuses an unsigned request, which SDK 10 answers", async () => {
    const { [axonHeaders.dendriteSignature]: _gone, ...unsigned } = sign();
    expect(await verify(unsigned)).toBe("E_AUTH_MALFORMED");
  });

  it("refuses what is for another axon", async () => {
    expect(await verify(sign({ axon: alice.address }))).toBe("E_AUTH_RECEIVER");
    expect(await verify({ ...sign({ axon: alice.address }), [axonHeaders.axonHotkey]: bob.address })).toBe(
      "E_AUTH_SIGNATURE",
    );
  });

  it("refuses another hash, uuid or nonce than was signed", async () => {
    expect(await verify(sign({ more: { [axonHeaders.bodyHash]: "0".repeat(64) } }))).toBe("E_AUTH_SIGNATURE");
    expect(await verify(sign({ more: { [axonHeaders.dendriteUuid]: "0" } }))).toBe("E_AUTH_SIGNATURE");
    expect(await verify(sign({ more: { [axonHeaders.dendriteNonce]: (nowNs + 1n).toString() } }))).toBe(
      "E_AUTH_SIGNATURE",
    );
  });

  it("allows four seconds beyond the caller's own time-out, and never believes one of hours", async () => {
    expect(await verify(sign({ nonce: nowNs - 16n * second }))).toBe("accepted");
    expect(await verify(sign({ nonce: nowNs - 16n * second - 1n }))).toBe("E_AUTH_STALE");
    const hours = { [axonHeaders.timeout]: "99999" };
    expect(await verify(sign({ nonce: nowNs - 17n * second, more: hours }))).toBe("E_AUTH_STALE");
    const short = { [axonHeaders.timeout]: "1.5" };
    expect(await verify(sign({ nonce: nowNs - 5n * second, more: short }))).toBe("accepted");
    expect(await verify(sign({ nonce: nowNs - 6n * second, more: short }))).toBe("E_AUTH_STALE");
  });

  it("reads a time-out as Python writes floats; one of nothing waits for ever, and none is trusted with more than 16 seconds", async () => {
    const timeoutOf = (timeout: string) => {
      const check = dialect.precheck(sign({ more: { [axonHeaders.timeout]: timeout } }), {
        ...{ receiver: bob.address, scheme: "sr25519", nowNs },
      });
      return check.kind === "refused" ? check.code : check.claim.timeoutMs;
    };
    const written = { "12": 12_000, "0.5": 500, "1e-05": 0.01, "1000000.0": 1e9, "1e+16": 1e19 };
    for (const [text, ms] of Object.entries(written)) expect([text, timeoutOf(text)]).toEqual([text, ms]);
    for (const text of ["0.0", "0", "inf", "1e+999"]) {
      expect([text, timeoutOf(text)]).toEqual([text, Number.POSITIVE_INFINITY]);
      const more = { [axonHeaders.timeout]: text };
      expect(await verify(sign({ nonce: nowNs - 16n * second, more }))).toBe("accepted");
      expect(await verify(sign({ nonce: nowNs - 16n * second - 1n, more }))).toBe("E_AUTH_STALE");
    }
    for (const text of ["-1.0", "nan", "-inf", "", " 1", "0x1", "1_0", "1e", "9".repeat(21)])
      expect([text, timeoutOf(text)]).toEqual([text, "E_AUTH_MALFORMED"]);
  });

  it("refuses an hour-old nonce whatever the version header says, and one from the future", async () => {
    const old = sign({ nonce: nowNs - 3_600n * second, more: { [axonHeaders.dendriteVersion]: "7001999" } });
    expect(await verify(old)).toBe("E_AUTH_STALE");
    expect(await verify(sign({ nonce: nowNs + 3_600n * second }))).toBe("E_AUTH_STALE");
  });

  it("accepts a request once", async () => {
    const replay = createMemoryReplayStore({ bootNs: 0n, maxAgeMs: 20_000 });
    expect(await verify(sign(), replay)).toBe("accepted");
    expect(await verify(sign(), replay)).toBe("E_AUTH_REPLAY");
  });

  it("never throws, whatever the headers", async () => {
    const names = Object.keys(sign()).filter(
      (name) => name !== axonHeaders.name && name !== axonHeaders.dendriteVersion,
    );
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...names), fc.string({ unit: "binary" }), async (name, value) => {
        expect(await verify({ ...sign(), [name]: value })).toMatch(/^E_AUTH_|^accepted$/);
      }),
      { numRuns: 300 },
    );
  });
});
