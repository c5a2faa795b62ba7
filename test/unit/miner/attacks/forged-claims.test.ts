import { keypairFromSeed } from "@subnetkit/shared/crypto/keypair";
import { axonHeaders } from "@subnetkit/shared/protocol/axon/headers";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  ask,
  miner,
  raw,
  request,
  rival,
  signed,
  startVictim,
  statusOf,
  stranger,
  validator,
  hello,
  type Victim,
} from "./support.ts";

let victim: Victim;
beforeAll(async () => {
  victim = await startVictim();
});
afterAll(() => victim.close());

const length = { host: "x", "content-length": String(hello.length) };
const codeOf = async (text: string): Promise<string> => (await ask(victim.port, text)).code;

describe("a changed request", () => {
  test("is refused whatever was changed: body, path, method's query, caller, nonce", async () => {
    const text = request();
    const other = request();
    const nonce = /x-bittensor-nonce: (\d+)/;
    for (const changed of [
      text.replace("hello", "hellp"),
      text.replace("/v1/tasks/echo", "/v1/tasks/echo?x=1"),
      text.replace("/v1/tasks/echo", "/v1/tasks/impatient"),
      text.replace(validator.address, rival.address),
      text.replace(nonce, other.match(nonce)?.[0] ?? ""),
    ])
      expect(await codeOf(changed)).toBe("E_AUTH_SIGNATURE");
    expect(await statusOf(victim.port, text)).toBe(200);
  });

  test("is refused when it was signed for another receiver, and when its receiver was changed to us", async () => {
    const theirs = request({ receiver: stranger.address });
    expect(await codeOf(theirs)).toBe("E_AUTH_RECEIVER");
    expect(await codeOf(theirs.replace(stranger.address, miner.address))).toBe("E_AUTH_SIGNATURE");
    const { "x-bittensor-receiver": _left, ...unbound } = signed();
    expect(await codeOf(raw({ ...length, ...unbound }))).toBe("E_AUTH_RECEIVER");
  });

  test("is refused from a hotkey that is not registered here, however well it is signed", async () => {
    expect(await codeOf(request({ keypair: stranger }))).toBe("E_CALLER_UNKNOWN");
  });
});

describe("a downgrade", () => {
  const without = (name: string): Record<string, string> =>
    Object.fromEntries(Object.entries(signed()).filter(([key]) => key !== name));

  test("by the version header of btauth is refused", async () => {
    for (const version of ["0", "2", "1.0", "01", " 1 1", "btauth/1", "10005000", ""])
      expect(await codeOf(raw({ ...length, ...signed(), "x-bittensor-version": version }))).toBe("E_AUTH_MALFORMED");
    expect(await codeOf(raw({ ...length, ...without("x-bittensor-version") }))).toBe("E_AUTH_MALFORMED");
  });

  test("by naming another scheme is refused: an ed25519 key that signs well is no sr25519 hotkey", async () => {
    const ed25519 = keypairFromSeed(new Uint8Array(32).fill(7), "ed25519");
    expect(await codeOf(request({ keypair: ed25519 }))).toBe("E_CALLER_UNKNOWN");
    for (const [crypto, code] of [
      ["ed25519", "E_AUTH_SIGNATURE"],
      ["none", "E_AUTH_SIGNATURE"],
      ["ecdsa", "E_AUTH_SIGNATURE"],
      ["", "E_AUTH_MALFORMED"],
    ] as const)
      expect(await codeOf(raw({ ...length, ...signed(), "x-bittensor-crypto": crypto }))).toBe(code);
    // Absent means sr25519, which is what was signed.
    expect(await statusOf(victim.port, raw({ ...length, ...signed() }))).toBe(200);
  });

  test("to SDK 10, whose oldest versions were accepted without a body hash or a signature, is refused", async () => {
    const claims = {
      ...length,
      [axonHeaders.dendriteHotkey]: validator.address,
      [axonHeaders.axonHotkey]: miner.address,
      [axonHeaders.dendriteNonce]: String(BigInt(Date.now()) * 1_000_000n),
      [axonHeaders.dendriteUuid]: "0a1b2c3d-8a9b-11f0-9e2f-0123456789ab",
    };
    for (const version of ["1", "600", "720", "10005000"])
      expect(await codeOf(raw({ ...claims, bt_header_dendrite_version: version }, hello, { path: "/Echo" }))).toBe(
        "E_AUTH_MALFORMED",
      );
  });

  test("by speaking two dialects at once gains nothing: the native one decides", async () => {
    const both = {
      ...length,
      ...signed(),
      "x-bittensor-signature": `0x${"11".repeat(64)}`,
      "epistula-version": "2",
      "epistula-signed-by": validator.address,
    };
    expect(await codeOf(raw(both))).toBe("E_AUTH_SIGNATURE");
  });
});
