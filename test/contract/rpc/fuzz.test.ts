/** Twenty thousand random requests from a seed: each id is answered, nothing breaks, blocks go on. */
import { once } from "node:events";
import { createRandom, randomInt } from "@subnetkit/shared/subnet";
import { expect, it } from "vitest";
import { WebSocket } from "ws";
import { startTestChain, type TestChain } from "../../unit/chain/node/test-chain.ts";
import { accountOf, remark, signed } from "./extrinsics.ts";

const REQUESTS = 20_000;
/** Requests of one connection; afterwards it is dropped with whatever it has opened. */
const PER_CONNECTION = 1_000;
/** Requests under way at once. */
const WINDOW = 100;

/** Verbs that do what they are asked to with hardly any arguments: they stop the chain, take it back, run it far ahead or make the server misbehave. */
const TOO_STRONG =
  /^(dev_(pause|setBlockBuildMode|setInterval|timeTravel|newBlock|nextEpoch|setHead|revert|reorg|reset|loadState|dumpState|setFault|setHistory|setDrand|upgradeRuntime|setFinality\w*)|engine_\w+)$/;

const random = createRandom("fuzz 1");
const int = (limit: number): number => randomInt(random.next, limit);
const pick = <T>(values: readonly T[]): T => values[int(values.length)] as T;
const hex = (bytes: number): string => `0x${Array.from({ length: bytes * 2 }, () => int(16).toString(16)).join("")}`;

/** Good transactions, made anew for each connection. */
let transactions: readonly string[] = [];

/** Values that mean something to the chain, and values that mean nothing to anyone. */
function value(chain: TestChain, depth = 0): unknown {
  const { head, genesis } = chain.node.chain;
  const kinds: (() => unknown)[] = [
    () => head.hash,
    () => genesis.hash,
    () => pick(["0x26aa394eea5630e07c48ae0c9558cef780d41e5e16056765bc8461851072c9d7", "0x", "0x3a636f6465"]),
    () => pick(["5FHneW46xGXgs5mUiveU4sbTyGBzmstUspZC92UhjJM694ty", accountOf("//Alice"), "nobody"]),
    () => pick(["SubnetInfoRuntimeApi_get_metagraph", "Core_version", "NeuronInfoRuntimeApi_get_neurons", "x"]),
    () => pick([0, 1, 2, -1, 1.5, 65_535, 65_536, 2 ** 31, 2 ** 53, 1e300, Number.NaN]),
    () => pick([null, true, false, "", "\u0000", "🜁", "-", "1e3", "__proto__", "constructor"]),
    () => hex(pick([0, 1, 2, 3, 4, 31, 32, 33, 64, 300])),
    () => "x".repeat(int(2_000)),
    () => mutated(pick(transactions)),
    () => (depth > 3 ? [] : Array.from({ length: int(5) }, () => value(chain, depth + 1))),
    () =>
      depth > 3 ? {} : Object.fromEntries(Array.from({ length: int(4) }, () => [field(), value(chain, depth + 1)])),
  ];
  return pick(kinds)();
}
const field = (): string =>
  pick([
    "netuid",
    "count",
    "address",
    "origin",
    "call",
    "hotkey",
    "coldkey",
    "uid",
    "name",
    "type",
    "key",
    "hash",
    "at",
    "id",
    "__proto__",
  ]);

function mutated(extrinsic: string): string {
  const bytes = Buffer.from(extrinsic.slice(2), "hex");
  for (let i = 0; i < int(3); i++) bytes[int(bytes.length)] = int(256);
  return `0x${bytes.subarray(0, bytes.length - int(3)).toString("hex")}`;
}

type Reply = { readonly id?: unknown; readonly method?: unknown; readonly error?: { readonly code: number } };

/** Sends requests and resolves with the error code of each, 0 for a result; fails when one stays without answer. */
async function run(chain: TestChain, requests: readonly { id: string; text: string }[]): Promise<Map<string, number>> {
  const socket = new WebSocket(`ws://127.0.0.1:${chain.port}`);
  await once(socket, "open");
  const open = new Set<string>();
  const codes = new Map<string, number>();
  let next = 0;
  await new Promise<void>((resolve, reject) => {
    const more = (): void => {
      while (open.size < WINDOW && next < requests.length) {
        const { id, text } = requests[next++] as { id: string; text: string };
        open.add(id);
        socket.send(text);
      }
      if (open.size === 0) resolve();
    };
    const deadline = setTimeout(() => reject(new Error(`not answered: ${[...open].join(" ")}`)), 60_000);
    socket.on("close", (code) => {
      clearTimeout(deadline);
      reject(new Error(`closed with ${code}; not answered: ${[...open].join(" ")}`));
    });
    socket.on("message", (data: Buffer) => {
      const reply = JSON.parse(data.toString("utf8")) as Reply;
      if (reply.method !== undefined) return;
      if (typeof reply.id === "string" && open.delete(reply.id)) codes.set(reply.id, reply.error?.code ?? 0);
      more();
    });
    more();
  });
  socket.terminate();
  return codes;
}

it("answers 20,000 random requests, each one, with codes of the node and without a fault", {
  timeout: 300_000,
}, async () => {
  const chain = await startTestChain({ mode: "interval", blockMs: 200 });
  const { methods } = (await chain.http("rpc_methods")).result as { methods: string[] };
  const usable = methods.filter((method) => !TOO_STRONG.test(method));
  const firstBlock = chain.node.chain.head.number;
  const seen = new Map<number, number>();
  const tried = new Set<string>();
  let heap = 0;
  for (let sent = 0; sent < REQUESTS; sent += PER_CONNECTION) {
    transactions = ["//Alice", "//Bob"].map((uri) => signed(chain.node, uri, remark));
    const requests = Array.from({ length: PER_CONNECTION }, (_, at) => {
      const method = int(20) === 0 ? "x".repeat(int(30)) : pick(usable);
      tried.add(method);
      const id = `${sent + at}`;
      const params = int(10) === 0 ? value(chain) : Array.from({ length: int(4) }, () => value(chain));
      return { id, text: JSON.stringify({ jsonrpc: "2.0", id, method, params }) };
    });
    for (const [id, code] of await run(chain, requests)) {
      seen.set(code, (seen.get(code) ?? 0) + 1);
      if (code === -32_603) throw new Error(`an internal error: ${requests.find((one) => one.id === id)?.text}`);
    }
    if (sent === PER_CONNECTION) heap = process.memoryUsage().heapUsed;
  }
  expect([...seen.values()].reduce((sum, count) => sum + count, 0)).toBe(REQUESTS);
  expect(usable.filter((method) => !tried.has(method))).toEqual([]);
  // Not only refusals: the property is worth what is carried out.
  expect(seen.get(0) ?? 0).toBeGreaterThan(REQUESTS / 10);
  expect(chain.faults).toEqual([]);
  expect(chain.node.chain.head.number).toBeGreaterThan(firstBlock + 10);
  expect(process.memoryUsage().heapUsed - heap).toBeLessThan(512 * 1024 * 1024);
  expect((await chain.http("system_chain")).result).toBe("Bittensor");
  await chain.close();
});
