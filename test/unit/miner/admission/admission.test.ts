import { createAdmission, type Stage } from "@subnetkit/miner/admission/admission";
import { noLists } from "@subnetkit/miner/admission/caller-lists";
import { createCallers } from "@subnetkit/miner/admission/callers";
import { createRateLimiter } from "@subnetkit/miner/admission/rate-limiter";
import { sha256Hex } from "@subnetkit/shared/crypto/hash";
import { keypairFromUri } from "@subnetkit/shared/crypto/keypair";
import { btauthDialect, signRequest } from "@subnetkit/shared/protocol/btauth";
import { nextNonceNs } from "@subnetkit/shared/protocol/nonce";
import { createMemoryReplayStore } from "@subnetkit/shared/protocol/replay-store";
import { describe, expect, test } from "vitest";
import { metagraph, neuron } from "../support/neurons.ts";
import { openAddresses, openBodies } from "../support/open-addresses.ts";

const miner = keypairFromUri("//Miner");
const validator = keypairFromUri("//Validator");
const pauper = keypairFromUri("//Pauper");
const peasant = keypairFromUri("//Peasant");
const stranger = keypairFromUri("//Stranger");

const target = "/v1/tasks/echo";
const address = "192.0.2.1";
const body = Buffer.from('{"text":"hi"}');

function setup() {
  const passed: Stage[] = [];
  let nowMs = 0;
  const callers = createCallers();
  callers.replace(
    metagraph([
      neuron(validator.address, { validatorPermit: true, totalStakeRao: 1_000n }),
      neuron(pauper.address, { validatorPermit: true, totalStakeRao: 1n }),
      neuron(peasant.address, { totalStakeRao: 1_000n }),
    ]),
  );
  const admission = createAdmission(
    { receiver: miner.address, requirePermit: true, minStakeRao: 500n, maxBodyBytes: 1_000 },
    {
      dialects: [btauthDialect()],
      callers,
      replay: createMemoryReplayStore({ bootNs: 0n }),
      rate: createRateLimiter({ perSecond: 1, burst: 2 }, () => nowMs),
      addresses: openAddresses(),
      bodies: openBodies(),
      lists: noLists,
      onPassed: (stage) => passed.push(stage),
    },
  );
  return { admission, passed, pass: (ms: number) => (nowMs += ms) };
}

const sign = (keypair = validator, options: { nonceNs?: bigint; receiver?: string } = {}) =>
  signRequest({
    method: "POST",
    target,
    body,
    keypair,
    receiver: options.receiver ?? miner.address,
    nonceNs: options.nonceNs ?? nextNonceNs(),
  });

const headOutcome = (headers: Record<string, string>, contentLength = body.length) => {
  const { admission, passed } = setup();
  const verdict = admission.head({ headers, contentLength, address });
  return { outcome: verdict.kind === "refused" ? verdict.refusal.code : verdict.kind, passed };
};

describe("admission by headers", () => {
  test("lets a signed request of a permitted validator through every stage", () => {
    expect(headOutcome(sign())).toEqual({
      outcome: "plausible",
      passed: ["address", "size", "shape", "hotkey", "freshness", "list", "permit", "forgery", "budget"],
    });
  });

  test("refuses by size before it looks at anything else", () => {
    expect(headOutcome({}, 1_001)).toEqual({ outcome: "E_REQUEST_TOO_LARGE", passed: ["address"] });
  });

  test("refuses missing and malformed headers by shape", () => {
    expect(headOutcome({}).outcome).toBe("E_AUTH_MALFORMED");
    for (const name of ["x-bittensor-version", "x-bittensor-hotkey", "x-bittensor-nonce", "x-bittensor-signature"]) {
      const { [name]: _left, ...rest } = sign();
      expect(headOutcome(rest).outcome).toBe("E_AUTH_MALFORMED");
    }
    expect(headOutcome({ ...sign(), "x-bittensor-signature": `0x${"f".repeat(127)}` }).outcome).toBe(
      "E_AUTH_MALFORMED",
    );
  });

  test("refuses a request for another miner, or for nobody", () => {
    expect(headOutcome(sign(validator, { receiver: stranger.address })).outcome).toBe("E_AUTH_RECEIVER");
    const { "x-bittensor-receiver": _receiver, ...unbound } = sign();
    expect(headOutcome(unbound).outcome).toBe("E_AUTH_RECEIVER");
  });

  test("refuses a hotkey that is not registered here, before any work on its headers", () => {
    expect(headOutcome({ ...sign(stranger), "x-bittensor-signature": "0x00" })).toEqual({
      outcome: "E_CALLER_UNKNOWN",
      passed: ["address", "size"],
    });
  });

  test("refuses what is too old or from the future", () => {
    const now = BigInt(Date.now()) * 1_000_000n;
    expect(headOutcome(sign(validator, { nonceNs: now - 11_000_000_000n })).outcome).toBe("E_AUTH_STALE");
    expect(headOutcome(sign(validator, { nonceNs: now + 3_000_000_000n })).outcome).toBe("E_AUTH_STALE");
  });

  test("refuses callers without a permit or enough stake before any curve operation", () => {
    expect(headOutcome(sign(peasant))).toMatchObject({
      outcome: "E_CALLER_NO_PERMIT",
      passed: ["address", "size", "shape", "hotkey", "freshness", "list"],
    });
    expect(headOutcome(sign(pauper)).outcome).toBe("E_CALLER_STAKE");
  });
});

