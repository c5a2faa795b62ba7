import { mkdtempSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { crc32 } from "node:zlib";
import { isAppError } from "@subnetkit/shared/errors/app-error";
import { createMetrics } from "@subnetkit/shared/metrics/define";
import { pino } from "pino";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { nodeConfig } from "../../../../../chain/src/node/config.ts";
import { type ChainNode, createNode } from "../../../../../chain/src/node/create-node.ts";
import { chainMetrics } from "../../../../../chain/src/node/metrics.ts";
import { stateRootOf } from "../../../../../chain/src/node/storage/state-root.ts";
import { openStore } from "../../../../../chain/src/node/storage/chain-store.ts";
import { system } from "../../../../../chain/src/spec/pallets/system.ts";

let directory: string;
let clock = 1_700_000_000_000;

beforeEach(() => {
  directory = mkdtempSync(path.join(tmpdir(), "subnetkit-store-"));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

function node(options: { history?: number; chainName?: string } = {}): ChainNode {
  const fail = (error: unknown): never => {
    throw error;
  };
  const config = nodeConfig.schema.parse({ mode: "manual", stateDir: directory, history: 64, ...options });
  return createNode(config, {
    log: pino({ level: "silent" }),
    metrics: createMetrics(chainMetrics),
    now: () => clock,
    onFault: fail,
  });
}

/** Makes blocks up to a height. */
async function reach(chain: ChainNode, height: number): Promise<void> {
  await chain.producer.produce(height - chain.chain.head.number, () => false);
}

const segments = (): string[] =>
  readdirSync(directory)
    .filter((name) => name.endsWith(".log"))
    .sort();
const stateOf = (chain: ChainNode): [string, string][] => {
  const reader = chain.chain.storageAt(chain.chain.head);
  return [...(reader?.keys("0x") ?? [])].map((key) => [key, Buffer.from(reader?.get(key) ?? []).toString("hex")]);
};
/** Where the version stands in a segment's opening record: after the magic and its length. */
const VERSION_AT = 1 + "subnetkit chain".length;
/** Changes the opening record of the newest segment, with a checksum that fits. */
function rewriteOpening(change: (opening: Buffer) => void): void {
  const file = path.join(directory, segments().at(-1) ?? "");
  const bytes = readFileSync(file);
  const opening = bytes.subarray(8, 8 + bytes.readUInt32LE(0));
  change(opening);
  bytes.writeUInt32LE(crc32(opening), 4);
  writeFileSync(file, bytes);
}
const code = (work: () => unknown): string => {
  try {
    work();
    return "none";
  } catch (error) {
    return isAppError(error) ? error.code : String(error);
  }
};

describe("a chain on disk", () => {
  it("comes back with the same head, state and history, across segments", async () => {
    const first = node();
    await reach(first, 150);
    const { head, genesis } = first.chain;
    const state = stateOf(first);
    first.close();
    const second = node();
    expect(second.resumed).toBe(true);
    expect(second.chain.head.hash).toBe(head.hash);
    expect(second.chain.genesis.hash).toBe(genesis.hash);
    expect(stateOf(second)).toEqual(state);
    expect(second.chain.hashAt(100)).toBeDefined();
    clock += 10_000;
    await reach(second, 160);
    expect(second.chain.headState().get(system.storage.BlockHash, 150)).toBe(head.hash);
    second.close();
  });

  it("never forgets its genesis, also not when it was resumed before it forgot anything", async () => {
    const first = node();
    await reach(first, 3);
    const { hash } = first.chain.genesis;
    first.close();
    const second = node();
    await reach(second, 100);
    expect(second.chain.hashAt(1)).toBeUndefined();
    expect(second.chain.hashAt(0)).toBe(hash);
    expect(second.chain.block(hash)?.number).toBe(0);
    second.close();
  });

  it("has the root of its entries in every header, over many blocks, a rewind and a restart", async () => {
    const rootOf = (chain: ChainNode): string => {
      const reader = chain.chain.storageAt(chain.chain.head);
      const keys = [...(reader?.keys("0x") ?? [])];
      return stateRootOf(keys.map((key) => [key, reader?.get(key) ?? new Uint8Array()]));
    };
    const first = node();
    await reach(first, 90);
    expect(first.chain.head.header.state_root).toBe(rootOf(first));
    const before = first.chain.block(first.chain.hashAt(70) ?? "");
    if (before === undefined) throw new Error("block 70 is not kept");
    first.rewind(before);
    expect(rootOf(first)).toBe(before.header.state_root);
    await reach(first, 140);
    const root = rootOf(first);
    expect(first.chain.head.header.state_root).toBe(root);
    first.close();
    const second = node();
    expect(rootOf(second)).toBe(root);
    second.close();
  });

  it("keeps two segments however long it runs", async () => {
    const chain = node();
    await reach(chain, 400);
    chain.close();
    expect(segments()).toEqual(["0000000320.log", "0000000384.log"]);
  });

  it("drops a torn tail and goes on from the last whole block", async () => {
    const first = node();
    await reach(first, 10);
    const hash = first.chain.hashAt(9);
    first.close();
    const file = path.join(directory, segments()[0] ?? "");
    truncateSync(file, readFileSync(file).length - 5);
    const second = node();
    expect(second.chain.head.hash).toBe(hash);
    await reach(second, 12);
    second.close();
    expect(node().chain.head.number).toBe(12);
  });

  it("refuses another chain, files that do not open and a directory in use, each with its code", async () => {
    const first = node();
    await reach(first, 3);
    first.close();
    expect(code(() => node({ chainName: "Other" }))).toBe("E_CHAIN_STORE_FOREIGN");
    rmSync(path.join(directory, "lock"), { force: true });
    writeFileSync(path.join(directory, "lock"), "1\n");
    expect(code(() => node())).toBe("E_CHAIN_STORE_LOCKED");
    rmSync(path.join(directory, "lock"));
    writeFileSync(path.join(directory, segments()[0] ?? ""), "no chain at all");
    expect(code(() => node())).toBe("E_CHAIN_STORE_CORRUPT");
  });

  it("refuses files of an earlier version instead of misreading them", async () => {
    const first = node();
    await reach(first, 3);
    first.close();
    rewriteOpening((opening) => opening.writeUInt32LE(1, VERSION_AT));
    expect(code(() => node())).toBe("E_CHAIN_STORE_FOREIGN");
  });

  it("refuses an opening state that has not the root of its block", async () => {
    const first = node();
    await reach(first, 70);
    first.close();
    // The last byte of the opening is the last byte of the last value of the state.
    rewriteOpening((opening) => opening.writeUInt8(opening.readUInt8(opening.length - 1) ^ 1, opening.length - 1));
    const [older] = segments();
    rmSync(path.join(directory, older ?? ""));
    expect(code(() => node())).toBe("E_CHAIN_STORE_CORRUPT");
  });

  it("goes on without an older segment that is damaged, and refuses a damaged newest one by its byte", async () => {
    const first = node();
    await reach(first, 100);
    const { hash } = first.chain.head;
    first.close();
    const [older, newest] = segments().map((name) => path.join(directory, name)) as [string, string];
    writeFileSync(older, "no chain at all");
    const second = node();
    expect(second.chain.head.hash).toBe(hash);
    expect(second.chain.oldestState).toBe(64);
    second.close();
    const bytes = readFileSync(newest);
    const opening = 8 + bytes.readUInt32LE(0);
    bytes[opening + 20] = (bytes[opening + 20] ?? 0) ^ 1;
    writeFileSync(newest, bytes);
    expect(code(() => node())).toBe("E_CHAIN_STORE_CORRUPT");
  });

  it("takes over the lock of a process that is gone", () => {
    writeFileSync(path.join(directory, "lock"), "999999999\n");
    expect(code(() => openStore({ directory, chain: "Bittensor", segmentBlocks: 64 }).store.close())).toBe("none");
  });

  it("forgets states older than the history and says so", async () => {
    const chain = node();
    await reach(chain, 100);
    const old = chain.chain.hashAt(40);
    expect(chain.chain.oldestState).toBe(36);
    expect(chain.chain.hashAt(10)).toBeUndefined();
    expect(old).toBeDefined();
    expect(chain.chain.block(chain.chain.genesis.hash)).toBeDefined();
    chain.close();
  });
});
