import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { connect, createServer, type Server, type TLSSocket, type TlsOptions } from "node:tls";
import { connectionDialect, requestNonceHeader } from "@subnetkit/shared/protocol/tls/connection-dialect";
import { createTlsIdentity } from "@subnetkit/shared/protocol/tls/identity";
import { openTlsKeyFile } from "@subnetkit/shared/protocol/tls/key-file";
import { fingerprintOf, makeTlsKey } from "@subnetkit/shared/protocol/tls/make-certificate";
import { type ConnectionVerdict, verifyConnection } from "@subnetkit/shared/protocol/tls/peer-of-socket";
import { verifyHotkeyCertificate } from "@subnetkit/shared/protocol/tls/verify-certificate";
import { tlsOptions } from "@subnetkit/shared/protocol/tls/tls-options";
import { chmod, mkdtemp, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import { certificate, genesisHash, hourMs, miner, netuid, ordinaryCertificate, validator } from "./support.ts";

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});

/** Connects to a server that presents this, and verifies it as the miner. */
async function verdictOn(presented: Pick<TlsOptions, "cert" | "key">): Promise<ConnectionVerdict> {
  const server = createServer({ ...presented, minVersion: "TLSv1.3" }, (socket) => socket.on("error", () => undefined));
  servers.push(server);
  await once(server.listen(0, "127.0.0.1"), "listening");
  const socket: TLSSocket = connect({
    port: (server.address() as AddressInfo).port,
    host: "127.0.0.1",
    ...tlsOptions(certificate()),
  });
  await once(socket, "secureConnect");
  const verdict = verifyConnection(socket, { role: "miner", netuid, genesisHash, expect: miner.address });
  socket.destroy();
  return verdict;
}

describe("verifyConnection at the client", () => {
  const good = certificate({ keypair: miner, role: "miner" });

  test("proves the miner behind a connection", async () => {
    expect(await verdictOn(good)).toMatchObject({ kind: "verified", peer: { hotkey: miner.address } });
  });

  test("refuses a chain of two, even when its first certificate is good", async () => {
    const { cert: other, chain, key } = ordinaryCertificate();
    expect(await verdictOn({ key: good.key, cert: good.cert + other })).toEqual({ kind: "refused", reason: "chain" });
    const again = certificate({ keypair: miner, role: "miner" });
    expect(await verdictOn({ key: good.key, cert: good.cert + again.cert })).toEqual({
      kind: "refused",
      reason: "chain",
    });
    expect(await verdictOn({ key, cert: chain })).toEqual({ kind: "refused", reason: "chain" });
  });

  test("refuses what an authority issued, and another hotkey", async () => {
    const { cert, key } = ordinaryCertificate();
    expect(await verdictOn({ cert, key })).toEqual({ kind: "refused", reason: "form" });
    expect(await verdictOn(certificate({ role: "miner" }))).toEqual({ kind: "refused", reason: "unknown" });
  });
});

test("a resumed session is refused: its ticket alone, without certificate or key, would pass for the peer", async () => {
  const verdicts: ConnectionVerdict[] = [];
  const names: (string | undefined)[] = [];
  const ours = certificate({ keypair: miner, role: "miner" });
  // An ordinary server, which does give out tickets.
  const server = createServer({ ...tlsOptions(ours), requestCert: true }, (socket) => {
    names.push(socket.getPeerX509Certificate()?.subject);
    const expected = { role: "validator", netuid, genesisHash, expect: validator.address } as const;
    verdicts.push(verifyConnection(socket, expected));
    socket.on("error", () => undefined).end("x");
  });
  servers.push(server);
  await once(server.listen(0, "127.0.0.1"), "listening");
  const to = { port: (server.address() as AddressInfo).port, host: "127.0.0.1" };
  const first = connect({ ...to, ...tlsOptions(certificate()) });
  const tickets: Buffer[] = [];
  first.on("session", (ticket) => tickets.push(ticket)).resume();
  await once(first, "close");
  const [session] = tickets;
  if (session === undefined) throw new Error("no ticket, nothing to test");
  const second = connect({ ...to, minVersion: "TLSv1.3", rejectUnauthorized: false, session });
  second.resume();
  await once(second, "close");
  expect(names).toEqual(["CN=subnetkit", "CN=subnetkit"]);
  expect(verdicts).toMatchObject([{ kind: "verified" }, { kind: "refused", reason: "resumed" }]);
});

test("a certificate without its key cannot even be presented: node refuses the pair", () => {
  const { cert } = certificate();
  const { key } = certificate();
  expect(() => createServer({ cert, key })).toThrow(/key values mismatch/i);
});

