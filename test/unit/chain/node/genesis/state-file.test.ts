import { existsSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { gzipSync } from "node:zlib";
import { type DevChain, startDevChain } from "@subnetkit/chain/node/start-dev-chain";
import { subtensorModule } from "@subnetkit/chain/spec/pallets/subtensor-module";
import { system } from "@subnetkit/chain/spec/pallets/system";
import { keypairFromUri } from "@subnetkit/shared/crypto/keypair";
import { bytesToHex } from "@subnetkit/shared/util/bytes";
import { afterAll, afterEach, describe, expect, it } from "vitest";

const S = subtensorModule.storage;
const NETUID = 2;
const directory = mkdtempSync(path.join(tmpdir(), "subnetkit-state-"));
const chains: DevChain[] = [];
const carol = bytesToHex(keypairFromUri("//Carol").publicKey);

afterEach(async () => {
  for (const chain of chains.splice(0)) await chain.close();
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

/** A clock that stands still: what differs between two chains is their state alone. */
const NOW_MS = 1_900_000_000_000;
const start = async (options: Parameters<typeof startDevChain>[0]): Promise<DevChain> => {
  const chain = await startDevChain({ mode: "manual", ...options }, { now: () => NOW_MS });
  chains.push(chain);
  return chain;
};
const balance = ({ node }: DevChain, who: string): bigint =>
  node.chain.headState().get(system.storage.Account, who).data.free;

describe("a saved state", () => {
  it("has the same head, and goes on as the chain it was saved from does", async () => {
    const file = path.join(directory, "saved.gz");
    const first = await start({ preset: "two-validators" });
    await first.nextEpoch(NETUID);
    await first.dump(file);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(readdirSync(directory).filter((name) => name.endsWith(".tmp"))).toEqual([]);
    const second = await start({});
    const before = second.genesisHash;
    await second.load(file);
    expect(second.genesisHash).toBe(first.genesisHash);
    expect(second.genesisHash).not.toBe(before);
    expect(second.node.chain.head.hash).toBe(first.node.chain.head.hash);
    for (let i = 0; i < 25; i++) {
      await first.newBlock();
      await second.newBlock();
    }
    const [ours, theirs] = [second, first].map(({ node }) => node.chain.headState());
    expect(ours?.get(S.Dividends, NETUID)).toEqual(theirs?.get(S.Dividends, NETUID));
    expect(ours?.get(S.SubnetEpochIndex, NETUID)).toBe(2n);
    expect(ours?.get(S.TotalIssuance)).toBe(theirs?.get(S.TotalIssuance));
  });

  it("travels in a reply where no path is given", async () => {
    const first = await start({});
    await first.rpc("dev_setBalance", [carol, "7000000000"]);
    const { state } = (await first.rpc("dev_dumpState")) as { state: string };
    const second = await start({});
    expect(balance(second, carol)).toBe(0n);
    await second.rpc("dev_loadState", [{ state }]);
    expect(balance(second, carol)).toBe(7_000_000_000n);
  });

  it("is written to where the caller says and nowhere else", async () => {
    const chain = await start({});
    await expect(chain.rpc("dev_dumpState", [{ path: "relative.gz" }])).rejects.toMatchObject({ code: -32_602 });
    await expect(chain.rpc("dev_dumpState", [{ path: 7 }])).rejects.toMatchObject({ code: -32_602 });
    const absent = path.join(directory, "no", "such", "directory.gz");
    await expect(chain.dump(absent)).rejects.toMatchObject({ code: -32_000 });
    await expect(chain.rpc("dev_loadState", [{}])).rejects.toMatchObject({ code: -32_602 });
  });

  it("is refused in another version or of another kind, and the chain goes on", async () => {
    const chain = await start({});
    const bad = path.join(directory, "bad.gz");
    const write = (header: object): void => writeFileSync(bad, gzipSync(`${JSON.stringify(header)}\n{"entries":0}\n`));
    write({ format: "subnetkit chain state", version: 2 });
    await expect(chain.load(bad)).rejects.toThrow("format version 2");
    write({ format: "subnetkit network snapshot", version: 1 });
    await expect(chain.load(bad)).rejects.toThrow("subnetkit network snapshot");
    write({ format: "subnetkit chain state", version: 1, genesis: "0x00", head: "0x00" });
    await expect(chain.load(bad)).rejects.toThrow("does not decode");
    writeFileSync(bad, "not gzip at all");
    await expect(chain.load(bad)).rejects.toMatchObject({
      code: -32_000,
      message: `${bad} cannot be loaded: it is no gzip file, or a damaged one`,
    });
    await expect(chain.load(`${bad}.not`)).rejects.toThrow("there is no such file");
    await chain.newBlock();
    expect(chain.node.chain.head.number).toBe(2);
  });

  it("is loaded at the start and saved at exit where the configuration names a file", async () => {
    const state = path.join(directory, "kept.gz");
    const first = await startDevChain({ mode: "manual", state });
    await first.rpc("dev_setBalance", [carol, "1000000000"]);
    const { number } = first.node.chain.head;
    expect(existsSync(state)).toBe(false);
    await first.close();
    const second = await start({ state });
    expect(second.node.resumed).toBe(true);
    expect(second.node.chain.head.number).toBe(number);
    expect(balance(second, carol)).toBe(1_000_000_000n);
  });
});

describe("a reset", () => {
  it("goes back to the genesis of this run and its first block, however far away they are", async () => {
    const chain = await start({ preset: "two-validators", history: 64 });
    await chain.newBlock(200);
    await chain.rpc("dev_setBalance", [carol, "1000000000"]);
    expect(chain.node.chain.oldestState).toBeGreaterThan(100);
    await chain.snapshot("before");
    await chain.reset();
    expect(await chain.rpc("dev_snapshots")).toEqual([]);
    await expect(chain.revert("before")).rejects.toThrow("No such snapshot");
    expect(chain.node.chain.head.number).toBe(1);
    expect(chain.node.chain.head.header.parent_hash).toBe(chain.genesisHash);
    expect(balance(chain, carol)).toBe(0n);
    await chain.nextEpoch(NETUID);
    expect(chain.node.chain.headState().get(S.SubnetEpochIndex, NETUID)).toBe(1n);
  });

  it("of a chain on disk is on disk too", async () => {
    const stateDir = path.join(directory, "on-disk");
    const first = await startDevChain({ mode: "manual", stateDir, genesis: { block: 500 } });
    await first.newBlock(5);
    await first.reset();
    expect(first.node.chain.head.number).toBe(501);
    const { hash } = first.node.chain.head;
    await first.close();
    const second = await start({ stateDir });
    expect(second.node.chain.hashAt(501)).toBe(hash);
    await second.reset();
    expect(second.node.chain.head.number).toBe(501);
  });
});

describe("an in-process chain", () => {
  it("has its verbs as functions, and refuses as a server does", async () => {
    const chain = await start({ preset: "two-validators" });
    await chain.newBlock(3);
    const name = await chain.snapshot();
    await chain.rpc("dev_setBalance", [carol, "1000000000"]);
    await chain.revert(name);
    expect(balance(chain, carol)).toBe(0n);
    await expect(chain.rpc("no_such")).rejects.toMatchObject({ code: -32_601 });
    await chain.pause();
    expect(chain.node.producer.paused).toBe(true);
    await chain.resume();
    const reply = await fetch(chain.httpUrl, {
      method: "POST",
      body: JSON.stringify({ jsonrpc: "2.0", id: 1, method: "chain_getBlockHash", params: [0] }),
    });
    expect(((await reply.json()) as { result: string }).result).toBe(chain.genesisHash);
  });
});