describe("admission by body", () => {
  const plausible = (headers: Record<string, string>) => {
    const verdict = setup().admission.head({ headers, contentLength: body.length, address });
    if (verdict.kind === "refused") throw new Error(`refused by its headers: ${verdict.refusal.code}`);
    return verdict;
  };
  const whole = (
    admission: ReturnType<typeof setup>["admission"],
    headers: Record<string, string>,
    sent: Uint8Array = body,
  ) => admission.whole(plausible(headers), { method: "POST", target, headers, body: sent });

  test("admits a good signature and says who asks with which nonce", async () => {
    const { admission, passed } = setup();
    const nonceNs = nextNonceNs();
    const verdict = await whole(admission, sign(validator, { nonceNs }));
    expect(verdict).toMatchObject({
      kind: "admitted",
      proven: {
        validator: validator.address,
        requestNonce: nonceNs.toString(),
        target,
        requestSha256: sha256Hex(body),
      },
      caller: { hotkey: validator.address, stakeRao: 1_000n },
    });
    expect(passed).toEqual(["signature", "rate", "replay"]);
  });

  test("refuses a body that was changed on the way", async () => {
    const { admission, passed } = setup();
    const verdict = await whole(admission, sign(), Buffer.from('{"text":"ho"}'));
    expect(verdict).toMatchObject({ kind: "refused", refusal: { code: "E_AUTH_SIGNATURE" } });
    expect(verdict).not.toHaveProperty("proven");
    expect(passed).toEqual([]);
  });

  test("refuses another's name under an own signature", async () => {
    const { admission } = setup();
    const verdict = await whole(admission, { ...sign(stranger), "x-bittensor-hotkey": validator.address });
    expect(verdict).toMatchObject({ refusal: { code: "E_AUTH_SIGNATURE" } });
  });

  test("refuses the same request twice", async () => {
    const { admission, passed } = setup();
    const headers = sign();
    expect((await whole(admission, headers)).kind).toBe("admitted");
    passed.length = 0;
    expect(await whole(admission, headers)).toMatchObject({ refusal: { code: "E_AUTH_REPLAY" } });
    // Its signature is right, so that no bound on forgeries would stop whoever repeats it: it must not be verified again.
    expect(passed).toEqual([]);
  });

  test("a forged request does not burn the nonce of the true one", async () => {
    const { admission } = setup();
    const headers = sign();
    await whole(admission, headers, Buffer.from("forged"));
    expect((await whole(admission, headers)).kind).toBe("admitted");
  });

  test("stops a caller whose bucket is empty, and tells only a proven caller how long", async () => {
    const { admission } = setup();
    await whole(admission, sign());
    await whole(admission, sign());
    const third = await whole(admission, sign());
    expect(third).toMatchObject({
      refusal: { code: "E_CALLER_RATE" },
      proven: { validator: validator.address },
      retryAfterMs: 1_000,
    });
  });

  test("uses up no request that it answers with 429: the very same one may come again", async () => {
    const { admission, passed, pass } = setup();
    await whole(admission, sign());
    await whole(admission, sign());
    passed.length = 0;
    const early = sign();
    expect(await whole(admission, early)).toMatchObject({ refusal: { code: "E_CALLER_RATE" } });
    expect(passed).toEqual(["signature"]);
    pass(1_000);
    expect((await whole(admission, early)).kind).toBe("admitted");
    pass(1_000);
    expect(await whole(admission, early)).toMatchObject({ refusal: { code: "E_AUTH_REPLAY" } });
  });

  test("repeating what was overheard does not empty the bucket of its sender", async () => {
    const { admission } = setup();
    const overheard = sign();
    expect((await whole(admission, overheard)).kind).toBe("admitted");
    for (let i = 0; i < 10; i++)
      expect(await whole(admission, overheard)).toMatchObject({ refusal: { code: "E_AUTH_REPLAY" } });
    expect((await whole(admission, sign())).kind).toBe("admitted");
  });

  test("repeating it gets no signed answer out of us while its sender's bucket is empty", async () => {
    const { admission } = setup();
    const overheard = sign();
    await whole(admission, overheard);
    await whole(admission, sign());
    const repeated = await whole(admission, overheard);
    expect(repeated).toMatchObject({ refusal: { code: "E_AUTH_REPLAY" } });
    expect(repeated).not.toHaveProperty("proven");
  });

  test("forged requests do not empty the bucket of the one they name", async () => {
    const { admission } = setup();
    for (let i = 0; i < 10; i++) await whole(admission, { ...sign(stranger), "x-bittensor-hotkey": validator.address });
    expect((await whole(admission, sign())).kind).toBe("admitted");
  });
});
