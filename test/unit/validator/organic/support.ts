import { keypairFromUri } from "@subnetkit/shared/crypto/keypair";
import { createLogger } from "@subnetkit/shared/log/logger";
import { defineSubnet, defineTask, type SubnetDefinition } from "@subnetkit/shared/subnet";
import { z } from "zod";
import type { RedisClient } from "../../../../validator/src/queue/connection.ts";
import { startOrganicServer, type OrganicServer } from "../../../../validator/src/organic/organic-server.ts";
import { createOrganicQueue, type OrganicQueue } from "../../../../validator/src/organic/organic-queue.ts";
import { type Tokens, tokensOf } from "../../../../validator/src/organic/tokens.ts";
import { createMinerPools } from "../../../../validator/src/round/pools.ts";
import { createDialectStore } from "../../../../validator/src/store/dialect-store.ts";
import type { StateKeys } from "../../../../validator/src/store/keys.ts";
import { localAxon, metagraph, neuron } from "../support/metagraph.ts";
import type { TestMiner } from "../support/miner.ts";

export const token = "t".repeat(40);
export const validator = keypairFromUri("//Validator");

/** Adds numbers; sums of numbers below 1,000 can be judged when users ask for them. */
export const organicSubnet = defineSubnet({
  name: "sums",
  version: 3,
  description: "Adds numbers",
  tasks: {
    sum: defineTask({
      id: "sum",
      request: z.object({ a: z.number().int(), b: z.number().int() }),
      response: z.object({ sum: z.number() }),
      limits: { timeoutMs: 400, maxResponseBytes: 2_000 },
      challenge: ({ random }) => {
        const [a, b] = [Math.floor(random() * 1_000), Math.floor(random() * 1_000)];
        return { request: { a, b }, key: a + b };
      },
      scorer: {
        kind: "each",
        score: ({ key }, { body }) => (body.sum === key ? 1 : 0),
        organic: (request) => (request.a < 1_000 ? { request, key: request.a + request.b } : undefined),
      },
    }),
  },
  weights: { ema: 0.5 },
  roundBlocks: 10,
}) as unknown as SubnetDefinition;

export type Served = OrganicServer & {
  readonly statuses: number[];
  readonly offered: string[];
  readonly queue: OrganicQueue;
};

export type ServeOptions = {
  readonly miners: readonly TestMiner[];
  readonly scores?: ReadonlyMap<string, number>;
  readonly perMinute?: number;
  readonly concurrency?: number;
  readonly perToken?: number;
  readonly bodyMs?: number;
  readonly isReady?: () => boolean;
  /** Default two of them. */
  readonly tokens?: Tokens;
};

/** Opens the door for users of a validator that knows these miners. */
export async function serve(redis: RedisClient, keys: StateKeys, options: ServeOptions): Promise<Served> {
  const { miners, scores = new Map(), isReady = () => true, tokens: _tokens, ...given } = options;
  const limits = { perMinute: 1_000, concurrency: 16, ...given };
  const statuses: number[] = [];
  const offered: string[] = [];
  const queue = createOrganicQueue(redis, keys);
  const pools = createMinerPools();
  const view = metagraph([
    neuron({ uid: 0, hotkey: validator.address, validatorPermit: true }),
    ...miners.map(({ keypair, port }, i) => neuron({ uid: i + 1, hotkey: keypair.address, axon: localAxon(port) })),
  ]);
  const server = await startOrganicServer(
    { host: "127.0.0.1", port: 0, ask: { allowPrivate: true }, scored: true, ...limits },
    {
      subnet: organicSubnet,
      tokens: options.tokens ?? tokensOf(`# callers\napp ${token}\nother ${"o".repeat(40)}\n`, "tokens"),
      isReady,
      metagraph: () => view,
      fingerprints: () => new Map(),
      scores: () => scores,
      dialects: createDialectStore(redis, keys),
      tls: undefined,
      queue,
      pools,
      keypair: validator,
      nowMs: Date.now,
      random: Math.random,
      onRequest: (status) => statuses.push(status),
      onOffered: (result) => offered.push(result),
      log: createLogger({ name: "test", level: "silent" }),
    },
  );
  return {
    ...server,
    statuses,
    offered,
    queue,
    close: async () => {
      await server.close();
      await pools.close();
    },
  };
}

/** Sends a user's request. */
export function ask(port: number, body: unknown, init: RequestInit = {}, task = "sum"): Promise<Response> {
  return fetch(`http://127.0.0.1:${port}/v1/organic/${task}`, {
    method: "POST",
    body: typeof body === "string" ? body : JSON.stringify(body),
    ...init,
    headers: { authorization: `Bearer ${token}`, "content-type": "application/json", ...init.headers },
  });
}