describe("our own identity", () => {
  test("is renewed at half its life, with the same key and fingerprint", () => {
    let now = Date.now();
    const identity = createTlsIdentity(
      { keypair: miner, role: "miner", netuid, genesisHash, lifetimeMs: 2 * hourMs },
      () => now,
    );
    const first = identity.current();
    now += hourMs - 2_000;
    expect(identity.current()).toBe(first);
    now += 4_000;
    const renewed = identity.current();
    expect(renewed).not.toBe(first);
    expect(renewed.notAfterMs - first.notAfterMs).toBeGreaterThan(hourMs - 5_000);
    expect([renewed.key, renewed.fingerprint]).toEqual([first.key, first.fingerprint]);
  });

  test("is made anew when the clock is put back behind its beginning, and not for less", () => {
    let now = Date.now() + hourMs;
    const identity = createTlsIdentity({ keypair: miner, role: "miner", netuid, genesisHash }, () => now);
    const first = identity.current();
    now -= 120_000;
    expect(identity.current()).toBe(first);
    now = Date.now();
    const expected = { role: "miner", netuid, genesisHash, expect: miner.address, now } as const;
    expect(verifyHotkeyCertificate(first.der, expected)).toEqual({ kind: "refused", reason: "early" });
    const anew = identity.current();
    expect(verifyHotkeyCertificate(anew.der, expected)).toMatchObject({ kind: "verified" });
    expect([anew.fingerprint, identity.current()]).toEqual([first.fingerprint, anew]);
  });

  test("keeps its key in a file that only its owner reads", async () => {
    const folder = await mkdtemp(join(tmpdir(), "subnetkit-tls-"));
    try {
      const path = join(folder, "tls.key");
      const made = await openTlsKeyFile(path);
      expect((await stat(path)).mode & 0o777).toBe(0o600);
      expect((await openTlsKeyFile(path)).equals(made)).toBe(true);
      await chmod(path, 0o644);
      await expect(openTlsKeyFile(path)).rejects.toMatchObject({ code: "E_TLS_KEYFILE" });
      await chmod(path, 0o600);
      await writeFile(path, "nonsense");
      await expect(openTlsKeyFile(path)).rejects.toMatchObject({ code: "E_TLS_CERTIFICATE" });
      await expect(openTlsKeyFile(join(folder, "no", "where"))).rejects.toMatchObject({ code: "E_TLS_KEYFILE" });
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  test("has a fingerprint of its key alone", () => {
    const key = makeTlsKey();
    expect(certificate({ key }).fingerprint).toEqual(certificate({ key, role: "miner" }).fingerprint);
    expect(fingerprintOf(new Uint8Array(3))).toHaveLength(32);
  });
});

describe("the dialect of a proven connection", () => {
  const peer = { hotkey: validator.address, publicKey: validator.publicKey, notAfterMs: 2_000 };
  const context = { receiver: miner.address, scheme: "sr25519", nowNs: 1_999_000_000n } as const;

  test("claims the connection's hotkey, whatever the headers say, and is unique per request", () => {
    const dialect = connectionDialect(peer);
    expect(dialect.sender({ "x-bittensor-hotkey": miner.address })).toBe(validator.address);
    const claims = [1, 2].map(() => dialect.precheck({ [requestNonceHeader]: "n-1" }, context));
    expect(claims).toMatchObject([
      { kind: "plausible", claim: { hotkey: validator.address, requestNonce: "n-1" } },
      { kind: "plausible" },
    ]);
    const ids = claims.map((entry) => entry.kind === "plausible" && entry.claim.replayId);
    expect(new Set(ids).size).toBe(2);
    expect(dialect.message({} as never, {} as never, context)).toBeUndefined();
  });

  test("has nothing to bind a response to when the client names no request", () => {
    expect(connectionDialect(peer).precheck({}, context)).toMatchObject({ claim: { requestNonce: "" } });
  });

  test("ends with the certificate", () => {
    const late = { ...context, nowNs: 2_000_000_000n };
    expect(connectionDialect(peer).precheck({}, late)).toMatchObject({ kind: "refused", code: "E_TLS_EXPIRED" });
  });

  test.each([["two\nlines"], [""], ["x".repeat(81)], [["a", "b"]]])("refuses the malformed nonce %j", (nonce) => {
    expect(connectionDialect(peer).precheck({ [requestNonceHeader]: nonce }, context)).toMatchObject({
      kind: "refused",
      code: "E_AUTH_MALFORMED",
    });
  });
});
