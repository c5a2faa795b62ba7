import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { gunzipSync, gzipSync } from "node:zlib";
import {
  type NetworkSnapshot,
  type SnapshotProgress,
  takeNetworkSnapshot,
} from "@subnetkit/chain/client/network-snapshot";
import {
  COLDKEY_ITEMS,
  COLDKEY_NETUID_ITEMS,
  HOTKEY_ITEMS,
  HOTKEY_NETUID_ITEMS,
  LEFT_OUT,
  STAKE_ITEMS,
} from "@subnetkit/chain/client/snapshot-plan";
import { snapshotEntries } from "@subnetkit/chain/client/snapshot-entries";
import type { SnapshotReader } from "@subnetkit/chain/client/snapshot-reader";
import { readOrigin } from "@subnetkit/chain/node/genesis/read-origin";
import { type DevChain, startDevChain } from "@subnetkit/chain/node/start-dev-chain";
import { subtensorModule } from "@subnetkit/chain/spec/pallets/subtensor-module";
import { u16 } from "@subnetkit/chain/spec/scale/numbers";
import type { Block } from "@subnetkit/chain/node/block/block";
import type { GenesisDocument } from "@subnetkit/chain/node/genesis/schema";
import { applyChildren } from "@subnetkit/chain/node/runtime/subtensor/state/children";
import { itemPrefix } from "@subnetkit/chain/node/storage/keys";
import { keypairFromUri } from "@subnetkit/shared/crypto/keypair";
import { bytesToHex } from "@subnetkit/shared/util/bytes";
import { createLogger } from "@subnetkit/shared/log/logger";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

const S = subtensorModule.storage;
const NETUID = 2;
const log = createLogger({ name: "test", level: "silent", destination: { write: () => undefined } });
const directory = mkdtempSync(path.join(tmpdir(), "subnetkit-snapshot-"));
const file = path.join(directory, "network.snapshot.gz");
const chains: DevChain[] = [];

const start = async (options: Parameters<typeof startDevChain>[0]): Promise<DevChain> => {
  const chain = await startDevChain({ mode: "manual", ...options });
  chains.push(chain);
  return chain;
};

let network: DevChain;
let taken: NetworkSnapshot;
const progress: SnapshotProgress[] = [];

beforeAll(async () => {
  network = await start({ preset: "two-validators" });
  await network.nextEpoch(NETUID, 2);
  taken = await takeNetworkSnapshot(
    {
      endpoints: [network.url],
      netuids: [NETUID],
      path: file,
      signal: new AbortController().signal,
      onProgress: (step) => progress.push(step),
    },
    { log },
  );
});

afterAll(async () => {
  for (const chain of chains) await chain.close();
  rmSync(directory, { recursive: true, force: true });
});

const metagraph = async ({ rpc }: DevChain, at: string): Promise<unknown> =>
  rpc("state_call", ["SubnetInfoRuntimeApi_get_metagraph", "0x0200", at]);

