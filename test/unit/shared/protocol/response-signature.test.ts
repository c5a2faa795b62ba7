import { sha256Hex } from "@subnetkit/shared/crypto/hash";
import { keypairFromUri } from "@subnetkit/shared/crypto/keypair";
import { responseMessage, signResponse, verifyResponse } from "@subnetkit/shared/protocol/response-signature";
import { utf8 } from "@subnetkit/shared/util/bytes";
import fc from "fast-check";
import { describe, expect, it } from "vitest";

const miner = keypairFromUri("//Miner//0//hot");
const validator = keypairFromUri("//Validator//0//hot").address;
const request = {
  requestNonce: 1_752_076_800_000_000_000n,
  validator,
  target: "/v1/tasks/classify?fast=1",
  requestSha256: sha256Hex('{"pixels":[]}'),
};
const response = { ...request, status: 200, body: utf8('{"digit":7}') };
const headers = signResponse({ keypair: miner, ...response });

describe("signed responses", () => {
  it("sign eight lines without a newline at the end", () => {
    expect(Buffer.from(responseMessage(response, miner.address)).toString()).toBe(
      [
        "subnetkit-response/2",
        "1752076800000000000",
        validator,
        miner.address,
        "/v1/tasks/classify?fast=1",
        sha256Hex('{"pixels":[]}'),
        "200",
        "47e4e8282528d7613c6d896a3dbe24f4b4c6fed223ac83f55a76862ce1be72d0",
      ].join("\n"),
    );
  });

  it("verify for the miner, the validator, the request, the status and the body they were made for", () => {
    expect(headers).toEqual({
      "x-subnetkit-response-version": "2",
      "x-subnetkit-response-hotkey": miner.address,
      "x-subnetkit-response-signature": expect.stringMatching(/^0x[0-9a-f]{128}$/) as unknown,
    });
    expect(verifyResponse({ ...response, headers, miner: miner.address })).toBe(true);
  });

  it("work with ed25519 hotkeys as well", () => {
    const ed = keypairFromUri("//Miner", "ed25519");
    const signed = signResponse({ keypair: ed, ...response });
    expect(verifyResponse({ ...response, headers: signed, miner: ed.address, scheme: "ed25519" })).toBe(true);
    expect(verifyResponse({ ...response, headers: signed, miner: ed.address })).toBe(false);
  });

  it.each([
    ["another request", { requestNonce: response.requestNonce + 1n }],
    ["a request of the same nonce that asked something else", { requestSha256: sha256Hex('{"pixels":[1]}') }],
    ["a request of the same nonce that asked elsewhere", { target: "/v1/tasks/classify" }],
    ["another validator", { validator: miner.address }],
    ["another status", { status: 201 }],
    ["another body", { body: utf8('{"digit":8}') }],
    ["another miner", { miner: validator }],
  ])("do not verify for %s", (_what, change) => {
    expect(verifyResponse({ ...response, headers, miner: miner.address, ...change })).toBe(false);
  });

  it.each([undefined, "1", "3", ["2", "2"]])("do not verify in a form of another number: %s", (version) => {
    const sent = { ...headers, "x-subnetkit-response-version": version };
    expect(verifyResponse({ ...response, headers: sent, miner: miner.address })).toBe(false);
  });

  it("never throw on what a peer sent", () => {
    const value = fc.oneof(fc.string(), fc.constant(undefined), fc.array(fc.string(), { maxLength: 2 }));
    fc.assert(
      fc.property(value, value, fc.boolean(), (hotkey, signature, right) => {
        const sent = {
          ...headers,
          "x-subnetkit-response-hotkey": right ? miner.address : hotkey,
          "x-subnetkit-response-signature": signature,
        };
        expect(verifyResponse({ ...response, headers: sent, miner: miner.address })).toBe(false);
      }),
      { numRuns: 300 },
    );
  });
});
