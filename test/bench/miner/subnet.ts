import { setTimeout as sleep } from "node:timers/promises";
import { keypairFromUri } from "@subnetkit/shared/crypto/keypair";
import { defineSolvers, defineSubnet, defineTask } from "@subnetkit/shared/subnet";
import { z } from "zod";

/** Who is asked, and who asks: by stake, in four classes. */
export const miner = keypairFromUri("//Bench//miner");
export const callers = [1_000n, 500n, 100n, 10n].map((tao, i) => ({
  keypair: keypairFromUri(`//Bench//validator//${i}`),
  stakeRao: tao * 1_000_000_000n,
  name: `${tao} TAO`,
}));
export const stranger = keypairFromUri("//Bench//stranger");

/** What TLS certificates are bound to. */
export const scope = { netuid: 2, genesisHash: `0x${"07".repeat(32)}` } as const;

/** The path of the task that answers at once. */
export const target = "/v1/tasks/echo";

/** Tasks that take so many milliseconds without using the processor, as a model on an accelerator does. */
export const slowTasks = [
  { target: "/v1/tasks/slow", ms: 40 },
  { target: "/v1/tasks/brisk", ms: 10 },
] as const;

/** 1 KB of JSON. */
export const body = Buffer.from(JSON.stringify({ text: "x".repeat(1_013) }));

const text = z.object({ text: z.string().max(10_000) });
const echo = defineTask({
  id: "echo",
  request: text,
  response: text,
  limits: { timeoutMs: 2_000, maxResponseBytes: 10_000 },
  challenge: () => ({ request: { text: "x" }, key: "x" }),
  scorer: { kind: "each", score: () => 1 },
});
const slow = defineTask({ ...echo, id: "slow", limits: { timeoutMs: 1_600, maxResponseBytes: 10_000 } });

const brisk = defineTask({ ...slow, id: "brisk" });

export const benchSubnet = defineSubnet({
  name: "bench",
  version: 1,
  description: "For measuring.",
  tasks: { echo, slow, brisk },
});
export const solvers = defineSolvers<typeof benchSubnet>({
  echo: (request) => request,
  slow: async (request) => {
    await sleep(slowTasks[0].ms);
    return request;
  },
  brisk: async (request) => {
    await sleep(slowTasks[1].ms);
    return request;
  },
});
