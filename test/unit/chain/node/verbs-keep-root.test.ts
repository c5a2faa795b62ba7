/** Whatever verbs do to the chain, each block's state root is the root of its whole state, and the same verbs lead to the same state. */
import { rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import fc from "fast-check";
import { afterAll, describe, expect, it } from "vitest";
import type { Block } from "../../../../chain/src/node/block/block.ts";
import { itemPrefix } from "../../../../chain/src/node/storage/keys.ts";
import { stateRootOf } from "../../../../chain/src/node/storage/state-root.ts";
import { type DevChain, startDevChain } from "../../../../chain/src/node/start-dev-chain.ts";
import { system } from "../../../../chain/src/spec/pallets/system.ts";
import { remark, signed } from "../../../contract/rpc/extrinsics.ts";

const START_MS = 1_700_000_000_000;
const file = path.join(tmpdir(), `verbs-keep-root-${process.pid}.state`);
afterAll(() => rmSync(file, { force: true }));

/** A chain whose clock stands still but for travels, and whose beacon does not follow the wall clock. */
async function start(): Promise<DevChain> {
  const chain = await startDevChain({ mode: "manual", preset: "two-validators" }, { now: () => START_MS });
  await chain.rpc("dev_setDrand", [{ stall: true }]);
  await chain.rpc("dev_setFinality", [{ lag: 4 }]);
  return chain;
}

type Verb = readonly [method: string, ...params: unknown[]];
const ALICE = "5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY";
const BOB = "5FHneW46xGXgs5mUiveU4sbTyGBzmstUspZC92UhjJM694ty";
const upTo = (max: number): fc.Arbitrary<number> => fc.integer({ min: 1, max });
const verb: fc.Arbitrary<Verb> = fc.oneof(
  upTo(4).map((count): Verb => ["dev_newBlock", { count }]),
  fc.constant<Verb>(["dev_nextEpoch", { netuid: 2 }]),
  fc.constantFrom<Verb>(["dev_snapshot", { name: "a" }], ["dev_snapshot", { name: "b" }]),
  fc.constantFrom<Verb>(["dev_revert", { name: "a" }], ["dev_revert", {}]),
  upTo(5).map((back): Verb => ["dev_setHead", -back]),
  upTo(3).map((depth): Verb => ["dev_reorg", { depth }]),
  fc.boolean().map((drop): Verb => ["dev_reorg", { depth: 2, drop }]),
  upTo(9).map((tao): Verb => ["dev_setBalance", BOB, String(tao * 1e9)]),
  fc.constant<Verb>(["dev_timeTravel", START_MS + 3_600_000]),
  fc.constant<Verb>(["dev_call", { origin: "Root", call: "0x0000081234" }]),
  fc.constantFrom<Verb>(["dev_dumpState", { path: file }], ["dev_loadState", { path: file }], ["dev_reset", {}]),
  fc.constant<Verb>(["submit"]),
);

/** Runs a verb on chains in turn; `submit` is a transaction that the first one's state asks for. What is refused is refused by all. */
async function run([method, ...params]: Verb, chains: readonly DevChain[]): Promise<void> {
  const [first] = chains;
  if (first === undefined) return;
  const nonce = Number(await first.rpc("system_accountNextIndex", [ALICE]));
  const bytes = method === "submit" ? signed(first.node, "//Alice", remark, { nonce }) : "";
  const outcomes: string[] = [];
  for (const chain of chains) {
    const done = method === "submit" ? chain.rpc("author_submitExtrinsic", [bytes]) : chain.rpc(method, params);
    outcomes.push(await done.then(() => "ok").catch((error: Error) => error.message.replaceAll(/0x\w+/g, "")));
  }
  expect(new Set(outcomes).size).toBe(1);
}

function stateAt({ node }: DevChain, block: Block): Map<`0x${string}`, Uint8Array> {
  const reader = node.chain.storageAt(block);
  if (reader === undefined) throw new Error(`the state of block ${block.number} is gone`);
  return new Map([...reader.keys("0x")].map((key) => [key, reader.get(key) ?? new Uint8Array()]));
}

function expectRoots(chain: DevChain): void {
  const { chain: blocks } = chain.node;
  for (let number = Math.max(blocks.oldestState, blocks.head.number - 6); number <= blocks.head.number; number++) {
    const block = blocks.block(blocks.hashAt(number) ?? "");
    if (block === undefined) throw new Error(`block ${number} is gone`);
    expect([number, stateRootOf(stateAt(chain, block))]).toEqual([number, block.header.state_root]);
  }
}

describe("a sequence of verbs", () => {
  it("leaves every kept block with the root of its state", async () => {
    const chain = await start();
    await fc.assert(
      fc.asyncProperty(fc.array(verb, { minLength: 1, maxLength: 12 }), async (verbs) => {
        for (const one of verbs) {
          await run(one, [chain]);
          expectRoots(chain);
        }
      }),
      { numRuns: 20 },
    );
    await chain.close();
  });

  it("goes back to exactly where a snapshot was taken", async () => {
    const chain = await start();
    await fc.assert(
      fc.asyncProperty(fc.array(verb, { maxLength: 8 }), async (verbs) => {
        await chain.rpc("dev_snapshot", [{ name: "mark" }]);
        const { head } = chain.node.chain;
        const before = stateRootOf(stateAt(chain, head));
        for (const one of verbs) if (!/load|reset|setHead|reorg|revert/i.test(one[0])) await run(one, [chain]);
        await chain.rpc("dev_revert", [{ name: "mark" }]);
        expect(chain.node.chain.head.hash).toBe(head.hash);
        expect(stateRootOf(stateAt(chain, chain.node.chain.head))).toBe(before);
      }),
      { numRuns: 10 },
    );
    await chain.close();
  });

  it("leads two chains with one clock to the same state, but for what the authors' seals make of block hashes", async () => {
    const chains = await Promise.all([start(), start()]);
    expect(chains[0]?.genesisHash).toBe(chains[1]?.genesisHash);
    const told = (chain: DevChain): [string, string][] => {
      const hashes = [itemPrefix(system.storage.BlockHash), itemPrefix(system.storage.ParentHash)];
      return [...stateAt(chain, chain.node.chain.head)]
        .filter(([key]) => !hashes.some((prefix) => key.startsWith(prefix)))
        .map(([key, value]) => [key, Buffer.from(value).toString("hex")]);
    };
    await fc.assert(
      fc.asyncProperty(fc.array(verb, { minLength: 1, maxLength: 12 }), async (verbs) => {
        for (const one of verbs) {
          if (/dumpState|loadState/.test(one[0])) continue;
          await run(one, chains);
          const [left, right] = chains.map(told);
          expect(left).toEqual(right);
        }
      }),
      { numRuns: 12 },
    );
    await Promise.all(chains.map((chain) => chain.close()));
  });
});
