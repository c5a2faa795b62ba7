/** Serving: axons, certificates and Prometheus endpoints of a hotkey (spec/subtensor-interface.md 1.5, 2.3). */
import { describe, expect, it } from "vitest";
import { covers } from "./coverage.ts";
import { harness } from "./harness.ts";
import { NETUID, people, subnetWorld } from "./world.ts";

const { miner, stranger } = people;
const h = harness(subnetWorld);

const IP = 0x0a000001;
const V6 = (1n << 64n) + 7n;
/** Netuid, version, ip, port, ip type, protocol, two placeholders. */
const axon = (change: { netuid?: number; ip?: bigint | number; port?: number; type?: number } = {}): unknown[] => [
  change.netuid ?? NETUID,
  3,
  change.ip ?? IP,
  change.port ?? 8091,
  change.type ?? 4,
  4,
  1,
  2,
];
const prometheus = (change: Parameters<typeof axon>[0] = {}): unknown[] => axon(change).slice(0, 5);
const limit = (blocks: number): Promise<void> => h.setSubtensor({ ServingRateLimit: [[[NETUID], blocks]] });

describe.each([
  ["SubtensorModule.serve_axon", []],
  ["SubtensorModule.serve_axon_tls", ["0x0401020304"]],
] as const)("%s", (call, tail) => {
  covers(
    "SubtensorModule.serve_axon",
    "HotKeyNotRegisteredInNetwork",
    "InvalidIpType",
    "InvalidIpAddress",
    "ServingRateLimitExceeded",
    "InvalidPort",
  );
  covers(
    "SubtensorModule.serve_axon_tls",
    "HotKeyNotRegisteredInNetwork",
    "InvalidIpType",
    "InvalidIpAddress",
    "ServingRateLimitExceeded",
    "InvalidPort",
  );
  const args = (change: Parameters<typeof axon>[0] = {}): unknown[] => [...axon(change), ...tail];

  it("stores the endpoint with the block and tells it, for a hotkey without TAO", async () => {
    expect(await h.ok(miner, call, ...args())).toEqual([["SubtensorModule.AxonServed", NETUID, miner.address]]);
    expect(await h.get("SubtensorModule.Axons", NETUID, miner.address)).toEqual({
      block: await h.height(),
      version: 3,
      ip: IP,
      port: 8091,
      ipType: 4,
      protocol: 4,
      placeholder1: 1,
      placeholder2: 2,
    });
    expect((await h.account(miner)).nonce).toBe(1);
  });

  it("takes version 6 addresses, private ones and 0", async () => {
    await limit(0);
    for (const change of [{ type: 6, ip: V6 }, { ip: 0xc0a80001 }, { ip: 0 }, { type: 6, ip: 0 }])
      await h.ok(miner, call, ...args(change));
  });

  it("refuses in the order registration, type, address, rate, port", async () => {
    const all = { netuid: 1, ip: 0x7f000001, port: 0, type: 5 };
    await h.guarded([10, "HotKeyNotRegisteredInNetwork"], miner, call, ...args(all));
    await h.guarded([10, "HotKeyNotRegisteredInNetwork"], miner, call, ...args({ netuid: 99 }));
    await h.guarded([255, "InvalidIpType"], miner, call, ...args({ ...all, netuid: NETUID }));
    await h.guarded([11, "InvalidIpAddress"], miner, call, ...args({ ...all, netuid: NETUID, type: 4 }));
    await h.guarded([13, "InvalidPort"], miner, call, ...args({ port: 0 }));
    await h.ok(miner, call, ...args());
    await h.guarded([11, "InvalidIpAddress"], miner, call, ...args({ ip: 0xffffffff, port: 0 }));
    await h.guarded([12, "ServingRateLimitExceeded"], miner, call, ...args({ port: 0 }));
  });

  it.each([
    [4, 0xffffffff],
    [4, 0x1_0000_0000],
    [6, 1],
    [6, (1n << 128n) - 1n],
  ])("refuses loopback and all ones of version %i: %s", async (type, ip) => {
    await h.guarded([11, "InvalidIpAddress"], miner, call, ...args({ type, ip }));
  });

  it("opens again exactly after ServingRateLimit blocks", async () => {
    await limit(5);
    await h.ok(miner, call, ...args());
    await h.blocks(3);
    await expect(h.submit(miner, h.tx(call, ...args()))).resolves.toMatchObject({ data: "Custom error: 12" });
    await h.blocks(1);
    await h.ok(miner, call, ...args({ port: 8092 }));
  });
});

describe("SubtensorModule.serve_axon_tls", () => {
  const call = "SubtensorModule.serve_axon_tls";

  it("stores the certificate: one algorithm byte and up to 64 bytes of key", async () => {
    await h.ok(miner, call, ...axon(), `0x04${"ab".repeat(64)}`);
    expect(await h.get("SubtensorModule.NeuronCertificates", NETUID, miner.address)).toEqual({
      publicKey: `0x${"ab".repeat(64)}`,
      algorithm: 4,
    });
  });

  it.each(["0x", "0x04", `0x04${"ab".repeat(65)}`])("ignores the certificate %s and serves the axon", async (bytes) => {
    expect(await h.ok(miner, call, ...axon(), bytes)).toEqual([["SubtensorModule.AxonServed", NETUID, miner.address]]);
    expect(await h.get("SubtensorModule.NeuronCertificates", NETUID, miner.address)).toBeNull();
  });
});

describe("SubtensorModule.serve_prometheus", () => {
  const call = "SubtensorModule.serve_prometheus";
  covers(
    "SubtensorModule.serve_prometheus",
    "InvalidIpType",
    "InvalidIpAddress",
    "HotKeyNotRegisteredInNetwork",
    "ServingRateLimitExceeded",
    "InvalidPort",
  );

  it("stores the endpoint with the block and tells it", async () => {
    expect(await h.ok(miner, call, ...prometheus())).toEqual([
      ["SubtensorModule.PrometheusServed", NETUID, miner.address],
    ]);
    expect(await h.get("SubtensorModule.Prometheus", NETUID, miner.address)).toEqual({
      block: await h.height(),
      version: 3,
      ip: IP,
      port: 8091,
      ipType: 4,
    });
  });

  it("refuses in the order type, address, registration, rate, port; 0 is no address here", async () => {
    const all = { netuid: 1, ip: 0, port: 0, type: 5 };
    await h.guarded([255, "InvalidIpType"], stranger, call, ...prometheus(all));
    await h.guarded([11, "InvalidIpAddress"], stranger, call, ...prometheus({ ...all, type: 4 }));
    await h.guarded([10, "HotKeyNotRegisteredInNetwork"], stranger, call, ...prometheus({ ...all, type: 4, ip: IP }));
    await h.guarded([13, "InvalidPort"], miner, call, ...prometheus({ port: 0 }));
    await h.ok(miner, call, ...prometheus());
    await h.guarded([12, "ServingRateLimitExceeded"], miner, call, ...prometheus({ port: 0 }));
  });
});
