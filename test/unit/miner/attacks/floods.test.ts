import { randomBytes } from "node:crypto";
import { keypairFromUri, verifySignature } from "@subnetkit/shared/crypto/keypair";
import { sr25519Backend } from "@subnetkit/shared/crypto/sr25519";
import { createRateLimiter } from "@subnetkit/miner/admission/rate-limiter";
import { createMemoryReplayStore } from "@subnetkit/shared/protocol/replay-store";
import { describe, expect, test } from "vitest";
import {
  ask,
  dial,
  exchange,
  good,
  hello,
  raw,
  request,
  signed,
  startOwnVictim,
  statuses,
  statusOf,
  stranger,
  type Victim,
} from "./support.ts";

let victim: Victim | undefined;

describe("a hundred thousand wrong signatures", () => {
  test("leave the verifier alive: malformed ones do not even reach it", () => {
    const keypair = keypairFromUri("//Validator");
    const message = Buffer.from("a message");
    const honest = keypair.sign(message);
    const mutate = (i: number): Uint8Array => {
      const forged = Uint8Array.from(honest);
      forged[i % 64] = (forged[i % 64] ?? 0) ^ (1 + (i % 255));
      return forged;
    };
    const shapes = [
      () => new Uint8Array(64).fill(0xff),
      () => new Uint8Array(64),
      () => new Uint8Array(randomBytes(64)),
      (i: number) => new Uint8Array(i % 130),
      () => Uint8Array.from(randomBytes(64), (byte, at) => (at === 63 ? byte & 0x7f : byte)),
      () => Uint8Array.from(randomBytes(64), (byte, at) => (at === 63 ? 0xff : byte)),
    ];
    let accepted = 0;
    for (let i = 0; i < 100_000; i++) {
      // One in fifty is well formed and costs a whole curve operation.
      const signature = i % 50 === 0 ? mutate(i / 50) : (shapes[i % shapes.length] as (i: number) => Uint8Array)(i);
      const publicKey = i % 7 === 0 ? new Uint8Array(randomBytes(i % 3 === 0 ? 32 : 31)) : keypair.publicKey;
      if (verifySignature("sr25519", message, signature, publicKey)) accepted++;
      if (i % 11 === 0 && verifySignature("ed25519", message, signature, publicKey)) accepted++;
    }
    expect(accepted).toBe(0);
    expect(sr25519Backend()).toBe("wasm");
    expect(verifySignature("sr25519", message, honest, keypair.publicKey)).toBe(true);
  }, 120_000);
});

describe("a million fresh nonces", () => {
  test("are held up to the bound, and forgotten as time goes on", () => {
    const bootNs = 1_000_000_000_000_000_000n;
    const store = createMemoryReplayStore({ bootNs, maxAgeMs: 16_000, maxPerSecond: 20_000 });
    let accepted = 0;
    let most = 0;
    for (let i = 0; i < 1_000_000; i++) {
      const issuedNs = store.floorNs + 1n + BigInt(i) * 40_000n;
      if (store.claim({ hotkey: "a", replayId: String(i), issuedNs })) accepted++;
      if (i % 10_000 === 0) most = Math.max(most, store.size);
    }
    // 25,000 a second are sent and 20,000 a second remembered; the others are refused, never forgotten too early.
    expect(accepted).toBe(800_000);
    expect(most).toBeLessThanOrEqual(20 * 20_000);
    expect(store.claim({ hotkey: "a", replayId: "999999", issuedNs: store.floorNs + 1n + 999_999n * 40_000n })).toBe(
      false,
    );
  }, 60_000);

  test("and a million addresses fill no bucket table, and cost no more than few do", () => {
    const limiter = createRateLimiter({ perSecond: 1, burst: 2 }, () => 0, 16_384);
    const startedMs = performance.now();
    for (let i = 0; i < 1_000_000; i++) limiter.take(`2001:db8:${i}::/64`);
    expect(limiter.size()).toBe(16_384);
    // About a second; a look at every bucket for each new address would take minutes.
    expect(performance.now() - startedMs).toBeLessThan(20_000);
  }, 60_000);
});

