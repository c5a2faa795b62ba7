import { readFileSync } from "node:fs";
import { keypairFromUri, verifySignature } from "@subnetkit/shared/crypto/keypair";
import { emptyBodyHash } from "@subnetkit/shared/protocol/axon/body-hash";
import { readSynapseReply, signSynapse } from "@subnetkit/shared/protocol/axon/client";
import { axonDialect, axonMessage } from "@subnetkit/shared/protocol/axon/dialect";
import { axonHeaders } from "@subnetkit/shared/protocol/axon/headers";
import { readJsonObject } from "@subnetkit/shared/protocol/axon/json-text";
import { synapseBaseFields } from "@subnetkit/shared/protocol/axon/synapse-fields";
import { createMemoryReplayStore } from "@subnetkit/shared/protocol/replay-store";
import { verifySigned } from "@subnetkit/shared/protocol/verify-signed";
import { hexToBytes } from "@subnetkit/shared/util/bytes";
import { describe, expect, it } from "vitest";

const alice = keypairFromUri("//Alice");
const bob = keypairFromUri("//Bob");
const context = { receiver: bob.address, scheme: "sr25519" } as const;

type Vector = {
  readonly path: string;
  readonly headers: readonly [string, string][];
  readonly body: string;
  readonly hashFields: readonly string[];
  readonly requiredFields: readonly string[];
};
const vectors = JSON.parse(readFileSync(new URL("../../../../vectors/axon-request.json", import.meta.url), "utf8")) as {
  readonly requests: readonly Vector[];
};
const requests = vectors.requests.map(({ headers, ...rest }) => ({ ...rest, headers: Object.fromEntries(headers) }));

/** Sizes as Python's `sys.getsizeof` has them: not reproducible, and read by nobody. */
const sizes = [axonHeaders.headerSize, axonHeaders.totalSize] as readonly string[];
const withoutSizes = (headers: Readonly<Record<string, string>>) =>
  Object.entries(headers).filter(([name]) => !sizes.includes(name) && name !== "content-type");
const sizeText = /"total_size": \d+/;

describe.each(requests)(
  "a request of a real dendrite to $path",
  ({ path, headers, body, hashFields, requiredFields }) => {
    const nonceNs = BigInt(headers[axonHeaders.dendriteNonce]!);
    const signature = hexToBytes(headers[axonHeaders.dendriteSignature]!);

    it("is accepted by our dialect, once, and only within its window", async () => {
      const dialect = axonDialect();
      const check = dialect.precheck(headers, { ...context, nowNs: nonceNs + 5_000_000n });
      if (check.kind !== "plausible") throw new Error(check.code);
      expect(check.claim).toMatchObject({ hotkey: alice.address, timeoutMs: 7_500 });
      const replay = createMemoryReplayStore({ bootNs: 0n });
      const request = { method: "POST", target: path, headers, body: Buffer.from(body) };
      const verify = () => verifySigned(dialect, check.claim, request, context, { replay });
      expect(await verify()).toEqual({ kind: "accepted" });
      expect(await verify()).toMatchObject({ code: "E_AUTH_REPLAY" });
      expect(dialect.precheck(headers, { ...context, nowNs: nonceNs + 12_000_000_000n })).toMatchObject({
        code: "E_AUTH_STALE",
      });
    });

    it("is what we send as well, byte for byte", () => {
      const members = readJsonObject(body);
      const own = [...(members ?? [])].filter(([name]) => !synapseBaseFields.has(name));
      const signed: Uint8Array[] = [];
      const made = signSynapse({
        name: path.slice(1),
        // A null that is hashed need not be in the request.
        requestJson: `{${own
          .filter(([name]) => name !== "nothing")
          .map(([name, { text }]) => `"${name}":${text}`)
          .join(",")}}`,
        hashFields,
        requiredFields,
        // Its signatures differ every time; this one's is the one of the vector.
        keypair: {
          ...alice,
          sign: (message) => {
            signed.push(message);
            return signature;
          },
        },
        axon: { hotkey: bob.address, ip: "127.0.0.1", port: Number(headers[axonHeaders.axonPort]) },
        timeoutMs: 7_500,
        ip: "127.0.0.9",
        nonceNs,
        uuid: headers[axonHeaders.dendriteUuid]!,
      });
      expect(withoutSizes(made!.headers)).toEqual(withoutSizes(headers));
      expect(Buffer.from(made!.body).toString().replace(sizeText, "")).toBe(body.replace(sizeText, ""));
      expect(made!.requestNonce).toBe(nonceNs.toString());
      expect(verifySignature("sr25519", signed[0]!, signature, alice.publicKey)).toBe(true);
    });
  },
);

