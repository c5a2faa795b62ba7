import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import type { Beacon } from "@subnetkit/chain/client/reveal-round";
import { beaconPublicKey, beaconSign } from "@subnetkit/shared/crypto/beacon";
import { sha256Hex } from "@subnetkit/shared/crypto/hash";
import { createLogger } from "@subnetkit/shared/log/logger";
import { bareHex } from "@subnetkit/shared/util/bytes";
import { afterEach, describe, expect, it } from "vitest";
import { createDrandBeacon } from "../../../../validator/src/weights/drand-beacon.ts";

const secret = new Uint8Array(32).fill(7);
const beacon: Beacon = { publicKey: beaconPublicKey(secret), genesisTimeS: 1_692_803_367, periodS: 3 };
const info = { public_key: bareHex(beacon.publicKey), period: 3, genesis_time: 1_692_803_367, schemeID: "any" };

/** A round as drand's HTTP API shows it. */
function pulse(round: number, key = secret) {
  const signature = beaconSign(key, BigInt(round));
  return { round, randomness: sha256Hex(signature), signature: bareHex(signature) };
}

const servers: Server[] = [];
afterEach(async () => {
  await Promise.all(
    servers.splice(0).map((server) => {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(resolve));
    }),
  );
});

/** A drand server on this machine: documents by path below the chain hash; "silent" never answers. */
async function drand(documents: { info?: unknown; latest?: unknown }, status = 200): Promise<string> {
  const server = createServer((request, response) => {
    const document = request.url === "/abcd/info" ? (documents.info ?? info) : documents.latest;
    if (document === "silent") return;
    response.writeHead(request.url?.startsWith("/abcd/") ? status : 404);
    response.end(typeof document === "string" ? document : JSON.stringify(document));
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/abcd`;
}

function logged() {
  const lines: { level: string; reason?: string; endpoint?: string }[] = [];
  const log = createLogger({
    name: "test",
    level: "info",
    destination: { write: (line: string) => void lines.push(JSON.parse(line) as (typeof lines)[number]) },
  });
  return { lines, log };
}

async function latest(endpoints: readonly string[], timeoutMs = 1_000): Promise<bigint | undefined> {
  return await createDrandBeacon({ endpoints, timeoutMs }, logged()).latestRound(beacon);
}

describe("the newest round of a beacon over HTTP", () => {
  it("is the one that it signed", async () => {
    expect(await latest([await drand({ latest: pulse(1_000) })])).toBe(1_000n);
  });

  it("is that of the endpoint which is furthest, whatever the others do", async () => {
    const endpoints = [
      await drand({ latest: "silent" }),
      await drand({ latest: pulse(990) }),
      await drand({}, 500),
      await drand({ latest: pulse(1_001) }),
      "http://127.0.0.1:1/abcd",
    ];
    const begun = performance.now();
    expect(await latest(endpoints, 300)).toBe(1_001n);
    expect(performance.now() - begun).toBeLessThan(2_000);
  });

  it.each<[string, () => Parameters<typeof drand>[0]]>([
    ["a signature of another key", () => ({ latest: pulse(1_000, new Uint8Array(32).fill(8)) })],
    ["the signature of an earlier round", () => ({ latest: { ...pulse(1_000), round: 2_000 } })],
    ["randomness that is not the signature's", () => ({ latest: { ...pulse(1_000), randomness: "00".repeat(32) } })],
    ["a short signature", () => ({ latest: { ...pulse(1_000), signature: "abcd" } })],
    ["another beacon's key", () => ({ info: { ...info, public_key: "ab".repeat(96) }, latest: pulse(1_000) })],
    ["another period", () => ({ info: { ...info, period: 30 }, latest: pulse(1_000) })],
    ["no round", () => ({ latest: { randomness: "ab", signature: "ab" } })],
    ["no JSON", () => ({ latest: "<html>" })],
    ["too much", () => ({ latest: JSON.stringify({ ...pulse(1_000), more: "x".repeat(20_000) }) })],
    ["nothing", () => ({ latest: "silent" })],
  ])("is not believed with %s", async (_what, documents) => {
    expect(await latest([await drand(documents())], 300)).toBeUndefined();
  });

  it("says once that an endpoint cannot be used, and once that it can be again", async () => {
    const documents: { latest: unknown } = { latest: "<html>" };
    const endpoint = await drand(documents);
    const { lines, log } = logged();
    const source = createDrandBeacon({ endpoints: [endpoint], timeoutMs: 500 }, { log });
    await source.latestRound(beacon);
    await source.latestRound(beacon);
    expect(lines.map(({ level }) => level)).toEqual(["warn"]);
    documents.latest = { round: 5 };
    await source.latestRound(beacon);
    documents.latest = pulse(5);
    expect(await source.latestRound(beacon)).toBe(5n);
    expect(lines.map(({ level }) => level)).toEqual(["warn", "info"]);
    // The path of an endpoint may be its owner's key.
    expect(JSON.stringify(lines)).not.toContain("/abcd");
  });
});
