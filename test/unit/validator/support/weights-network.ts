import { type ChainClient, connectChain } from "@subnetkit/chain/client/connect";
import { setFinality } from "@subnetkit/chain/client/dev/head";
import { finalizedHead } from "@subnetkit/chain/client/finalized-heads";
import { readWeights, type WeightVector } from "@subnetkit/chain/client/weights";
import { readWaitingCommits } from "@subnetkit/chain/client/weights-traces";
import type { AppError } from "@subnetkit/shared/errors/app-error";
import { keypairFromUri } from "@subnetkit/shared/crypto/keypair";
import type { Redis } from "ioredis";
import type { StateKeys } from "../../../../validator/src/store/keys.ts";
import { createWeightsChain, type WeightsChain } from "../../../../validator/src/weights/chain-view.ts";
import { createWeightsLedger } from "../../../../validator/src/weights/ledger.ts";
import { createWeightsWriter, type WeightsWriter } from "../../../../validator/src/weights/writer.ts";
import type { WriterEvent } from "../../../../validator/src/weights/writer-events.ts";
import { until } from "../../../support/until.ts";
import { silentLog } from "../../chain/client/support/dev-chain.ts";
import { type DevSubnet, startDevSubnet } from "../../chain/client/support/dev-subnet.ts";
import { freshKeys } from "./state.ts";

/** A weight writer on a development chain, with a Redis ledger of its own. */
export type NetworkedWriter = {
  readonly writer: WeightsWriter;
  readonly chain: WeightsChain;
  readonly keys: StateKeys;
  readonly events: WriterEvent[];
  /** Why it stopped itself. */
  readonly stops: AppError[];
  /** What its blocks failed with. */
  readonly failures: unknown[];
};

export type WriterChoices = {
  /** Keys of an earlier writer: a restart. */
  readonly keys?: StateKeys;
  readonly takeOver?: boolean;
  /** Another view of the chain, to break something in it. */
  readonly view?: (chain: WeightsChain) => WeightsChain;
};

/** A subnet of tempo 20 whose owner's hotkey validates and which has two miners. */
export type WeightsNetwork = {
  readonly subnet: DevSubnet;
  readonly client: ChainClient;
  readonly netuid: number;
  /** Blocks that finality stays behind. */
  lag(blocks: number): Promise<void>;
  /** Storage of SubtensorModule, as dev_setStorage takes it. */
  put(values: Readonly<Record<string, unknown>>): Promise<void>;
  start(choices?: WriterChoices): Promise<NetworkedWriter>;
  /** Makes blocks one by one; each of these writers sees the newest final block after each, all at once. */
  run(blocks: number, ...writers: readonly NetworkedWriter[]): Promise<void>;
  /** Runs until something holds, at most so many blocks. */
  runUntil(
    what: string,
    holds: () => boolean | Promise<boolean>,
    ...writers: readonly NetworkedWriter[]
  ): Promise<void>;
  /** Shows the writers the present chain again, without a new block. */
  show(...writers: readonly NetworkedWriter[]): Promise<void>;
  row(): Promise<WeightVector>;
  /** Hashes of the owner hotkey's unrevealed commits of the epochs around now. */
  commits(): Promise<readonly { readonly kind: string; readonly epoch: number; readonly hash: string }[]>;
  epoch(): Promise<number>;
  close(): Promise<void>;
};

const signal = new AbortController().signal;

/** Starts one. */
export async function startWeightsNetwork(redis: () => Redis): Promise<WeightsNetwork> {
  const subnet = await startDevSubnet();
  const { chain, netuid, ownerHotkey } = subnet;
  await subnet.register(keypairFromUri("//Miner//0//hot"));
  await subnet.register(keypairFromUri("//Miner//1//hot"));
  const { client } = subnet;
  const clients: ChainClient[] = [];
  const miners = ["//Miner//0//hot", "//Miner//1//hot"].map((uri) => keypairFromUri(uri).address);
  const scores = new Map(miners.map((hotkey, i) => [hotkey, 1 - i / 2]));
  const view = createWeightsChain(client, netuid, ownerHotkey, silentLog);
  const caughtUp = async (each: ChainClient): Promise<void> => {
    await until("the newest head", () => each.head().hash === chain.node.chain.head.hash);
  };

  async function start(choices: WriterChoices = {}): Promise<NetworkedWriter> {
    const own = await connectChain({ endpoints: [chain.url], log: silentLog, signal, requestTimeoutMs: 5_000 });
    clients.push(own);
    const keys = choices.keys ?? freshKeys();
    const events: WriterEvent[] = [];
    const stops: AppError[] = [];
    const made = createWeightsChain(own, netuid, ownerHotkey, silentLog);
    const ownView = choices.view?.(made) ?? made;
    const writer = createWeightsWriter(
      {
        ownHotkey: ownerHotkey.address,
        shape: { kind: "linear" },
        versionKey: 1n,
        blockMs: 250,
        submitFrom: 0.25,
        takeOver: choices.takeOver ?? false,
      },
      {
        chain: ownView,
        ledger: createWeightsLedger(redis(), keys),
        scores: async () => ({ scores, lastSettled: 5, roundsCounted: 5 }),
        onEvent: (event) => events.push(event),
        onDoppelganger: (error) => stops.push(error),
        log: silentLog,
      },
    );
    await writer.load();
    return { writer, chain: ownView, keys, events, stops, failures: [] };
  }

  async function show(...writers: readonly NetworkedWriter[]): Promise<void> {
    await Promise.all([client, ...clients].map(caughtUp));
    const head = await finalizedHead(client);
    await Promise.all(
      writers.map(async ({ writer, failures }) => {
        await writer.onHead(head, signal).catch((error: unknown) => failures.push(error));
      }),
    );
  }

  async function run(blocks: number, ...writers: readonly NetworkedWriter[]): Promise<void> {
    for (let i = 0; i < blocks; i++) {
      await chain.newBlock();
      await show(...writers);
    }
  }

  const epoch = async (): Promise<number> => (await view.epoch(chain.node.chain.head.hash)).epochIndex;
  return {
    subnet,
    client,
    netuid,
    start,
    show,
    run,
    epoch,
    lag: async (lag) => void (await setFinality({ request: (method, params) => chain.rpc(method, params) }, { lag })),
    put: async (values) => void (await chain.rpc("dev_setStorage", [{ SubtensorModule: values }])),
    async runUntil(what, holds, ...writers) {
      for (let i = 0; i < 100; i++) {
        if (await holds()) return;
        await run(1, ...writers);
      }
      throw new Error(`100 blocks passed without ${what}`);
    },
    row: () => readWeights(client, netuid, 0, { at: chain.node.chain.head.hash }),
    async commits() {
      const now = await epoch();
      const at = { at: chain.node.chain.head.hash };
      return await readWaitingCommits(
        client,
        netuid,
        ownerHotkey.address,
        [Math.max(0, now - 1), now].slice(now === 0 ? 1 : 0),
        at,
      );
    },
    async close() {
      for (const each of clients) await each.close();
      await subnet.close();
    },
  };
}