describe("a snapshot of a network", () => {
  it("is one file of one block, for its owner's eyes, and says what it is", () => {
    const { head, genesis } = network.node.chain;
    expect(taken.header).toMatchObject({
      version: 1,
      genesisHash: genesis.hash,
      block: head.number,
      blockHash: head.hash,
      specVersion: 424,
      netuids: [NETUID],
    });
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(gunzipSync(readFileSync(file)).toString().trimEnd().split("\n")).toHaveLength(taken.entries + 2);
    expect(progress.map(({ step }) => step)).toEqual(
      expect.arrayContaining(["connecting", "globals", "subnets", "hotkeys", "stakes", "coldkeys", "written"]),
    );
    expect(progress.at(-1)).toMatchObject({ step: "written", entries: taken.entries });
  });

  it("starts a chain with the same metagraph, whose epochs come out the same", async () => {
    const home = await start({ genesis: file });
    const at = home.node.chain.hashAt(taken.header.block);
    expect(at).toBeDefined();
    expect(await metagraph(home, at ?? "")).toBe(await metagraph(network, taken.header.blockHash));
    for (const blocks of [1, 19, 21, 21]) {
      const target = home.node.chain.head.number + blocks;
      await home.newBlock(blocks);
      const behind = target - network.node.chain.head.number;
      if (behind > 0) await network.newBlock(behind);
      const [ours, theirs] = [home, network].map(({ node }) => node.chain.headState());
      for (const item of [S.Incentive, S.Dividends, S.Emission, S.ValidatorTrust, S.Consensus, S.StakeWeight] as const)
        expect(ours?.get(item, NETUID), item.name).toEqual(theirs?.get(item, NETUID));
      expect(home.node.chain.head.number).toBe(network.node.chain.head.number);
    }
    expect(network.node.chain.headState().get(S.SubnetEpochIndex, NETUID)).toBe(5n);
  });

  it("holds every entry of SubtensorModule that has to do with the subnet: mechanisms, nominators, children, root, commits", async () => {
    const genesis: GenesisDocument = {
      localnetSubnet: false,
      accounts: [{ account: "//Validator//0", balance: 100 }],
      root: { members: [{ hotkey: "//Root//hot", coldkey: "//Root", stake: 5_000 }] },
      block: 1_000,
      subnets: [
        {
          netuid: NETUID,
          owner: "//Validator//0",
          tempo: 10,
          hyperparameters: { min_allowed_uids: 1, max_allowed_uids: 32, weights_rate_limit: 0 },
          mechanisms: { count: 2, weights: { "1": { "0": [[1, 1]] } } },
          neurons: [
            {
              hotkey: "//Validator//0//hot",
              coldkey: "//Validator//0",
              stake: 500,
              permit: true,
              nominations: [{ coldkey: "//Nominator", stake: "30 TAO" }],
              axon: { port: 1 },
            },
            { hotkey: "//Miner//0//hot", coldkey: "//Miner//0" },
          ],
          weights: { "0": [[1, 1]] },
        },
      ],
    };
    const rich = await start({ genesis });
    const hot = (uri: string): string => bytesToHex(keypairFromUri(uri).publicKey);
    rich.node.producer.produceEdited((ctx) => {
      applyChildren(ctx, hot("//Root//hot"), NETUID, [[1n << 62n, hot("//Validator//0//hot")]]);
      ctx.state.put(
        S.TimelockedWeightCommits,
        [NETUID, 7n],
        [[hot("//Validator//0//hot"), 1_001n, Uint8Array.of(1), 9n]],
      );
    });
    await rich.nextEpoch(NETUID, 2);
    const path = `${file}.rich`;
    const { signal } = new AbortController();
    const { header } = await takeNetworkSnapshot({ endpoints: [rich.url], netuids: [NETUID], path, signal }, { log });
    const home = await start({ genesis: path });
    const entries = (of: DevChain): Map<string, string> => {
      const reader = of.node.chain.storageAt(of.node.chain.block(of.node.chain.hashAt(header.block) ?? "") as Block);
      const keys = [...(reader?.keys(itemPrefix(S.Tempo).slice(0, 34) as `0x${string}`) ?? [])];
      return new Map(keys.map((key) => [key, bytesToHex(reader?.get(key) ?? new Uint8Array())]));
    };
    const nameOf = new Map(Object.values(S).map((item) => [itemPrefix(item), item.name]));
    const [theirs, ours] = [entries(rich), entries(home)];
    const differing = new Set<string>();
    for (const key of new Set([...theirs.keys(), ...ours.keys()]))
      if (theirs.get(key) !== ours.get(key)) differing.add(nameOf.get(key.slice(0, 66) as `0x${string}`) ?? key);
    expect([...differing].filter((name) => !Object.hasOwn(LEFT_OUT, name))).toEqual([]);
    expect(theirs.size).toBeGreaterThan(100);
    await rich.nextEpoch(NETUID);
    await home.nextEpoch(NETUID);
    const [a, b] = [rich, home].map(({ node }) => node.chain.headState());
    expect(a?.get(S.Dividends, NETUID)).toEqual(b?.get(S.Dividends, NETUID));
    expect([...(a?.iterate(S.AlphaV2) ?? [])]).toEqual([...(b?.iterate(S.AlphaV2) ?? [])]);
  });

  it("leaves its reader able to act: the development accounts have money and //Alice is sudo", async () => {
    const home = await start({ genesis: file });
    const accounts = (await home.rpc("dev_accounts")) as { uri: string; freeRao: string }[];
    expect(accounts.find(({ uri }) => uri === "//Alice")?.freeRao).toBe(String(1_000_000n * 1_000_000_000n));
    expect(home.node.resumed).toBe(false);
  });

  it("goes on from a directory, after a restart too", async () => {
    const stateDir = path.join(directory, "state");
    const first = await startDevChain({ mode: "manual", genesis: file, stateDir });
    await first.newBlock(3);
    const { number, hash } = first.node.chain.head;
    await first.close();
    const second = await start({ genesis: file, stateDir });
    expect(second.node.resumed).toBe(true);
    expect(second.node.chain.hashAt(number)).toBe(hash);
  });

  it("refuses a network without the subnet", async () => {
    const signal = new AbortController().signal;
    await expect(
      takeNetworkSnapshot({ endpoints: [network.url], netuids: [7], path: `${file}.no`, signal }, { log }),
    ).rejects.toMatchObject({ code: "E_SUBNET_UNKNOWN", data: { netuid: 7 } });
  });

  it("leaves no file behind when it is aborted", async () => {
    const abort = new AbortController();
    await expect(
      takeNetworkSnapshot(
        {
          endpoints: [network.url],
          netuids: [NETUID],
          path: path.join(directory, "aborted.gz"),
          signal: abort.signal,
          onProgress: ({ step }) => {
            if (step === "stakes") abort.abort();
          },
        },
        { log },
      ),
    ).rejects.toThrow();
    expect(() => statSync(path.join(directory, "aborted.gz"))).toThrow();
  });

  const lines = (): string[] => gunzipSync(readFileSync(file)).toString().trimEnd().split("\n");
  const written = (changed: readonly string[]): string => {
    const changedFile = path.join(directory, "changed.gz");
    writeFileSync(changedFile, gzipSync(`${changed.join("\n")}\n`));
    return changedFile;
  };

  it("is refused in another format version, torn, or with an entry that does not decode", async () => {
    const [header = "", ...rest] = lines();
    const other = written([header.replace('"version":1', '"version":9'), ...rest]);
    await expect(startDevChain({ genesis: other })).rejects.toMatchObject({ code: "E_STATE_FILE_INVALID" });
    await expect(startDevChain({ genesis: other })).rejects.toThrow("format version 9");
    await expect(startDevChain({ genesis: written([header, ...rest.slice(0, -1)]) })).rejects.toThrow("end is missing");
    const tempo = rest.findIndex((line) => line.includes('","0x1400"]'));
    const broken = rest.with(tempo, (rest[tempo] ?? "").replace("0x1400", "0x14"));
    await expect(startDevChain({ genesis: written([header, ...broken]) })).rejects.toThrow("does not decode");
  });

  it("counts entries of pallets that this chain does not have, and loads the rest", async () => {
    const [header = "", ...rest] = lines();
    const foreign = JSON.stringify([`0x${"ab".repeat(40)}`, "0x01"]);
    const end = JSON.stringify({ entries: taken.entries + 1 });
    const origin = await readOrigin({ genesis: written([header, foreign, ...rest.slice(0, -1), end]) });
    if (origin.kind !== "snapshot") throw new RangeError(origin.kind);
    expect(origin.snapshot.skipped).toBe(1);
    expect(origin.snapshot.entries).toHaveLength(taken.entries);
  });

  it("writes out what an absent entry means on the network, where it means something else at home", async () => {
    // A network whose default tempo is mainnet's, and which stores nothing at all.
    const entry = (name: string, fallback: Uint8Array) => ({
      key: (...keys: unknown[]) => JSON.stringify([name, ...keys]),
      keyPrefix: (...keys: unknown[]) => JSON.stringify([name, ...keys]),
      creator: { meta: { fallback: { toU8a: () => fallback } } },
    });
    const subtensorEntries = Object.values(S).map((item) => {
      const name = `${item.name.charAt(0).toLowerCase()}${item.name.slice(1)}`;
      return [name, entry(name, item === S.Tempo ? Uint8Array.of(0x68, 1) : item.defaultBytes)];
    });
    const api = {
      query: {
        subtensorModule: Object.fromEntries(subtensorEntries) as Record<string, unknown>,
        system: { account: entry("account", new Uint8Array()) },
      },
    };
    const reader: SnapshotReader = {
      async *values(keys) {
        for (const key of keys) yield [key as `0x${string}`, undefined];
      },
      async *under() {},
    };
    const found: (readonly string[])[] = [];
    const source = { api: api as never, reader, netuids: [NETUID], report: () => undefined };
    for await (const one of snapshotEntries(source)) found.push(one);
    expect(found).toEqual([
      ['["tempo",0]', "0x6801"],
      ['["tempo",2]', "0x6801"],
    ]);
  });

  it("reads every item of SubtensorModule or leaves it out for a reason", () => {
    const named = new Set<string>([
      ...HOTKEY_ITEMS,
      ...HOTKEY_NETUID_ITEMS,
      ...STAKE_ITEMS,
      ...COLDKEY_ITEMS,
      ...COLDKEY_NETUID_ITEMS,
      ...Object.keys(LEFT_OUT),
    ]);
    const missing = Object.values(S)
      .filter(({ keys, name }) => keys.length > 0 && keys[0]?.type !== u16 && !named.has(name))
      .map(({ name }) => name);
    expect(missing).toEqual([]);
    for (const name of named) expect(Object.hasOwn(S, name), name).toBe(true);
  });
});