describe("a flood", () => {
  const flood = async (port: number, make: () => string, requests: number): Promise<number[]> => {
    const each = 50;
    const texts = await Promise.all(
      Array.from({ length: requests / each }, () =>
        exchange(port, Array.from({ length: each }, make).join(""), (so) => statuses(so).length === each),
      ),
    );
    return texts.flatMap(statuses);
  };

  test("of unsigned and unknown requests never reaches the queue, and honest ones are answered meanwhile", async () => {
    victim = await startOwnVictim();
    const { port } = victim;
    const unsigned = () => raw({ host: "x", "content-length": String(hello.length) });
    const unknown = request({ keypair: stranger });
    const [refused, strangers, honest] = await Promise.all([
      flood(port, unsigned, 1_000),
      flood(port, () => unknown, 1_000),
      Promise.all(Array.from({ length: 10 }, () => statusOf(port, good()))),
    ]);
    expect([refused.length, strangers.length]).toEqual([1_000, 1_000]);
    expect([...new Set(refused), ...new Set(strangers)]).toEqual([401, 403]);
    expect(new Set(honest)).toEqual(new Set([200]));
    expect(victim.offered()).toBe(10);
    expect([victim.passed.get("signature"), victim.unverifiedBytes()]).toEqual([10, 0]);
  });

  test("of forged signatures in a validator's name ends by refusal at its head, and does not lock that validator out", async () => {
    victim = await startOwnVictim({
      addresses: { requests: { perSecond: 1e6, burst: 1e6 }, failures: { perSecond: 0.001, burst: 20 } },
    });
    const { port, outcomes } = victim;
    // The validator has spoken before; the forger comes from elsewhere, which loopback can play: all of 127/8 is this machine.
    const before = await exchangeFrom(port, "127.0.0.2", good());
    expect(before).toBe(200);
    const statusesOfForger: number[] = [];
    for (let i = 0; i < 40; i++) {
      const forged = raw({ host: "x", "content-length": String(hello.length), ...signed() }).replace("hello", "hullo");
      statusesOfForger.push(await exchangeFrom(port, "127.0.0.3", forged));
    }
    expect(statusesOfForger.filter((status) => status === 401)).toHaveLength(20);
    expect(statusesOfForger.filter((status) => status === 429)).toHaveLength(20);
    expect(outcomes.get("signature")).toBe(20);
    expect(await exchangeFrom(port, "127.0.0.2", good())).toBe(200);
  });

  test("of forgeries that wait for each other gets no more of them checked than one that does not", async () => {
    victim = await startOwnVictim({
      addresses: { requests: { perSecond: 1e6, burst: 1e6 }, failures: { perSecond: 0.001, burst: 5 } },
    });
    const { port, outcomes } = victim;
    // The heads first, then all bodies at once: each head alone would find that nothing has failed yet.
    const [head = "", body = ""] = raw({
      host: "x",
      "content-length": String(hello.length),
      ...signed(),
      "x-bittensor-signature": `0x${"ab".repeat(64)}`,
    }).split(/(?<=\r\n\r\n)/);
    const sockets = await Promise.all(Array.from({ length: 40 }, (_, i) => dial(port, `127.0.1.${i % 4}`)));
    let read = "";
    for (const socket of sockets) {
      socket.on("data", (chunk: Buffer) => {
        read += chunk.toString("latin1");
      });
      socket.write(head);
    }
    await expect.poll(() => outcomes.get("forgery")).toBe(35);
    for (const socket of sockets) socket.write(body);
    await expect.poll(() => outcomes.get("signature")).toBe(5);
    expect(statuses(read).filter((status) => status === 401)).toHaveLength(5);
    for (const socket of sockets) socket.destroy();
  });

  test("of heads whose bodies never come uses up nothing that honest ones need", async () => {
    victim = await startOwnVictim({
      addresses: { requests: { perSecond: 1e6, burst: 1e6 }, failures: { perSecond: 0.001, burst: 5 } },
    });
    const { port } = victim;
    const sockets = await Promise.all(Array.from({ length: 5 }, () => dial(port)));
    for (const socket of sockets) socket.write(raw({ host: "x", "content-length": "100", ...signed() }, ""));
    await expect.poll(() => ask(port, good())).toMatchObject({ status: 429, code: "E_ADDRESS_RATE" });
    for (const socket of sockets) socket.destroy();
    await expect.poll(() => statusOf(port, good())).toBe(200);
  });

  test("of connections of strangers leaves room for those that are known", async () => {
    victim = await startOwnVictim({
      limits: { maxConnections: 40, maxConnectionsPerAddress: 10 },
      callersIn: (network) =>
        network.startsWith("127.0.3.") ? ["rival"] : network === "127.0.0.2" ? ["validator"] : [],
    });
    const { port, refused } = victim;
    const strangers = await Promise.all(Array.from({ length: 40 }, (_, i) => dial(port, `127.0.1.${i % 8}`)));
    await expect.poll(() => strangers.filter((socket) => socket.closed).length).toBe(10);
    expect(new Set(refused)).toEqual(new Set(["strangers"]));
    expect(await exchangeFrom(port, "127.0.0.2", good())).toBe(200);
    // Nor can one that is known take all of that with many addresses.
    strangers[0]?.destroy();
    const rivals = await Promise.all(Array.from({ length: 15 }, (_, i) => dial(port, `127.0.3.${i}`)));
    await expect.poll(() => refused.filter((reason) => reason === "caller").length).toBe(5);
    expect(await exchangeFrom(port, "127.0.0.2", good())).toBe(200);
    for (const socket of [...strangers, ...rivals]) socket.destroy();
    await expect.poll(() => statusOf(port, good())).toBe(200);
  });

  test("of connections from one address is cut at accept, and others still get in", async () => {
    victim = await startOwnVictim({ limits: { maxConnectionsPerAddress: 20, maxConnections: 60 } });
    const { port } = victim;
    const sockets = await Promise.all(Array.from({ length: 50 }, () => dial(port)));
    await expect.poll(() => sockets.filter((socket) => socket.closed).length).toBe(30);
    expect(await exchangeFrom(port, "127.0.0.2", good())).toBe(200);
    expect(await ask(port, good())).toEqual({ status: 0, code: "" });
    for (const socket of sockets) socket.destroy();
    await expect.poll(() => statusOf(port, good())).toBe(200);
  });

  test("of idle keep-alive connections is bounded in number", async () => {
    victim = await startOwnVictim({ limits: { maxConnections: 10 } });
    const { port } = victim;
    const sockets = await Promise.all(Array.from({ length: 30 }, () => dial(port)));
    await expect.poll(() => sockets.filter((socket) => socket.closed).length).toBe(20);
    for (const socket of sockets) socket.destroy();
    await expect.poll(() => statusOf(port, good())).toBe(200);
  });
});

/** One request from an address of this machine. */
function exchangeFrom(port: number, localAddress: string, text: string): Promise<number> {
  return ask(port, text, localAddress).then(({ status }) => status);
}