describe("signSynapse", () => {
  const request = {
    name: "Echo",
    hashFields: [],
    requiredFields: [],
    keypair: alice,
    axon: { hotkey: bob.address, ip: "1.2.3.4", port: 8091 },
    timeoutMs: 12_000,
  };

  it("writes whole seconds as Python does, and a fresh uuid for every request", () => {
    const made = [0, 1].map(() => signSynapse({ ...request, requestJson: '{"text":"x"}' })!.headers);
    expect(made[0]![axonHeaders.timeout]).toBe("12.0");
    expect(made[0]![axonHeaders.dendriteUuid]).not.toBe(made[1]![axonHeaders.dendriteUuid]);
    expect(BigInt(made[1]![axonHeaders.dendriteNonce]!)).toBeGreaterThan(BigInt(made[0]![axonHeaders.dendriteNonce]!));
    const { bodyHash, message } = {
      bodyHash: made[0]![axonHeaders.bodyHash]!,
      message: axonMessage({
        nonce: BigInt(made[0]![axonHeaders.dendriteNonce]!),
        dendrite: alice.address,
        axon: bob.address,
        uuid: made[0]![axonHeaders.dendriteUuid]!,
        bodyHash: emptyBodyHash,
      }),
    };
    expect(bodyHash).toBe(emptyBodyHash);
    const signature = hexToBytes(made[0]![axonHeaders.dendriteSignature]!);
    expect(verifySignature("sr25519", message, signature, alice.publicKey)).toBe(true);
  });

  it("cannot carry a required field that no header can name", () => {
    const made = (field: string) => signSynapse({ ...request, requestJson: '{"text":"x"}', requiredFields: [field] });
    for (const field of ["my field", "größe", "a:b", "1st", "", "a\nb", "a-b"]) expect(made(field)).toBeUndefined();
    expect(made("_text2")).toBeDefined();
  });

  it("cannot carry what is no object", () => {
    expect(signSynapse({ ...request, requestJson: "[1]" })).toBeUndefined();
    expect(signSynapse({ ...request, requestJson: "{" })).toBeUndefined();
  });
});

describe("readSynapseReply", () => {
  const read = (body: string, headers: Record<string, string> = {}, status = 200) =>
    readSynapseReply({ status, headers, body: Buffer.from(body) });

  it("gives the fields but those of the base class", () => {
    const reply = read('{"name":"Echo","axon":{"status_code":200},"echoed":1.0}', {
      [axonHeaders.axonStatusCode]: "200",
    });
    expect(reply).toEqual({ kind: "filled", fields: { echoed: 1 } });
  });

  it("believes the axon's own status, in a header or in the body, and else that of HTTP", () => {
    expect(read("{}")).toEqual({ kind: "filled", fields: {} });
    expect(read('{"axon":{"status_code":null}}')).toMatchObject({ kind: "filled" });
    expect(read("{}", {}, 503)).toEqual({ kind: "refused", status: 503 });
    expect(read("{}", { [axonHeaders.axonStatusCode]: "403" })).toEqual({ kind: "refused", status: 403 });
    expect(read('{"axon":{"status_code":408}}')).toEqual({ kind: "refused", status: 408 });
    expect(read("{}", { [axonHeaders.axonStatusCode]: "nonsense" })).toEqual({ kind: "refused", status: 500 });
  });

  it("calls anything else no JSON", () => {
    for (const body of ["", "[]", "<html>", '"text"', "{"]) expect(read(body)).toEqual({ kind: "not-json" });
  });
});
